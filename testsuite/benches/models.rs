//! Every shared model against its reference, all samples:
//! `cargo bench -p kaon-testsuite --bench models -- [NAME…]`.

use kaon_testsuite::reference::{CASES, run};

fn main() {
    let arguments = std::env::args().skip(1);
    let only: Vec<String> = arguments.filter(|name| name != "--bench").collect();
    println!(
        "{:28} tier    equal/values   largest diff  decisions  traced  result",
        "model"
    );
    let mut failed = 0;
    for case in CASES {
        if !only.is_empty() && !only.iter().any(|name| name == case.name) {
            continue;
        }
        let began = std::time::Instant::now();
        let line = match run(case) {
            Ok(outcome) => {
                let holds = outcome.holds(case.tier);
                failed += usize::from(!holds);
                for trace in outcome.traced.iter().take(3) {
                    println!("    {trace:?}");
                }
                format!(
                    "{:>7}/{:<7} {:>13.3e} {:>10} {:>7}  {}  {:?}",
                    outcome.equal,
                    outcome.values,
                    outcome.largest_difference,
                    outcome.decisions,
                    outcome.traced.len(),
                    if holds {
                        "holds".to_string()
                    } else {
                        format!("FAILS ({} unexplained)", outcome.unexplained)
                    },
                    outcome.slowest,
                )
            }
            Err(error) => {
                failed += 1;
                format!("{error}")
            }
        };
        println!(
            "{:28} {:?}    {line}   {:.1?}",
            case.label(),
            case.tier,
            began.elapsed()
        );
    }
    std::process::exit(i32::from(failed > 0));
}
