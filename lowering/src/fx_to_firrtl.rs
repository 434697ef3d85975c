//! lower-fx-to-firrtl: a scheduled or combinational graph as FIRRTL text.
//!
//! Before   %2 = "fx.add"(%x0, %1) : (si8, si10) -> si11 loc("dense_1")
//! After    a module `<top>_dense_1` with
//!          node add_2 = tail(add(x0_s11, add_1_s11), 1)
//!
//! CIRCT reads FIRRTL and does not write it, so this is a second printer of the netlist that
//! becomes `hw` text: the same modules, ports and names. Every vector is a `UInt`; signs are
//! spent in the netlist. Adders are `add` and `sub`, whatever the hardware text has.

use std::fmt::Write;

use dialects::Result;
use dialects::fx::Graph;

use crate::netlist::{self, Binary, Comparison, Driver, Module, Net, Netlist};
use crate::primitives::Primitives;

/// The version of the language that is written.
const VERSION: &str = "FIRRTL version 1.1.0";

/// The FIRRTL text of a graph.
///
/// Errors: see [`netlist::build`].
pub fn print(graph: &Graph) -> Result<String> {
    Ok(print_netlist(&netlist::build(graph, Primitives::None)?))
}

fn print_netlist(netlist: &Netlist) -> String {
    let mut text = String::new();
    let top = netlist.modules.last().map_or("", |top| &top.name);
    writeln!(text, "{VERSION}\ncircuit {top} :").expect("writing to a string");
    for module in &netlist.modules {
        print_module(&mut text, module).expect("writing to a string");
    }
    text
}

fn print_module(text: &mut String, module: &Module) -> std::fmt::Result {
    let comment = module.comment.replace(['\n', '\r'], " ");
    writeln!(text, "  ; {comment}\n  module {} :", module.name)?;
    if module.clocked {
        writeln!(text, "    input clk : Clock")?;
    }
    if module.reset {
        writeln!(text, "    input rst : UInt<1>")?;
    }
    for (name, width) in &module.inputs {
        writeln!(text, "    input {name} : UInt<{width}>")?;
    }
    for (name, net) in &module.outputs {
        writeln!(text, "    output {name} : UInt<{}>", module.width(*net))?;
    }
    writeln!(text)?;
    let mut printed = vec![false; module.instances.len()];
    for (index, cell) in module.cells.iter().enumerate() {
        let net = Net(index as u32);
        match &cell.driver {
            Driver::Instance { instance, .. }
                if !printed[*instance] && module.is_live(*instance) =>
            {
                printed[*instance] = true;
                print_instance(text, module, *instance)?;
            }
            Driver::Input(_) | Driver::Instance { .. } => {}
            _ if !module.is_read(net) => {}
            driver => print_named(text, module, net, driver)?,
        }
    }
    for (name, net) in &module.outputs {
        writeln!(text, "    {name} <= {}", expression(module, *net))?;
    }
    writeln!(text)
}

/// A vector that has a name of its own; the others stand inside their readers.
fn print_named(text: &mut String, module: &Module, net: Net, driver: &Driver) -> std::fmt::Result {
    let cell = module.cell(net);
    let (Some(name), width) = (&cell.name, cell.width) else {
        return Ok(());
    };
    match driver {
        Driver::Register { next, reset } => {
            let next = expression(module, *next);
            match reset {
                true => writeln!(
                    text,
                    "    reg {name} : UInt<{width}>, clk with : (reset => (rst, UInt<1>(\"h0\")))"
                )?,
                false => writeln!(text, "    reg {name} : UInt<{width}>, clk")?,
            }
            writeln!(text, "    {name} <= {next}")
        }
        Driver::Table { index, entries } => {
            let index = expression(module, *index);
            writeln!(
                text,
                "    wire {name}_table : UInt<{width}>[{}]",
                entries.len()
            )?;
            for (at, value) in entries.iter().enumerate() {
                let value = literal(*value, width);
                writeln!(text, "    {name}_table[{at}] <= {value}")?;
            }
            writeln!(text, "    node {name} = {name}_table[{index}]")
        }
        driver => {
            let value = driven(module, driver, width);
            writeln!(text, "    node {name} = {value}")
        }
    }
}

fn print_instance(text: &mut String, module: &Module, index: usize) -> std::fmt::Result {
    let instance = &module.instances[index];
    let name = &instance.name;
    writeln!(text, "    inst {name} of {}", instance.module)?;
    if instance.clocked {
        writeln!(text, "    {name}.clk <= clk")?;
    }
    for ((port, _), net) in instance.input_ports.iter().zip(&instance.inputs) {
        writeln!(text, "    {name}.{port} <= {}", expression(module, *net))?;
    }
    Ok(())
}

fn expression(module: &Module, net: Net) -> String {
    let cell = module.cell(net);
    match (&cell.name, &cell.driver) {
        (Some(name), _) => name.clone(),
        (None, Driver::Instance { instance, output }) => {
            let instance = &module.instances[*instance];
            format!("{}.{}", instance.name, instance.output_ports[*output].0)
        }
        (None, driver) => driven(module, driver, cell.width),
    }
}

fn driven(module: &Module, driver: &Driver, width: u32) -> String {
    let of = |net: &Net| expression(module, *net);
    match driver {
        Driver::Constant(value) => literal(*value, width),
        Driver::Extract { of: from, low } => {
            format!("bits({}, {}, {low})", of(from), low + width - 1)
        }
        Driver::Replicate(bit) => format!("asUInt(pad(asSInt({}), {width}))", of(bit)),
        Driver::Concat(parts) => {
            let mut parts = parts.iter().rev().map(of);
            let lowest = parts.next().unwrap_or_default();
            parts.fold(lowest, |low, high| format!("cat({high}, {low})"))
        }
        Driver::Binary(op, lhs, rhs) => {
            let (lhs, rhs) = (of(lhs), of(rhs));
            match op {
                Binary::Add => format!("tail(add({lhs}, {rhs}), 1)"),
                Binary::Sub => format!("tail(sub({lhs}, {rhs}), 1)"),
                Binary::Mul => format!("tail(mul({lhs}, {rhs}), {width})"),
                Binary::And => format!("and({lhs}, {rhs})"),
                Binary::Or => format!("or({lhs}, {rhs})"),
                Binary::Xor => format!("xor({lhs}, {rhs})"),
            }
        }
        Driver::Not(input) => format!("not({})", of(input)),
        Driver::Compare(op, lhs, rhs) => {
            let (lhs, rhs) = (of(lhs), of(rhs));
            match op {
                Comparison::Equal => format!("eq({lhs}, {rhs})"),
                Comparison::NotEqual => format!("neq({lhs}, {rhs})"),
                Comparison::UnsignedLess => format!("lt({lhs}, {rhs})"),
                Comparison::UnsignedLessEqual => format!("leq({lhs}, {rhs})"),
                Comparison::SignedLess => format!("lt(asSInt({lhs}), asSInt({rhs}))"),
                Comparison::SignedLessEqual => format!("leq(asSInt({lhs}), asSInt({rhs}))"),
            }
        }
        Driver::Mux {
            condition,
            on_true,
            on_false,
        } => format!("mux({}, {}, {})", of(condition), of(on_true), of(on_false)),
        // The rest always has a name.
        Driver::Input(_)
        | Driver::Instance { .. }
        | Driver::Register { .. }
        | Driver::Table { .. } => String::new(),
    }
}

fn literal(value: u128, width: u32) -> String {
    format!("UInt<{width}>(\"h{value:x}\")")
}
