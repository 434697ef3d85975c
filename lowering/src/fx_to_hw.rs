//! lower-fx-to-hw: a scheduled or combinational graph as CIRCT `hw/comb/seq` text.
//!
//! Before   %2 = "fx.add"(%x0, %1) : (si8, si10) -> si11 loc("dense_1")
//! After    a private module `<top>_dense_1` with
//!          %n7 = comb.add %n5, %n6 : i11
//!          %n8 = hw.wire %n7 name "add_2" : i11
//!
//! The text is one top module and one private module per layer, none larger than
//! [`crate::netlist`] allows; the pins of the top are [`crate::interface::Interface`].
//! Registers of data have no reset; those of the valid bit have.

mod instance;

use std::fmt::Write;

use dialects::Result;
use dialects::fx::Graph;

use crate::netlist::{self, Binary, Comparison, Driver, Module, Net, Netlist};
use crate::primitives::Primitives;

/// The `hw` text of a graph.
///
/// Adders are `comb.add` and `comb.sub`. Errors: see [`netlist::build`].
pub fn lower(graph: &Graph) -> Result<String> {
    lower_with(graph, Primitives::None)
}

/// The same with adders in another form.
///
/// Errors: see [`netlist::build`].
pub fn lower_with(graph: &Graph, primitives: Primitives) -> Result<String> {
    Ok(print(&netlist::build(graph, primitives)?))
}

/// The modules of several functions, none of them a top; what they have in common stands once.
///
/// Errors: see [`netlist::build`].
pub fn lower_kernels(graphs: &[Graph], primitives: Primitives) -> Result<String> {
    let mut all = Netlist { modules: vec![] };
    for graph in graphs {
        let mut netlist = netlist::build(graph, primitives)?;
        for module in &mut netlist.modules {
            module.public = false;
        }
        all.modules.append(&mut netlist.modules);
    }
    Ok(print(&all))
}

fn print(netlist: &Netlist) -> String {
    let mut text = instance::declarations(netlist);
    for module in &netlist.modules {
        print_module(&mut text, module).expect("writing to a string");
    }
    text
}

fn print_module(text: &mut String, module: &Module) -> std::fmt::Result {
    let private = if module.public { "" } else { "private " };
    let mut ports = Vec::new();
    if module.clocked {
        ports.push("in %clk : !seq.clock".to_string());
    }
    if module.reset {
        ports.push("in %rst : i1".to_string());
    }
    for (name, width) in &module.inputs {
        ports.push(format!("in %{name} : i{width}"));
    }
    for (name, net) in &module.outputs {
        ports.push(format!("out {name} : i{}", module.width(*net)));
    }
    let ports = ports.join(", ");
    let comment = dialects::ir::quote(&comment(module));
    let keep = match module.keep {
        true => ", sv.attributes = [#sv.attribute<\"keep_hierarchy\">]",
        false => "",
    };
    writeln!(
        text,
        "hw.module {private}@{}({ports}) attributes {{comment = {comment}{keep}}} {{",
        module.name
    )?;
    if module.reset {
        writeln!(text, "  %false = hw.constant false")?;
    }
    // Instances stand where their last operand is known: cells are in order, so before the
    // first of their outputs.
    let mut printed = vec![false; module.instances.len()];
    for index in 0..module.cells.len() {
        let net = Net(index as u32);
        match module.cell(net).driver {
            Driver::Instance { instance, .. } if !printed[instance] && module.is_live(instance) => {
                printed[instance] = true;
                instance::print(text, module, instance, net)?;
            }
            _ if module.is_read(net) => print_cell(text, module, net)?,
            _ => {}
        }
    }
    let nets = module.outputs.iter().map(|(_, net)| name_of(module, *net));
    let types = module.outputs.iter().map(|(_, net)| ty(module, *net));
    let (nets, types): (Vec<_>, Vec<_>) = (nets.collect(), types.collect());
    writeln!(
        text,
        "  hw.output {} : {}\n}}",
        nets.join(", "),
        types.join(", ")
    )
}

/// The lines above the module. Bits below a shift are computed for their carry only and dead
/// inputs stay in the port list: Verilator is told that this is meant.
fn comment(module: &Module) -> String {
    match module.has_unread_bits {
        true => format!("{}\nverilator lint_off UNUSEDSIGNAL", module.comment),
        false => module.comment.clone(),
    }
}

fn print_cell(text: &mut String, module: &Module, net: Net) -> std::fmt::Result {
    let cell = module.cell(net);
    let of = |net: &Net| name_of(module, *net);
    let width = cell.width;
    let id = format!("%n{}", net.0);
    // A named vector is a wire behind what drives it.
    let driver = match (&cell.name, &cell.driver) {
        (Some(_), Driver::Register { .. } | Driver::Input(_)) | (None, _) => id.clone(),
        (Some(_), _) => format!("%n{}_", net.0),
    };
    match &cell.driver {
        Driver::Input(_) => return Ok(()),
        Driver::Constant(value) => {
            let value = signed(*value, width);
            writeln!(text, "  {driver} = hw.constant {value} : i{width}")?;
        }
        Driver::Extract { of: from, low } => writeln!(
            text,
            "  {driver} = comb.extract {} from {low} : (i{}) -> i{width}",
            of(from),
            module.width(*from)
        )?,
        Driver::Replicate(bit) => writeln!(
            text,
            "  {driver} = comb.replicate {} : (i1) -> i{width}",
            of(bit)
        )?,
        Driver::Concat(parts) => {
            let nets: Vec<_> = parts.iter().map(of).collect();
            let types: Vec<_> = parts.iter().map(|part| ty(module, *part)).collect();
            writeln!(
                text,
                "  {driver} = comb.concat {} : {}",
                nets.join(", "),
                types.join(", ")
            )?;
        }
        Driver::Binary(op, lhs, rhs) => {
            let op = match op {
                Binary::Add => "add",
                Binary::Sub => "sub",
                Binary::Mul => "mul",
                Binary::And => "and",
                Binary::Or => "or",
                Binary::Xor => "xor",
            };
            let (lhs, rhs) = (of(lhs), of(rhs));
            writeln!(text, "  {driver} = comb.{op} {lhs}, {rhs} : i{width}")?;
        }
        Driver::Not(input) => {
            writeln!(text, "  {driver}c = hw.constant -1 : i{width}")?;
            let input = of(input);
            writeln!(text, "  {driver} = comb.xor {input}, {driver}c : i{width}")?;
        }
        Driver::Compare(op, lhs, rhs) => {
            let predicate = match op {
                Comparison::Equal => "eq",
                Comparison::NotEqual => "ne",
                Comparison::UnsignedLess => "ult",
                Comparison::UnsignedLessEqual => "ule",
                Comparison::SignedLess => "slt",
                Comparison::SignedLessEqual => "sle",
            };
            let ty = ty(module, *lhs);
            let (lhs, rhs) = (of(lhs), of(rhs));
            writeln!(
                text,
                "  {driver} = comb.icmp {predicate} {lhs}, {rhs} : {ty}"
            )?;
        }
        Driver::Mux {
            condition,
            on_true,
            on_false,
        } => writeln!(
            text,
            "  {driver} = comb.mux {}, {}, {} : i{width}",
            of(condition),
            of(on_true),
            of(on_false)
        )?,
        Driver::Table { index, entries } => {
            // Element 0 is written last.
            let values = entries.iter().rev();
            let values = values.map(|value| format!("{} : i{width}", signed(*value, width)));
            let values: Vec<_> = values.collect();
            let array = format!("!hw.array<{}xi{width}>", entries.len());
            writeln!(
                text,
                "  {driver}t = hw.aggregate_constant [{}] : {array}",
                values.join(", ")
            )?;
            writeln!(
                text,
                "  {driver} = hw.array_get {driver}t[{}] : {array}, {}",
                of(index),
                ty(module, *index)
            )?;
        }
        Driver::Register { next, reset } => {
            let name = cell.name.as_deref().unwrap_or("register");
            let reset = if *reset { " reset %rst, %false" } else { "" };
            let next = of(next);
            writeln!(
                text,
                "  {driver} = seq.compreg name \"{name}\" {next}, %clk{reset} : i{width}"
            )?;
        }
        Driver::Instance { .. } => return Ok(()),
    }
    match &cell.name {
        Some(name) if driver != id => {
            writeln!(text, "  {id} = hw.wire {driver} name \"{name}\" : i{width}")
        }
        _ => Ok(()),
    }
}

fn name_of(module: &Module, net: Net) -> String {
    match module.cell(net).driver {
        Driver::Input(index) => format!("%{}", module.inputs[index].0),
        _ => format!("%n{}", net.0),
    }
}

fn ty(module: &Module, net: Net) -> String {
    format!("i{}", module.width(net))
}

/// The bits read as two's complement: MLIR refuses a positive constant with the sign bit set.
fn signed(bits: u128, width: u32) -> i128 {
    let unused = 128 - width.min(128);
    ((bits << unused) as i128) >> unused
}
