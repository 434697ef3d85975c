//! Random valid models, as QONNX files: layers, quantisers of every rounding mode, scales of
//! every kind, residuals, tables, from a seed.

use dialects::fx::Range;

use crate::random_fx::Random;
use crate::wire::{self, Message, floats, ints, node, tensor};

/// A model, and what it is made of.
pub struct Model {
    pub bytes: Vec<u8>,
    /// The operators in order.
    pub operators: Vec<&'static str>,
}

/// The model of a seed. Small ones are frequent: a difference in them is read at once.
pub fn model(seed: u64) -> Model {
    let mut random = Random::new(seed ^ 0x6e6e_6d6f_6465_6c73);
    let inputs = 1 + random.below(6);
    let layers = 1 + random.below(5);
    let mut build = Build {
        random,
        nodes: vec![],
        constants: vec![],
        operators: vec![],
        at: "x".into(),
        width: inputs,
        earlier: vec![],
    };
    build.quant(8);
    for _ in 0..layers {
        build.layer();
    }
    build.end();
    build.finish(inputs)
}

const ROUNDINGS: [&str; 8] = [
    "ROUND",
    "CEIL",
    "FLOOR",
    "UP",
    "DOWN",
    "HALF_UP",
    "HALF_DOWN",
    "ROUND_TO_ZERO",
];

struct Build {
    random: Random,
    nodes: Vec<Message>,
    constants: Vec<Message>,
    operators: Vec<&'static str>,
    /// The value that the next layer reads, of shape `[1, width]`.
    at: String,
    width: usize,
    /// Quantised values of earlier layers, for residuals.
    earlier: Vec<(String, usize)>,
}

impl Build {
    fn below(&mut self, count: usize) -> usize {
        self.random.below(count)
    }

    fn chance(&mut self, of: usize) -> bool {
        self.random.below(of) == 0
    }

    fn integer(&mut self, lo: i128, hi: i128) -> f32 {
        self.random.within(Range::new(lo, hi)) as f32
    }

    /// A scale: mostly a power of two, sometimes any number.
    fn scale(&mut self) -> f32 {
        let power = f32::powi(2.0, self.below(6) as i32 - 4);
        match self.chance(4) {
            true => power * (1.0 + self.below(1000) as f32 / 1000.0),
            false => power,
        }
    }

    fn constant(&mut self, shape: &[i64], values: &[f32]) -> String {
        let name = format!("c{}", self.constants.len());
        self.constants.push(tensor(&name, 1, shape, floats(values)));
        name
    }

    fn integers(&mut self, values: &[i64]) -> String {
        let name = format!("c{}", self.constants.len());
        let shape = [values.len() as i64];
        self.constants.push(tensor(&name, 7, &shape, ints(values)));
        name
    }

    /// A node from the current value and constants to a new current value.
    fn push(&mut self, op: &'static str, more: &[&str], attributes: Vec<Message>) {
        let at = self.at.clone();
        let mut inputs = vec![at.as_str()];
        inputs.extend(more);
        self.push_of(op, &inputs, attributes);
    }

    fn push_of(&mut self, op: &'static str, inputs: &[&str], attributes: Vec<Message>) {
        let output = format!("v{}", self.nodes.len());
        let name = format!("{}_{}", op.to_lowercase(), self.nodes.len());
        let mut message = node(op, &name, inputs, &[&output]).each(5, attributes);
        if ["Quant", "BipolarQuant", "MultiThreshold", "Trunc"].contains(&op) {
            message = message.bytes(7, "qonnx.custom_op.general");
        }
        self.nodes.push(message);
        self.operators.push(op);
        self.at = output;
    }

    /// A quantiser of up to `most` bits; a scale for each channel sometimes.
    fn quant(&mut self, most: usize) {
        let signed = self.chance(2);
        let bits = (1 + self.below(most)).max(if signed { 2 } else { 1 });
        let narrow = signed && self.chance(4);
        let each = self.chance(6);
        let count = if each { self.width } else { 1 };
        let scales: Vec<f32> = (0..count).map(|_| self.scale()).collect();
        let shape: &[i64] = if each { &[1, self.width as i64] } else { &[] };
        let zero_point = match self.chance(8) {
            true => self.integer(0, 3),
            false => 0.0,
        };
        let rounding = self.random.pick(&ROUNDINGS);
        let scale = self.constant(shape, &scales);
        let zero = self.constant(&[], &[zero_point]);
        let width = self.constant(&[], &[bits as f32]);
        let attributes = vec![
            wire::int("signed", signed.into()),
            wire::int("narrow", narrow.into()),
            wire::text("rounding_mode", rounding),
        ];
        self.push("Quant", &[&scale, &zero, &width], attributes);
        self.earlier.push((self.at.clone(), self.width));
    }

    /// Integers times a power of two.
    fn weights(&mut self, count: usize) -> Vec<f32> {
        let bits = 1 + self.below(6);
        let scale = f32::powi(2.0, self.below(5) as i32 - 4);
        let sparse = self.chance(2);
        let weight = |build: &mut Self| match sparse && build.chance(2) {
            true => 0.0,
            false => build.integer(-(1 << bits), 1 << bits) * scale,
        };
        (0..count).map(|_| weight(self)).collect()
    }

    fn dense(&mut self) {
        let outputs = 1 + self.below(6);
        let shape = [self.width as i64, outputs as i64];
        let weights = self.weights(self.width * outputs);
        let weights = self.constant(&shape, &weights);
        let bias = self.weights(outputs);
        let bias = self.constant(&[outputs as i64], &bias);
        self.width = outputs;
        match self.below(3) {
            0 => self.push("Gemm", &[&weights, &bias], vec![]),
            1 => self.push("MatMul", &[&weights], vec![]),
            _ => {
                self.push("MatMul", &[&weights], vec![]);
                self.push("Add", &[&bias], vec![]);
            }
        }
    }

    /// One block: a linear part or a movement, perhaps a function, a quantiser.
    fn layer(&mut self) {
        match self.below(10) {
            0..=4 => self.dense(),
            5 => self.residual(),
            6 => self.concat(),
            7 => self.movement(),
            _ => self.elementwise(),
        }
        if self.chance(3) {
            self.batch_norm();
        }
        match self.below(10) {
            0..=3 => self.push("Relu", &[], vec![]),
            4 => self.push("LeakyRelu", &[], vec![wire::float("alpha", 0.125)]),
            5 => self.clip(),
            6 => return self.binary(),
            7 => return self.threshold(),
            8 => return self.function(),
            _ => {}
        }
        self.quant(7);
    }

    /// Adds or compares with an earlier value of the same width.
    fn residual(&mut self) {
        let width = self.width;
        let same = |value: &&(String, usize)| value.1 == width;
        let others: Vec<String> = self
            .earlier
            .iter()
            .filter(same)
            .map(|v| v.0.clone())
            .collect();
        if others.is_empty() {
            return self.dense();
        }
        let other = others[self.below(others.len())].clone();
        let op = self.random.pick(&["Add", "Sub", "Max", "Min", "Mul"]);
        self.push(op, &[&other], vec![]);
    }

    fn concat(&mut self) {
        let at = self.below(self.earlier.len());
        let (other, width) = self.earlier[at].clone();
        if width + self.width > 12 {
            return self.dense();
        }
        self.width += width;
        self.push("Concat", &[&other], vec![wire::int("axis", 1)]);
    }

    fn movement(&mut self) {
        let width = self.width as i64;
        match self.below(3) {
            0 if width > 1 => {
                let (from, to) = (self.integers(&[1]), self.integers(&[width]));
                let axes = self.integers(&[1]);
                self.width -= 1;
                self.push("Slice", &[&from, &to, &axes], vec![]);
            }
            1 => {
                let reversed: Vec<i64> = (0..width).rev().collect();
                let order = self.integers(&reversed);
                self.push("Gather", &[&order], vec![wire::int("axis", 1)]);
            }
            _ => {
                let shape = self.integers(&[-1, width]);
                self.push("Reshape", &[&shape], vec![]);
            }
        }
    }

    fn elementwise(&mut self) {
        let shape = [1, self.width as i64];
        let values = self.weights(self.width);
        let constant = self.constant(&shape, &values);
        match self.below(7) {
            0 => self.push("Neg", &[], vec![]),
            1 => self.push("Abs", &[], vec![]),
            2 => self.push("Mul", &[&constant], vec![]),
            3 => self.push("Max", &[&constant], vec![]),
            4 => self.push("Min", &[&constant], vec![]),
            5 => self.push("Sub", &[&constant], vec![]),
            _ => {
                let divisor = self.constant(&[], &[0.5]);
                self.push("Div", &[&divisor], vec![]);
            }
        }
    }

    fn batch_norm(&mut self) {
        let width = self.width;
        let shape = [width as i64];
        let mut parameters = vec![];
        for kind in 0..4 {
            let value = |build: &mut Self| {
                let any = build.below(2001) as f32 / 1000.0 - 1.0;
                if kind == 3 { any.abs() + 0.25 } else { any }
            };
            let values: Vec<f32> = (0..width).map(|_| value(self)).collect();
            parameters.push(self.constant(&shape, &values));
        }
        let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
        self.push(
            "BatchNormalization",
            &parameters,
            vec![wire::float("epsilon", 1e-3)],
        );
    }

    fn clip(&mut self) {
        let low = self.integer(-4, 0);
        let high = self.integer(0, 6);
        let (low, high) = (self.constant(&[], &[low]), self.constant(&[], &[high]));
        self.push("Clip", &[&low, &high], vec![]);
    }

    fn binary(&mut self) {
        let scale = self.scale();
        let scale = self.constant(&[], &[scale]);
        self.push("BipolarQuant", &[&scale], vec![]);
        self.earlier.push((self.at.clone(), self.width));
    }

    fn threshold(&mut self) {
        let steps = 1 + self.below(5);
        let mut rows = vec![];
        for _ in 0..self.width {
            let mut row: Vec<f32> = (0..steps).map(|_| self.integer(-40, 40) / 8.0).collect();
            row.sort_by(f32::total_cmp);
            rows.extend(row);
        }
        let table = self.constant(&[self.width as i64, steps as i64], &rows);
        let attributes = vec![
            wire::text("out_dtype", "UINT4"),
            wire::float("out_scale", 1.0),
            wire::float("out_bias", 0.0),
        ];
        self.push("MultiThreshold", &[&table], attributes);
        self.earlier.push((self.at.clone(), self.width));
    }

    /// A quantiser makes the argument narrow, so that the function is a table.
    fn function(&mut self) {
        self.quant(6);
        let op = self
            .random
            .pick(&["Sigmoid", "Tanh", "Elu", "Exp", "HardSigmoid", "Sqrt"]);
        let op = if op == "Sqrt" { "Softsign" } else { op };
        self.push(op, &[], vec![]);
        self.quant(7);
    }

    /// What stands behind the last layer, sometimes.
    fn end(&mut self) {
        match self.below(8) {
            0 => self.dense(),
            1 => {
                self.push("ReduceSum", &[], vec![wire::int_list("axes", &[1])]);
                self.width = 1;
            }
            2 if self.width > 1 => {
                let attributes = vec![wire::int("axis", 1), wire::int("keepdims", 1)];
                self.push("ArgMax", &[], attributes);
                self.width = 1;
            }
            _ => {}
        }
    }

    fn finish(self, inputs: usize) -> Model {
        let port = |name: &str, width: usize| wire::value(name, &[1, width as i64]);
        let graph = Message::new()
            .each(1, self.nodes)
            .each(5, self.constants)
            .put(11, port("x", inputs))
            .put(12, port(&self.at, self.width));
        let quantisers = Message::new().bytes(1, "qonnx.custom_op.general").int(2, 1);
        // ReduceSum takes its axes as an attribute up to set 12.
        let set = Message::new().int(2, 11);
        let model = Message::new()
            .int(1, 8)
            .put(8, set)
            .put(8, quantisers)
            .put(7, graph);
        Model {
            bytes: model.0,
            operators: self.operators,
        }
    }
}
