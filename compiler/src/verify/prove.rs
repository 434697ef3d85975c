//! Whether a circuit is the function that a graph is: outputs compared as forms.

use std::collections::BTreeSet;

use dialects::fx::{Graph, IntType};
use dialects::{Diagnostic, Result};
use lowering::interface::{Interface, PackedPort};

use super::algebra::{Algebra, AtomId, Form};
use super::circuit::{self, Circuit, Op};
use super::of_circuit::{Ports, Reader};
use super::of_fx;

/// The function that everything else is compared with.
pub struct Reference {
    pub interface: Interface,
    /// The bits of every output element, as an unsigned number.
    pub outputs: Vec<Option<Form>>,
    /// The form of every node of the graph.
    pub nodes: Vec<Option<Form>>,
}

impl Reference {
    /// The reference that a graph gives; the interface is that of the scheduled design.
    pub fn new(algebra: &mut Algebra, graph: &Graph, interface: Interface) -> Self {
        let nodes = of_fx::forms(algebra, graph);
        let outputs = of_graph(algebra, graph, &nodes, &interface);
        Reference {
            interface,
            outputs,
            nodes,
        }
    }
}

/// The bits of every output of a graph, in the types of the interface.
pub fn of_graph(
    algebra: &mut Algebra,
    graph: &Graph,
    nodes: &[Option<Form>],
    interface: &Interface,
) -> Vec<Option<Form>> {
    let types = interface.outputs.iter().flat_map(|port| &port.elements);
    let results = graph.results.iter().zip(types);
    let bits = results.map(|(value, ty)| {
        let form = nodes[value.index()].as_ref()?;
        algebra.modulo(form, ty.width)
    });
    bits.collect()
}

/// What was found about a circuit.
#[derive(Debug, Clone)]
pub struct CircuitProof {
    pub cells: usize,
    pub register_bits: u64,
    /// Whether each output element was proved.
    pub proved: Vec<bool>,
    /// The bits of every output element.
    pub outputs: Vec<Option<Form>>,
    /// The atoms that the outputs are made of.
    pub atoms: BTreeSet<AtomId>,
}

/// A circuit that is ready to be compared: registers counted, ports as the interface says.
pub struct Checked<'a> {
    pub circuit: &'a Circuit,
    pub order: Vec<usize>,
    pub ports: Ports,
}

/// Checks ports, registers and the valid bit.
///
/// Errors: what is not as the interface says.
pub fn check<'a>(circuit: &'a Circuit, interface: &Interface) -> Result<Checked<'a>> {
    let find = |ports: &[PackedPort], name: &str| {
        let found = ports.iter().find(|port| port.name == name);
        found.map(|port| port.elements.clone())
    };
    let mut elements: Vec<Vec<IntType>> = vec![];
    let mut data = vec![];
    for (name, width) in &circuit.ports {
        let own = find(&interface.inputs, name).unwrap_or_default();
        let wanted: u32 = own.iter().map(|element| element.width).sum();
        let control = ["clk", "rst", "in_valid"].contains(&name.as_str());
        let control = control && !interface.is_combinational();
        if !control && wanted != *width {
            return Err(Diagnostic::new(format!(
                "the circuit has an input `{name}` of {width} bits, the manifest one of {wanted}"
            )));
        }
        if !own.is_empty() {
            data.push(name.clone());
        }
        elements.push(own);
    }
    let wanted = interface.inputs.iter().map(|port| &port.name);
    if !wanted.eq(data.iter()) {
        return Err(Diagnostic::new(
            "the circuit's inputs are not the manifest's",
        ));
    }
    for port in &interface.outputs {
        let found = circuit.output(&port.name).map(|signal| signal.width());
        if found != Some(port.width()) {
            let name = &port.name;
            return Err(Diagnostic::new(format!(
                "the circuit has no output `{name}` of {} bits",
                port.width()
            )));
        }
    }
    let names: Vec<String> = interface
        .outputs
        .iter()
        .map(|port| port.name.clone())
        .collect();
    let order = circuit.order(&names)?;
    circuit::delays(circuit, &order, interface.latency, &names)?;
    if !interface.is_combinational() {
        circuit::check_valid(circuit, interface.latency)?;
    }
    let ports = Ports { elements };
    Ok(Checked {
        circuit,
        order,
        ports,
    })
}

impl Checked<'_> {
    /// Compares every output element with the reference.
    pub fn prove(&self, algebra: &mut Algebra, reference: &Reference) -> CircuitProof {
        let reader = Reader::new(algebra, self.circuit, &self.order, &self.ports);
        let mut found = vec![];
        for port in &reference.interface.outputs {
            let signal = self.circuit.output(&port.name).cloned().unwrap_or_default();
            let mut at = 0;
            for element in &port.elements {
                let bits = signal.slice(at, element.width);
                found.push(reader.signal(algebra, &bits));
                at += element.width;
            }
        }
        let pairs = found.iter().zip(&reference.outputs);
        let proved = pairs.map(|(own, wanted)| same(algebra, own.as_ref(), wanted.as_ref()));
        let proved = proved.collect();
        let registers = self.order.iter().map(|cell| &self.circuit.cells[*cell]);
        let registers = registers.filter(|cell| cell.op == Op::Register);
        CircuitProof {
            cells: self.order.len(),
            register_bits: registers.map(|cell| u64::from(cell.width)).sum(),
            proved,
            atoms: reachable(algebra, found.iter().flatten()),
            outputs: found,
        }
    }
}

/// Whether two forms are one, as they are or with the functions of each base joined.
pub fn same(algebra: &mut Algebra, a: Option<&Form>, b: Option<&Form>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return false;
    };
    let difference = a.plus(b, -1);
    a == b || difference.and_then(|form| algebra.canonical(&form)) == Some(Form::default())
}

/// All atoms below some forms.
pub fn reachable<'a>(
    algebra: &Algebra,
    forms: impl IntoIterator<Item = &'a Form>,
) -> BTreeSet<AtomId> {
    let atoms = forms
        .into_iter()
        .flat_map(|form| form.terms.iter().map(|term| term.0));
    let mut open: Vec<AtomId> = atoms.collect();
    let mut found = BTreeSet::new();
    while let Some(atom) = open.pop() {
        if found.insert(atom) {
            open.extend(algebra.parts(atom));
        }
    }
    found
}
