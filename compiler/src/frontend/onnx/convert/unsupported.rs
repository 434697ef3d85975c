//! What kaon says about an operator that it does not have.

use dialects::Diagnostic;
use indexmap::IndexMap;

use super::rows;
use crate::frontend::onnx::node::{Domain, OnnxNode};

/// Operators that belong together, what stands near them, and the way out.
struct Family {
    op_types: &'static [&'static str],
    note: &'static str,
    help: &'static str,
}

const INFERENCE: &str = "re-export the network without it";

static FAMILIES: &[Family] = &[
    Family {
        op_types: &["DeformConv", "MaxUnpool", "RoiAlign", "MaxRoiPool"],
        note: "where a window stands must not depend on the input; near it: Conv, ConvTranspose, \
               MaxPool, AveragePool",
        help: "train the network with ordinary convolutions and poolings",
    },
    Family {
        op_types: &["Scan", "Loop", "If"],
        note: "control flow is not there; near it: RNN, LSTM, GRU",
        help: "export the network unrolled over a fixed number of steps",
    },
    Family {
        op_types: &[
            "LabelEncoder",
            "SVMClassifier",
            "SVMRegressor",
            "LinearClassifier",
            "LinearRegressor",
            "Scaler",
            "Normalizer",
        ],
        note: "of ai.onnx.ml there are TreeEnsemble, TreeEnsembleClassifier, \
               TreeEnsembleRegressor, ArrayFeatureExtractor, Binarizer and ZipMap",
        help: "export trees, or a dense network trained on the same data",
    },
    Family {
        op_types: &[
            "Equal",
            "And",
            "Or",
            "Not",
            "Xor",
            "Where",
            "BitShift",
            "BitwiseAnd",
            "BitwiseOr",
            "BitwiseXor",
            "BitwiseNot",
            "IsNaN",
            "IsInf",
        ],
        note: "choices that depend on the input are not there; near it: Greater, Less, Max, Min, \
               Clip, Sign, BipolarQuant, MultiThreshold",
        help: "write the choice with one of these, or make it outside the circuit",
    },
    Family {
        op_types: &["Floor", "Ceil", "Round", "Mod", "FloatQuant"],
        note: "rounding is a quantiser's work; near it: Quant, Trunc, QuantizeLinear",
        help: "use Quant with the rounding mode FLOOR, CEIL or ROUND, and a bit width",
    },
    Family {
        op_types: &[
            "Gelu", "Swish", "Mish", "Celu", "Erf", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan",
            "Sinh", "Cosh", "Asinh", "Acosh", "Atanh",
        ],
        note: "near it: Sigmoid, Tanh, Elu, Selu, Softplus, HardSigmoid, HardSwish, Exp, Log, Sqrt",
        help: "train the network with one of these activations",
    },
    Family {
        op_types: &[
            "LogSoftmax",
            "Hardmax",
            "TopK",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceProd",
            "CumSum",
            "NonMaxSuppression",
        ],
        note: "near it: Softmax, ArgMax, ReduceSum, ReduceMean, ReduceMax",
        help: "compile the network up to its scores, and take the rest outside the circuit",
    },
    Family {
        op_types: &[
            "InstanceNormalization",
            "GroupNormalization",
            "RMSNormalization",
            "MeanVarianceNormalization",
            "LRN",
            "LpNormalization",
            "SkipLayerNormalization",
        ],
        note: "near it: LayerNormalization, and BatchNormalization, whose statistics are constants",
        help: "train the network with one of these",
    },
    Family {
        op_types: &[
            "MatMulInteger",
            "DynamicQuantizeLinear",
            "DynamicQuantizeMatMul",
            "MatMulNBits",
            "QLinearAdd",
            "QLinearMul",
            "QLinearSigmoid",
            "QLinearLeakyRelu",
            "QLinearConcat",
            "QLinearSoftmax",
        ],
        note: "near it: QuantizeLinear, DequantizeLinear, QLinearMatMul, QGemm",
        help: "quantise the model statically in QDQ format (onnxruntime: quantize_static with \
               QuantFormat.QDQ)",
    },
    Family {
        op_types: &["Attention", "MultiHeadAttention", "Einsum", "Det"],
        note: "near it: Gemm, MatMul, also of two values, Softmax",
        help: "export the layer as the products and the Softmax that it is made of",
    },
    Family {
        op_types: &[
            "NonZero",
            "Unique",
            "Compress",
            "OneHot",
            "ScatterND",
            "ScatterElements",
            "GatherND",
            "GatherElements",
            "Shape",
            "Size",
        ],
        note: "what is read or written must not depend on the input; near it: Gather, Slice, Split, \
               Concat with constant indices",
        help: "export the model with static shapes",
    },
];

/// Refused operators, each with the layers that use it.
#[derive(Default)]
pub struct Unsupported {
    found: IndexMap<(Domain, String), Vec<OnnxNode>>,
}

impl Unsupported {
    pub fn add(&mut self, node: &OnnxNode) {
        let key = (node.domain.clone(), node.op_type.clone());
        self.found.entry(key).or_default().push(node.clone());
    }

    /// One finding for each operator, about the first layer that uses it.
    pub fn findings(self) -> Vec<Diagnostic> {
        self.found
            .into_values()
            .map(|nodes| finding(&nodes))
            .collect()
    }
}

fn finding(nodes: &[OnnxNode]) -> Diagnostic {
    let node = &nodes[0];
    let op = &node.op_type;
    let mut found = node.error(match &node.domain {
        Domain::Onnx => format!("ONNX operator {op} is not supported"),
        domain => format!("ONNX operator {op} of {domain} is not supported"),
    });
    if nodes.len() > 1 {
        found = found.note(format!("{} layers use it", nodes.len()));
    }
    let family = FAMILIES
        .iter()
        .find(|family| family.op_types.contains(&op.as_str()));
    match family {
        Some(family) => found.note(family.note).help(family.help),
        None => {
            let near = nearest(op).join(", ");
            found.note(format!("near it: {near}")).help(INFERENCE)
        }
    }
}

/// The supported operators whose names are most like this one.
fn nearest(op: &str) -> Vec<&'static str> {
    let mut names: Vec<_> = rows().map(|row| row.op_type).collect();
    names.sort_by_key(|name| (distance(op, name), *name));
    names.dedup();
    names.truncate(4);
    names
}

/// Edits from one name to another, letters of either case alike.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|text| text.to_ascii_lowercase().into_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}
