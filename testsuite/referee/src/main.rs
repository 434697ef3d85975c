//! `make bench`: kaon's circuits and its peers' by the same rules.

use std::process::ExitCode;

use kaon_referee::bench::{Places, Request, run};

const USAGE: &str = "usage: kaon-bench [--quick] [--cached] [--with TEXT] [--record] [MODEL...]

  MODEL      only models whose name contains one of these
  --quick    nothing that takes yosys more than two minutes
  --cached   nothing that has not been synthesised before
  --with TEXT   of kaon's circuits only those whose flags contain this
  --record   write what was measured to testsuite/referee/records/";

fn main() -> ExitCode {
    let mut request = Request::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => request.quick = true,
            "--cached" => request.cached = true,
            "--record" => request.record = true,
            "--with" => request.with = arguments.next(),
            word if word.starts_with('-') => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
            model => request.only.push(model.to_string()),
        }
    }
    match run(&Places::new(), &request) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::FAILURE
        }
    }
}
