//! The output folder is the complete old one or the complete new one, whatever happens.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use kaon_testsuite::random_fx::Random;
use libtest_mimic::{Failed, Trial};

use super::{AS_KAON, complete, entries, errors, expect, files, kaon, model, trial, under};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("killed_at_any_moment", killed),
        trial("no_space_for_a_file", no_space),
        trial("many_at_once", many_at_once),
        trial("places_that_are_refused", refused_places),
        trial("links_are_followed", links),
        trial("a_users_files_stay", users_files),
    ]
}

/// Arguments of one of two compilations, which differ in every report.
fn arguments<'a>(model: &'a str, out: &'a str, second: bool) -> Vec<&'a str> {
    let clock = if second { "100" } else { "300" };
    vec![
        "compile",
        model,
        "-o",
        out,
        "--emit",
        "firrtl,hw",
        "--clock-mhz",
        clock,
    ]
}

fn killed() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let (model, out) = (model(), work.path().join("out"));
    let text = out.display().to_string();
    let began = Instant::now();
    let first = kaon(&arguments(&model, &text, false)).output()?;
    expect(first.status.success(), || errors(&first))?;
    let usual = began.elapsed().as_micros() as usize;
    let mut random = Random::new(11);
    let (mut interrupted, mut left) = (0, 0);
    for round in 0..40 {
        let mut child = kaon(&arguments(&model, &text, round % 2 == 0))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        // The end is where files are written.
        let wait = usual / 2 + random.below(usual * 3 / 4);
        sleep(Duration::from_micros(wait as u64));
        child.kill()?;
        interrupted += usize::from(!child.wait()?.success());
        complete(&out)?;
        left += entries(work.path()).len() - 1;
    }
    expect(interrupted > 0, || "no run was killed in time".into())?;
    let last = kaon(&arguments(&model, &text, true)).output()?;
    expect(last.status.success(), || errors(&last))?;
    eprintln!("killed {interrupted} of 40 runs, which left {left} temporary folders");
    expect(entries(work.path()) == ["out"], || {
        format!("left behind: {:?}", entries(work.path()))
    })
}

/// Files cannot grow beyond a limit, as on a full disk: an error of each `write`.
fn no_space() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let (model, out) = (model(), work.path().join("out"));
    let text = out.display().to_string();
    let first = kaon(&arguments(&model, &text, false)).output()?;
    expect(first.status.success(), || errors(&first))?;
    let old = complete(&out)?;
    let mut refused = 0;
    for blocks in 0..12 {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks}");
        let output = under(&limit, AS_KAON, &arguments(&model, &text, true)).output()?;
        let now = complete(&out)?;
        match output.status.code() {
            Some(0) => break,
            Some(1) => {
                refused += 1;
                expect(now == old, || "the old folder changed".into())?;
                expect(errors(&output).contains("file too large"), || {
                    errors(&output)
                })?;
            }
            _ => return Err(format!("{:?}: {}", output.status, errors(&output)).into()),
        }
        expect(entries(work.path()) == ["out"], || {
            format!("left behind: {:?}", entries(work.path()))
        })?;
    }
    expect(refused > 2, || "no file was too large".into())
}

fn many_at_once() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let (model, out) = (model(), work.path().join("a/b/out"));
    let text = out.display().to_string();
    for _ in 0..3 {
        let run = |second| {
            kaon(&arguments(&model, &text, second))
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped())
                .spawn()
        };
        let runs = (0..4)
            .map(|at| run(at % 2 == 0))
            .collect::<Result<Vec<_>, _>>()?;
        for run in runs {
            let output = run.wait_with_output()?;
            expect(output.status.success(), || errors(&output))?;
        }
        complete(&out)?;
        let beside = entries(&work.path().join("a/b"));
        expect(beside == ["out"], || format!("left behind: {beside:?}"))?;
    }
    Ok(())
}

/// What kaon says to an output, run in `here`.
fn refusal(here: &Path, output: &str) -> Result<String, Failed> {
    let model = model();
    let ended = kaon(&["compile", &model, "-o", output])
        .current_dir(here)
        .output()?;
    expect(ended.status.code() == Some(1), || {
        format!("{:?}: {}", ended.status, errors(&ended))
    })?;
    Ok(errors(&ended))
}

fn refused_places() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let here = work.path();
    fs::write(here.join("file"), "mine")?;
    fs::create_dir(here.join("mine"))?;
    fs::write(here.join("mine/notes.txt"), "mine")?;
    symlink("nowhere", here.join("broken"))?;
    symlink("file", here.join("to_file"))?;
    let before = files(here);
    let mut said = String::new();
    for output in [
        "file", "to_file", "file/out", "mine", "broken", ".", "..", "/",
    ] {
        said.push_str(&format!("-o {output}\n{}\n", refusal(here, output)?));
    }
    let model = model();
    let ended = kaon(&["compile", &model, "-o", "out", "--emit", "nn"])
        .current_dir(here)
        .output()?;
    expect(ended.status.success(), || errors(&ended))?;
    let inside = here.join("out");
    said.push_str(&format!("-o . in an output\n{}\n", refusal(&inside, ".")?));
    fs::remove_dir_all(inside)?;
    expect(files(here) == before, || "something was left behind".into())?;
    let snapshots = super::super::root().join("tests/passes/process/snapshots");
    insta::with_settings!({ snapshot_path => snapshots, prepend_module_to_snapshot => false,
        omit_expression => true }, {
        insta::assert_snapshot!("refused_places", said);
    });
    Ok(())
}

fn links() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let here = work.path();
    fs::create_dir(here.join("real"))?;
    symlink("real", here.join("link"))?;
    let model = model();
    for _ in 0..2 {
        let ended = kaon(&["compile", &model, "-o", "link", "--emit", "nn"])
            .current_dir(here)
            .output()?;
        expect(ended.status.success(), || errors(&ended))?;
        complete(&here.join("real"))?;
        let link = fs::symlink_metadata(here.join("link"))?;
        expect(link.is_symlink(), || "the link was replaced".into())?;
    }
    expect(entries(here) == ["link", "real"], || {
        format!("{:?}", entries(here))
    })
}

fn users_files() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let out = work.path().join("out");
    let (model, text) = (model(), out.display().to_string());
    for second in [false, true] {
        let ended = kaon(&arguments(&model, &text, second)).output()?;
        expect(ended.status.success(), || errors(&ended))?;
        if !second {
            complete(&out)?;
            fs::create_dir(out.join("notes"))?;
            fs::write(out.join("notes/mine.txt"), "mine")?;
            symlink("/nowhere", out.join("link"))?;
        }
    }
    expect(
        fs::read_to_string(out.join("notes/mine.txt"))? == "mine",
        || "changed".into(),
    )?;
    expect(fs::symlink_metadata(out.join("link"))?.is_symlink(), || {
        "no link".into()
    })?;
    expect(entries(work.path()) == ["out"], || {
        format!("{:?}", entries(work.path()))
    })
}
