//! Modules inside modules: those of the design by their names, those of the library with
//! their parameters.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::name_of;
use crate::netlist::{Instance, Module, Net, Netlist};

/// The modules of the library that instances name, one for each width.
pub fn declarations(netlist: &Netlist) -> String {
    let instances = netlist.modules.iter().flat_map(live);
    let library = instances.filter(|instance| !instance.parameters.is_empty());
    let lines = library.map(|instance| {
        let names = instance.parameters.iter();
        let names: Vec<_> = names.map(|(name, _)| format!("{name}: none")).collect();
        let port = |word: &'static str| {
            move |(name, width): &(String, u32)| match word {
                "in" => format!("in %{name} : i{width}"),
                _ => format!("out {name} : i{width}"),
            }
        };
        let ins = instance.input_ports.iter().map(port("in"));
        let ports: Vec<_> = ins
            .chain(instance.output_ports.iter().map(port("out")))
            .collect();
        format!(
            "hw.module.extern @{}<{}>({}) attributes {{verilogName = \"{}\"}}\n",
            symbol(instance),
            names.join(", "),
            ports.join(", "),
            instance.module
        )
    });
    lines.collect::<BTreeSet<_>>().into_iter().collect()
}

fn live(module: &Module) -> impl Iterator<Item = &Instance> {
    let numbered = module.instances.iter().enumerate();
    let live = numbered.filter(|(at, _)| module.is_live(*at));
    live.map(|(_, instance)| instance)
}

/// What the text calls the module of an instance: one of the library has a declaration for
/// each width.
fn symbol(instance: &Instance) -> String {
    match instance.parameters.is_empty() {
        true => instance.module.clone(),
        false => format!("{}_{}", instance.module, instance.output_ports[0].1),
    }
}

/// An instance, whose first output is `first` and the others the cells behind it.
pub fn print(text: &mut String, module: &Module, index: usize, first: Net) -> std::fmt::Result {
    let instance = &module.instances[index];
    let cells = (0..instance.output_ports.len()).map(|at| Net(first.0 + at as u32));
    // A named vector is a wire behind what drives it.
    let named = |net: Net| match &module.cell(net).name {
        Some(name) => (format!("%n{}_", net.0), Some((net, name))),
        None => (format!("%n{}", net.0), None),
    };
    let (outputs, wires): (Vec<_>, Vec<_>) = cells.map(named).unzip();
    let mut pins = Vec::new();
    if instance.clocked {
        pins.push("clk: %clk: !seq.clock".to_string());
    }
    for ((name, width), net) in instance.input_ports.iter().zip(&instance.inputs) {
        pins.push(format!("{name}: {}: i{width}", name_of(module, *net)));
    }
    let results = instance.output_ports.iter();
    let results: Vec<String> = results.map(|(name, w)| format!("{name}: i{w}")).collect();
    let parameters = instance.parameters.iter();
    let parameters =
        parameters.map(|(name, value)| format!("{name}: none = #hw.param.verbatim<\"{value}\">"));
    let parameters: Vec<_> = parameters.collect();
    let parameters = match parameters.is_empty() {
        true => String::new(),
        false => format!("<{}>", parameters.join(", ")),
    };
    writeln!(
        text,
        "  {} = hw.instance \"{}\" @{}{parameters}({}) -> ({})",
        outputs.join(", "),
        instance.name,
        symbol(instance),
        pins.join(", "),
        results.join(", ")
    )?;
    for (net, name) in wires.into_iter().flatten() {
        let (at, width) = (net.0, module.width(net));
        writeln!(
            text,
            "  %n{at} = hw.wire %n{at}_ name \"{name}\" : i{width}"
        )?;
    }
    Ok(())
}
