//! The layers on machine integers give the numbers that the definitions of their ops give.

use std::path::Path;

use compiler::driver::{Predictor, Request, compile};
use compiler::engine::layers::Layers;
use compiler::options::Options;
use compiler::pipeline;
use compiler::runner::Settings;
use compiler::target::Target;
use compiler::tensor_file::TensorFile;
use dialects::nn;

use kaon_testsuite::tracing::sample_of;

/// Every model of a folder of the test suite but some, all samples, by three ways.
fn agree(folder: &str, but: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("models")
        .join(folder);
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !but.iter().any(|name| path.ends_with(name)))
        .collect();
    cases.sort();
    for case in cases {
        let name = case.display().to_string();
        let request = Request {
            model: case.join("model.onnx"),
            options: Options {
                input_precision: match nn_has_type(&case) {
                    true => None,
                    false => Some("fixed<10,4>".parse().unwrap()),
                },
                fraction_bits: 6,
                ..Options::default()
            },
            target: Target::default(),
            settings: Settings::default(),
        };
        let compilation = compile(&request, Some(pipeline::BEHAVIOUR), &mut |_| {});
        let compilation = compilation.unwrap_or_else(|f| panic!("{name}: {}", f.diagnostic()));
        let graph = compilation.layers().unwrap();
        let inputs = TensorFile::read(&case.join("inputs.npy")).unwrap();
        let layers = Layers::new(graph.clone()).unwrap();
        for at in 0..inputs.shape[0] {
            let sample = [sample_of(graph, &inputs, at)];
            let found = layers.eval(&sample).unwrap();
            assert_eq!(
                found,
                nn::eval(graph, &sample).unwrap(),
                "{name}, sample {at}"
            );
        }
        let circuit = Predictor::new(compilation.behaviour().unwrap().clone()).unwrap();
        let by_circuit = circuit.predict(std::slice::from_ref(&inputs)).unwrap();
        let by_layers = layers.predict(std::slice::from_ref(&inputs)).unwrap();
        assert_eq!(by_layers.outputs, by_circuit.outputs, "{name}");
        assert_eq!(
            (by_layers.rounded, by_layers.overflowed),
            (by_circuit.rounded, by_circuit.overflowed),
            "{name}"
        );
    }
}

/// Whether the model quantises its input itself.
fn nn_has_type(case: &Path) -> bool {
    let graph = compiler::frontend::load(&case.join("model.onnx")).unwrap();
    matches!(graph.nodes[1].op, nn::Op::Quantize { .. })
}

#[test]
fn convolutions_and_poolings() {
    agree("spatial_nodes", &[]);
}

#[test]
fn recurrence_and_products_of_values() {
    // Its means over three elements have no factor that lowering takes.
    agree("recurrent_nodes", &["layer_norm"]);
}

#[test]
fn int8_layers() {
    agree("int8_nodes", &[]);
}
