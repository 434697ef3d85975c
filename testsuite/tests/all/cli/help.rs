//! `--help`, whole.

use super::program::{Ended, kaon, kaon_opt};

fn text(ended: Ended) -> String {
    assert_eq!((ended.code, ended.errors.as_str()), (0, ""));
    ended.output
}

#[test]
fn kaon_explains_itself() {
    insta::assert_snapshot!("kaon", text(kaon(&["--help"])));
}

#[test]
fn every_subcommand_explains_itself() {
    for command in [
        "compile",
        "predict",
        "simulate",
        "report",
        "synth",
        "calibrate",
        "scan",
        "verify",
        "completions",
    ] {
        let help = text(kaon(&[command, "--help"]));
        insta::assert_snapshot!(format!("kaon_{command}"), help);
    }
}

#[test]
fn kaon_opt_explains_itself() {
    insta::assert_snapshot!("kaon_opt", text(kaon_opt(&["--help"], "")));
}

#[test]
fn no_arguments_are_a_question_for_help() {
    let ended = kaon(&[]);
    assert_eq!((ended.code, ended.output.as_str()), (2, ""));
    assert_eq!(ended.errors, text(kaon(&["--help"])));
}

#[test]
fn completions_name_every_subcommand() {
    for shell in ["bash", "zsh", "fish"] {
        let script = text(kaon(&["completions", shell]));
        for command in [
            "compile",
            "predict",
            "simulate",
            "report",
            "synth",
            "calibrate",
            "scan",
        ] {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
    }
}

#[test]
fn the_version_is_printed() {
    let version = text(kaon(&["--version"]));
    assert_eq!(version, format!("kaon {}\n", env!("CARGO_PKG_VERSION")));
}
