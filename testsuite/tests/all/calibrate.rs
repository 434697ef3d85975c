//! `kaon calibrate` and `kaon scan`: the types they choose keep what they promise.

use std::path::{Path, PathBuf};

use compiler::calibrate::{Calibration, Data, Measured, calibrate, scan};
use compiler::config::Config;
use compiler::driver::{Predictor, Request, compile};
use compiler::options::{Options, Sampled};
use compiler::pipeline;
use compiler::runner::Settings;
use compiler::target::Target;
use compiler::tensor_file::TensorFile;

fn case(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/recurrent_nodes");
    folder.join(name)
}

fn request(name: &str, options: Options) -> Request {
    Request {
        model: case(name).join("model.onnx"),
        options,
        target: Target::default(),
        settings: Settings::default(),
    }
}

fn inputs(name: &str) -> TensorFile {
    TensorFile::read(&case(name).join("inputs.npy")).unwrap()
}

fn measured(name: &str) -> Measured {
    let array = inputs(name);
    let width = array.values.len() / array.shape[0];
    let nothing = Sampled {
        lo: f64::INFINITY,
        hi: f64::NEG_INFINITY,
        fraction: 30,
    };
    let mut ranges = vec![nothing; width];
    for at in 0..array.values.len() {
        let value = array.values.approximate(at);
        let of = &mut ranges[at % width];
        (of.lo, of.hi) = (of.lo.min(value), of.hi.max(value));
    }
    let data = Data {
        arrays: vec![array],
        ranges,
        labels: None,
    };
    Measured::new(request(name, Options::default()), data).unwrap()
}

fn found(name: &str, tolerance: f64) -> Calibration {
    calibrate(&measured(name), tolerance).unwrap()
}

/// The relative error of the circuit that a configuration gives, against float32.
fn error_of_circuit(name: &str, config: &str) -> f64 {
    let mut options = Options::default();
    Config::parse(config).unwrap().apply(&mut options).unwrap();
    let compilation = compile(
        &request(name, options),
        Some(pipeline::BEHAVIOUR),
        &mut |_| {},
    );
    let compilation = compilation.unwrap_or_else(|f| panic!("{}", f.diagnostic()));
    let predictor = Predictor::new(compilation.behaviour().unwrap().clone()).unwrap();
    let prediction = predictor.predict(&[inputs(name)]).unwrap();
    let expected = TensorFile::read(&case(name).join("expected.npy")).unwrap();
    let (mut apart, mut size) = (0.0, 0.0);
    for (at, value) in prediction.outputs[0].1.iter().enumerate() {
        let wanted = expected.values.approximate(at);
        apart += (f64::from(*value) - wanted).powi(2);
        size += wanted * wanted;
    }
    f64::sqrt(apart / size)
}

#[test]
fn a_configuration_keeps_the_answers_and_says_so() {
    let name = "attention";
    let loose = found(name, 0.5);
    let tight = found(name, 0.0);
    assert!(loose.after.agreement >= Some(0.5), "{loose:?}");
    assert_eq!(tight.after.agreement, Some(1.0));
    assert!(loose.uniform_fraction <= tight.uniform_fraction);
    let bits = |calibration: &Calibration| {
        let widths = calibration.places.iter().map(|place| place.precision.width);
        widths.sum::<u32>()
    };
    assert!(bits(&loose) <= bits(&tight));
    // What the search measured is what the circuit does.
    let error = error_of_circuit(name, &tight.to_toml().unwrap());
    let difference = (error - tight.after.error).abs();
    assert!(difference < 1e-3, "{error} for {}", tight.after.error);
    insta::assert_snapshot!(tight.to_toml().unwrap());
}

#[test]
fn more_bits_are_nearer_and_larger() {
    let scan = scan(&measured("rnn_relu_reverse"), 2..=5).unwrap();
    let (first, last) = (&scan.rows[0], scan.rows.last().unwrap());
    assert_eq!(scan.rows.len(), 4);
    assert!(last.quality.error < first.quality.error / 3.0, "{scan:?}");
    assert!(
        last.circuit.unwrap().lut > first.circuit.unwrap().lut,
        "{scan:?}"
    );
    let svg = scan.to_svg();
    assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
    assert_eq!(svg.matches("<circle").count(), 8, "{svg}");
}

#[test]
fn a_model_with_types_of_its_own_is_refused() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/int8_nodes/qgemm/model.onnx");
    let request = Request {
        model,
        ..request("attention", Options::default())
    };
    let data = Data {
        arrays: vec![],
        ranges: vec![],
        labels: None,
    };
    let failure = Measured::new(request, data).err().unwrap();
    let text = failure.diagnostic().to_string();
    assert!(
        text.starts_with("error: the model has types of its own"),
        "{text}"
    );
    assert!(text.contains("help: compile it as it is"), "{text}");
}
