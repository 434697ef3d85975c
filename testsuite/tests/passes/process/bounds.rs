//! Inputs that are huge, or claim to be: a sentence, exit code 1, in bounded memory and time.

use std::fs::{self, File};
use std::path::Path;

use kaon_testsuite::wire::{self, Message, floats, ints, node, tensor, value};
use libtest_mimic::{Failed, Trial};

use super::{AS_KAON, AS_KAON_OPT, entries, errors, expect, trial, under};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("huge_models_are_refused", huge_models),
        trial("huge_texts_are_refused", huge_texts),
        trial("huge_arrays_are_refused", huge_arrays),
        trial("huge_modules_are_refused", huge_modules),
    ]
}

/// Address space in KiB, and processor seconds; the program's own libraries take a third of
/// the first, a build without optimisation most of the second.
const LIMITS: &str = "ulimit -v 3000000; ulimit -t 20";

/// `[1, 2]` in and out, quantised to `h`.
fn quantised(nodes: Vec<Message>, constants: Vec<Message>) -> Message {
    quantised_to(6.0, nodes, constants)
}

fn quantised_to(bits: f32, nodes: Vec<Message>, constants: Vec<Message>) -> Message {
    let named = |name: &str| node("Quant", "quant", &["x", "s", "z", "b"], &[name]);
    let quant = named("h").bytes(7, "qonnx.custom_op.general");
    let quant = quant
        .put(5, wire::int("signed", 1))
        .put(5, wire::int("narrow", 0));
    let scalar = |name, value| tensor(name, 1, &[], floats(&[value]));
    let nodes = std::iter::once(quant).chain(nodes);
    wire::model(
        wire::graph(nodes)
            .each(5, [scalar("s", 0.25), scalar("z", 0.0), scalar("b", bits)])
            .each(5, constants),
    )
    .put(
        8,
        Message::new().bytes(1, "qonnx.custom_op.general").int(2, 1),
    )
}

/// `count` layers of one operand, one after the other.
fn chain(op: &str, count: usize) -> Message {
    let name = |at: usize| match at {
        0 => "h".to_string(),
        at if at == count => "y".to_string(),
        at => format!("v{at}"),
    };
    let layer = |at| node(op, &format!("layer_{at}"), &[&name(at)], &[&name(at + 1)]);
    quantised((0..count).map(layer).collect(), vec![])
}

fn added(constants: Vec<Message>) -> Message {
    quantised(vec![node("Add", "add", &["h", "w"], &["y"])], constants)
}

fn spread(op: &str, constants: Vec<Message>) -> Message {
    let spread = node(op, "spread", &["c", "shape"], &["w"]);
    quantised(
        vec![spread, node("Add", "add", &["h", "w"], &["y"])],
        constants,
    )
}

fn beside(name: &str, shape: &[i64], location: &str) -> Message {
    let entry = Message::new().bytes(1, "location").bytes(2, location);
    tensor(name, 1, shape, []).put(13, entry).int(14, 1)
}

/// What a model is called, and its bytes.
fn models() -> Vec<(&'static str, Message)> {
    let million = 1_000_000;
    let relu = || node("Relu", "relu", &["x"], &["y"]);
    let ports = |field, count: usize| {
        let more = (0..count).map(|at| value(&format!("x{at}"), &[1, 2]));
        wire::model(wire::graph([relu()]).each(field, more))
    };
    let shaped = |shape: &[i64]| {
        let graph = Message::new().put(1, relu()).put(11, value("x", shape));
        wire::model(graph.put(12, value("y", shape)))
    };
    let one = || tensor("c", 1, &[], floats(&[1.0]));
    let doubled = |op: &str, count: usize| {
        let name = |at: usize| {
            if at == 0 {
                "h".into()
            } else {
                format!("v{at}")
            }
        };
        let layer = |at| {
            let (from, to) = (name(at), name(at + 1));
            let layer = node(op, &format!("layer_{at}"), &[&from, &from], &[&to]);
            if op == "Concat" {
                layer.put(5, wire::int("axis", 1))
            } else {
                layer
            }
        };
        let mut layers: Vec<Message> = (0..count).map(layer).collect();
        layers.push(node("Relu", "last", &[&name(count)], &["y"]));
        quantised(layers, vec![])
    };
    vec![
        ("a chain of a million layers", chain("Relu", million)),
        (
            "a chain of a million layers that do nothing",
            chain("Identity", million),
        ),
        ("a million inputs", ports(11, million)),
        ("a million outputs", ports(12, million)),
        ("an input of 10^12 elements", shaped(&[1, 1 << 20, 1 << 20])),
        (
            "an input whose size overflows",
            shaped(&[1, i64::MAX, i64::MAX]),
        ),
        (
            "a constant of 10^12 elements",
            added(vec![tensor("w", 1, &[1 << 20, 1 << 20], [])]),
        ),
        (
            "a constant of negative size",
            added(vec![tensor("w", 1, &[-4, 2], [])]),
        ),
        ("constants beside, 200 GB of them", {
            let constants =
                (0..200).map(|at| beside(&format!("w{at}"), &[1, 1 << 28], "sparse.bin"));
            let used = (0..200).map(|at| {
                let name = |at: usize| {
                    if at == 0 {
                        "h".into()
                    } else {
                        format!("v{at}")
                    }
                };
                let output = if at == 199 {
                    "y".to_string()
                } else {
                    name(at + 1)
                };
                node(
                    "Add",
                    &format!("add_{at}"),
                    &[&name(at), &format!("w{at}")],
                    &[&output],
                )
            });
            quantised(used.collect(), constants.collect())
        }),
        ("constants beside, 2 GB in pieces", {
            let constants = (0..1000).map(|at| beside(&format!("w{at}"), &[1 << 19], "sparse.bin"));
            let names: Vec<String> = (0..1000).map(|at| format!("w{at}")).collect();
            let mut inputs = vec!["h"];
            inputs.extend(names.iter().map(String::as_str));
            let concat = node("Concat", "concat", &inputs, &["y"]).put(5, wire::int("axis", 0));
            quantised(vec![concat], constants.collect())
        }),
        (
            "constants in a device",
            added(vec![beside("w", &[1 << 20], "/dev/zero")]),
        ),
        ("a constant spread to 10^12 elements", {
            spread(
                "Expand",
                vec![one(), tensor("shape", 7, &[2], ints(&[1 << 20, 1 << 20]))],
            )
        }),
        ("a constant tiled to 10^12 elements", {
            let constants = vec![
                tensor("c", 1, &[1], floats(&[1.0])),
                tensor("shape", 7, &[1], ints(&[1 << 40])),
            ];
            spread("Tile", constants)
        }),
        ("widths that double forty times", doubled("Mul", 40)),
        ("lengths that double sixty times", doubled("Concat", 60)),
        ("a dense layer of 16 million products", {
            let shape = tensor("shape", 7, &[2], ints(&[2, 8_000_000]));
            let spread = node("Expand", "spread", &["c", "shape"], &["w"]);
            let dense = node("MatMul", "dense", &["h", "w"], &["y"]);
            quantised(vec![spread, dense], vec![one(), shape])
        }),
    ]
}

/// Runs kaon within the limits; what it said.
fn refused(what: &str, arguments: &[&str], here: &Path) -> Result<String, Failed> {
    refused_by(AS_KAON, what, arguments, here)
}

fn refused_by(
    program: &str,
    what: &str,
    arguments: &[&str],
    here: &Path,
) -> Result<String, Failed> {
    let before = entries(here);
    let ended = under(LIMITS, program, arguments)
        .current_dir(here)
        .output()?;
    let said = errors(&ended);
    expect(ended.status.code() == Some(1), || {
        format!(
            "{what}: {:?}: {}",
            ended.status,
            said.chars().take(600).collect::<String>()
        )
    })?;
    expect(entries(here) == before, || {
        format!("{what}: something was left behind")
    })?;
    let short: String = said.chars().take(900).collect();
    Ok(format!("-- {what}\n{short}\n"))
}

fn snapshot(name: &str, said: &str) {
    let snapshots = super::super::root().join("tests/passes/process/snapshots");
    insta::with_settings!({ snapshot_path => snapshots, prepend_module_to_snapshot => false,
        omit_expression => true }, {
        insta::assert_snapshot!(name, said);
    });
}

fn huge_models() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    // A file of holes: it has a size and takes no space.
    File::create(work.path().join("sparse.bin"))?.set_len(1 << 34)?;
    let mut said = String::new();
    // What a quantiser of 40 bits gives has no more values than its input: that has to be wide
    // as well.
    let table = {
        let sigmoid = node("Sigmoid", "sigmoid", &["h"], &["y"]);
        quantised_to(40.0, vec![sigmoid], vec![])
    };
    let narrow = models().into_iter();
    let narrow = narrow.map(|(what, model)| (what, model, "fixed<8,4>"));
    let models = narrow.chain([("a table of 10^12 entries", table, "fixed<48,46>")]);
    let mut count = 0;
    for (what, model, input) in models {
        fs::write(work.path().join("model.onnx"), model.0)?;
        let mut arguments = vec!["compile", "model.onnx", "-o", "out"];
        arguments.extend(["--input-precision", input]);
        said.push_str(&refused(what, &arguments, work.path())?);
        count += 1;
    }
    let sentences = said.matches("error: ").count();
    expect(sentences >= count, || said)
}

fn huge_texts() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let here = work.path();
    let mut said = String::new();
    File::create(here.join("sparse.toml"))?.set_len(1 << 34)?;
    fs::write(
        here.join("deep.toml"),
        "top = ".to_string() + &"[".repeat(1 << 20),
    )?;
    let model = super::model();
    for config in ["sparse.toml", "deep.toml", "/dev/zero"] {
        let arguments = ["compile", &model, "-o", "out", "--config", config];
        said.push_str(&refused(config, &arguments, here)?);
        let arguments = ["compile", &model, "-o", "out", "--target-file", config];
        said.push_str(&refused(config, &arguments, here)?);
    }
    fs::create_dir(here.join("folder"))?;
    fs::write(here.join("folder/kaon.json"), "[".repeat(1 << 20))?;
    said.push_str(&refused(
        "a manifest of brackets",
        &["report", "folder"],
        here,
    )?);
    File::create(here.join("folder/kaon.json"))?.set_len(1 << 34)?;
    said.push_str(&refused(
        "a manifest of holes",
        &["report", "folder"],
        here,
    )?);
    snapshot("huge_texts", &said);
    Ok(())
}

/// A header of NumPy's with a shape.
fn header(shape: &str) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let text = format!("{text:117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes
}

fn huge_arrays() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let here = work.path();
    let mut said = String::new();
    let model = super::model();
    fs::write(here.join("claims.npy"), header("(1000000, 1000000)"))?;
    fs::write(
        here.join("overflows.npy"),
        header("(4294967296, 4294967296)"),
    )?;
    fs::write(here.join("negative.npy"), header("(-1, 4)"))?;
    fs::write(here.join("archive.npz"), b"PK\x03\x04 a bomb, perhaps")?;
    File::create(here.join("holes.npy"))?.set_len(1 << 40)?;
    for array in [
        "claims.npy",
        "overflows.npy",
        "negative.npy",
        "archive.npz",
        "holes.npy",
        "/dev/zero",
    ] {
        let arguments = ["predict", &model, "--input", array];
        said.push_str(&refused(array, &arguments, here)?);
    }
    snapshot("huge_arrays", &said);
    Ok(())
}

/// A module of level `nn` around the lines of its function.
fn module(body: &str) -> String {
    format!(
        "module attributes {{kaon.level = \"nn\"}} {{\n  func.func @top(%x0: tensor<2xf32>) -> \
         (tensor<2xf32>) {{\n{body}\n    return %x0 : tensor<2xf32>\n  }}\n}}\n"
    )
}

fn huge_modules() -> Result<(), Failed> {
    let work = tempfile::tempdir()?;
    let here = work.path();
    let million = 1_000_000;
    let attribute = |value: &str| {
        let op = "    %0 = \"nn.constant\"() {value = ";
        module(&format!("{op}{value}}} : () -> tensor<2xf32>"))
    };
    let aliases: String = (1..100)
        .map(|n| format!("#a{n} = [#a{}, #a{}]\n", n - 1, n - 1))
        .collect();
    let places: String = (1..100)
        .map(|n| format!("#loc{n} = loc(fused[#loc{}, #loc{}])\n", n - 1, n - 1))
        .collect();
    let modules = [
        ("square brackets", attribute(&"[".repeat(million))),
        ("braces", attribute(&"{a = ".repeat(million))),
        ("parentheses", module(&"(".repeat(million))),
        ("angle brackets", attribute(&"tensor<".repeat(million))),
        ("regions", module(&"\"nn.relu\"() ({ ".repeat(million))),
        ("places", module(&"loc(callsite(".repeat(million))),
        (
            "an affine expression",
            attribute(&format!("affine_map<(d) -> ({}d)>", "-".repeat(million))),
        ),
        (
            "aliases of aliases",
            format!("#a0 = 1\n{aliases}{}", attribute("#a99")),
        ),
        (
            "places of places",
            format!("#loc0 = loc(\"a\")\n{places}{}", attribute("1")),
        ),
        (
            "one element for 10^12",
            attribute("dense<1.0> : tensor<1000000x1000000xf32>"),
        ),
        ("one element for more than there are", {
            attribute("dense<1> : tensor<4294967296x4294967296x1xi64>")
        }),
        (
            "an integer of a million digits",
            attribute(&"9".repeat(million)),
        ),
        ("a type of a million bits", attribute("1 : i16777216")),
        (
            "a string without an end",
            attribute(&format!("\"{}", "a".repeat(million))),
        ),
        ("bytes that are no text", "\0".repeat(million)),
        (
            "data elsewhere",
            attribute("dense_resource<a> : tensor<2xf32>"),
        ),
        (
            "a million operands",
            module(&format!(
                "    %0 = \"nn.concat\"({})",
                "%x0, ".repeat(million)
            )),
        ),
    ];
    let mut said = String::new();
    let count = modules.len();
    for (what, text) in modules {
        fs::write(here.join("in.mlir"), text)?;
        said.push_str(&refused_by(AS_KAON_OPT, what, &["in.mlir"], here)?);
    }
    let sentences = said.matches("error: ").count();
    expect(sentences >= count, || said)
}
