//! The ops that are compared.

use std::sync::Arc;

use dialects::fx::{
    Builder, Graph, IntType, LayerId, Op, Port, PortElement, Predicate, Table, ValueId,
};
use dialects::number::Number;

/// One op on fresh inputs: its name, its inputs, and how it is built.
pub struct Case {
    pub name: String,
    pub graph: Graph,
}

fn port(name: &str, types: &[IntType]) -> Port {
    let element = |&ty| PortElement {
        ty,
        scale: Number::one(),
        offset: Number::zero(),
    };
    Port {
        name: name.to_string(),
        shape: vec![types.len()],
        elements: types.iter().map(element).collect(),
        conversion: Default::default(),
    }
}

fn case(
    name: impl Into<String>,
    types: &[IntType],
    build: impl FnOnce(&mut Builder, LayerId) -> ValueId,
) -> Case {
    let mut builder = Builder::new("case", vec![port("x", types)]);
    let layer = builder.layer("case");
    let value = build(&mut builder, layer);
    let ty = builder.node(value).ty;
    Case {
        name: name.into(),
        graph: builder.finish(vec![value], vec![port("y", &[ty])]),
    }
}

/// An op on inputs 0, 1, 2.
fn op(name: impl Into<String>, types: &[IntType], op: Op) -> Case {
    case(name, types, |builder, layer| {
        builder
            .push(op, layer)
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

const A: ValueId = ValueId(0);
const B: ValueId = ValueId(1);
const C: ValueId = ValueId(2);

pub fn cases() -> Vec<Case> {
    let (si, ui) = (IntType::signed, IntType::unsigned);
    let mut cases = Vec::new();
    for width in [4, 8, 12, 16, 24] {
        let two = [si(width); 2];
        cases.push(op(
            format!("add si{width} si{width}"),
            &two,
            Op::Add { lhs: A, rhs: B },
        ));
        cases.push(op(
            format!("sub si{width} si{width}"),
            &two,
            Op::Sub { lhs: A, rhs: B },
        ));
    }
    for (a, b) in [
        (ui(8), ui(8)),
        (si(16), si(6)),
        (si(16), ui(6)),
        (ui(16), ui(6)),
    ] {
        cases.push(op(
            format!("add {a} {b}"),
            &[a, b],
            Op::Add { lhs: A, rhs: B },
        ));
    }
    for (name, subtract, shift_left) in [
        ("add a, b<<4", false, false),
        ("sub a, b<<4", true, false),
        ("sub a<<4, b", true, true),
    ] {
        cases.push(case(
            format!("{name} si8"),
            &[si(8); 2],
            |builder, layer| {
                let by = if shift_left { A } else { B };
                let shifted = builder.shl(by, 4, layer).unwrap();
                match (subtract, shift_left) {
                    (false, _) => builder.add(A, shifted, layer).unwrap(),
                    (true, false) => builder.sub(A, shifted, layer).unwrap(),
                    (true, true) => builder.sub(shifted, B, layer).unwrap(),
                }
            },
        ));
    }
    for (width, value) in [(8, 37), (16, 1000), (16, 21845)] {
        cases.push(case(
            format!("add si{width} {value}"),
            &[si(width)],
            |builder, layer| {
                let constant = builder.constant(value, layer).unwrap();
                builder.add(A, constant, layer).unwrap()
            },
        ));
    }
    cases.push(op("neg si12", &[si(12)], Op::Neg { input: A }));
    for width in [8, 16] {
        let (lhs, rhs) = (A, B);
        for predicate in [Predicate::Less, Predicate::Equal] {
            let name = format!("compare {} si{width}", predicate.name());
            cases.push(op(
                name.clone(),
                &[si(width); 2],
                Op::Compare {
                    predicate,
                    lhs,
                    rhs,
                },
            ));
            cases.push(case(
                format!("{name} 29"),
                &[si(width)],
                |builder, layer| {
                    let rhs = builder.constant(29, layer).unwrap();
                    builder
                        .push(
                            Op::Compare {
                                predicate,
                                lhs,
                                rhs,
                            },
                            layer,
                        )
                        .unwrap()
                },
            ));
        }
    }
    for width in [8, 16] {
        let select = Op::Select {
            condition: A,
            on_true: B,
            on_false: C,
        };
        cases.push(op(
            format!("select si{width}"),
            &[IntType::BIT, si(width), si(width)],
            select,
        ));
    }
    for (width, min, max) in [
        (8, 0, 127),
        (16, 0, 32767),
        (8, 0, 63),
        (12, 0, 255),
        (16, 0, 255),
        (20, 0, 255),
        (24, 0, 1023),
        (12, -32, 31),
        (16, -128, 127),
        (16, -100, 100),
        (16, 0, 100),
    ] {
        let clamp = Op::Clamp { input: A, min, max };
        cases.push(op(
            format!("clamp si{width} {min} {max}"),
            &[si(width)],
            clamp,
        ));
    }
    for (a, b) in [(4, 4), (6, 6), (8, 8), (18, 16), (30, 16)] {
        let mul = Op::Mul { lhs: A, rhs: B };
        cases.push(op(format!("mul si{a} si{b}"), &[si(a), si(b)], mul));
    }
    for bits in [4, 6, 7, 8, 9, 10] {
        let entries = 1i64 << bits;
        let mut state = 7u64;
        let random = (0..entries).map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 40) as i64 & 255
        });
        let random: Vec<i64> = random.collect();
        let sigmoid = |at: i64| {
            let x = (at - entries / 2) as f64 / entries as f64 * 12.0;
            (255.0 / (1.0 + (-x).exp())).round() as i64
        };
        let smooth: Vec<i64> = (0..entries).map(sigmoid).collect();
        for (name, values) in [("random", random), ("sigmoid", smooth)] {
            let table = Arc::new(Table { first: 0, values });
            let lookup = Op::Lookup { input: A, table };
            cases.push(op(format!("lookup ui{bits} {name}"), &[ui(bits)], lookup));
        }
    }
    cases
}
