//! Proofs: what is right is proved, what is wrong is not.

use compiler::context::PassContext;
use compiler::module::Module;
use compiler::options::Options;
use compiler::pipeline;
use compiler::runner::{self, Settings};
use compiler::target::Target;
use compiler::verify::algebra::{self, Algebra, Form};
use compiler::verify::prove::Reference;
use compiler::verify::{Session, Verdict, hw_text, prove, sample};
use dialects::fx::{self, Graph};
use kaon_testsuite::mlp;
use kaon_testsuite::mutants::{Mutant, mutants};
use kaon_testsuite::{hardware_fx, random_fx};
use lowering::fx_to_hw;
use lowering::interface::Interface;
use lowering::primitives::{CarryCell, Primitives};

const AMD: Primitives = Primitives::Amd {
    cell: CarryCell::Carry8,
    passed: 50,
    routed: 150,
};

/// The scheduled design of a function.
fn design(graph: &Graph) -> Graph {
    let steps = pipeline::steps();
    let lowering = steps
        .iter()
        .position(|step| step.name() == "lower-nn-to-fx");
    let steps = &steps[lowering.expect("the line lowers") + 1..];
    let (options, target) = (Options::default(), Target::default());
    let cx = PassContext::new(&options, &target);
    let module = Module::Fx(graph.clone());
    let outcome = runner::run(module, steps, &Settings::default(), &cx, &mut |_| {});
    match outcome.expect("the line takes the function").module {
        Module::Fx(design) => design,
        _ => unreachable!("no step goes back"),
    }
}

/// The verdict about a hardware text, or why it is refused.
fn verdict(emulator: &Graph, interface: &Interface, text: &str) -> Result<Verdict, String> {
    let mut session = Session::new(emulator, interface.clone());
    let circuit = hw_text::read(text).map_err(|finding| finding.to_string())?;
    let step = session.circuit("hardware", "text", &circuit);
    step.map(|step| step.verdict())
        .map_err(|finding| finding.to_string())
}

#[test]
fn every_form_of_a_small_network_is_proved() {
    let graph = mlp::dense(3, &[4, 5, 3], 3);
    let design = design(&graph);
    let interface = Interface::of(&design);
    for primitives in [Primitives::None, Primitives::Modules, AMD] {
        let text = fx_to_hw::lower_with(&design, primitives).expect("the design is hardware");
        let found = verdict(&graph, &interface, &text);
        assert_eq!(found, Ok(Verdict::Proved), "{primitives:?}");
    }
}

/// Every form has the value of its node, and every interval holds it.
#[test]
fn forms_are_the_values_of_random_graphs() {
    let mut compared = 0;
    for seed in 0..45 {
        let graph = match seed % 3 {
            0 => mlp::dense(seed, &[3, 4, 3], 4),
            _ => hardware_fx::graph(seed, 60, 6 + seed as u32 % 7, 0, 2),
        };
        let mut algebra = Algebra::default();
        let reference = Reference::new(&mut algebra, &graph, Interface::of(&graph));
        let outputs = match seed % 3 {
            0 => vec![],
            _ => {
                let text = fx_to_hw::lower_with(&graph, Primitives::Modules);
                let text = text.expect("the graph is hardware");
                let circuit = hw_text::read(&text).expect("its own text");
                let checked = prove::check(&circuit, &reference.interface).expect("no registers");
                checked.prove(&mut algebra, &reference).outputs
            }
        };
        for inputs in random_fx::samples(&graph, seed, 40) {
            let nodes = fx::eval_nodes(&graph, &inputs).expect("inputs in their types");
            let atoms = algebra.evaluate(&inputs);
            for (atom, found) in algebra.atoms.iter().zip(&atoms) {
                assert!(
                    found.is_none_or(|found| atom.range.holds(found)),
                    "{atom:?}: {found:?}"
                );
            }
            let mut check = |form: &Option<Form>, wanted: i128| {
                let Some(form) = form else { return };
                let range = algebra.tight_range(form).expect("small numbers");
                assert!(
                    range.holds(wanted),
                    "seed {seed}: {wanted} is not in {range:?}"
                );
                if let Some(found) = algebra::value(form, &atoms) {
                    assert_eq!(found, wanted, "seed {seed}: {form:?}");
                    compared += 1;
                }
            };
            for (form, wanted) in reference.nodes.iter().zip(&nodes) {
                check(form, *wanted);
            }
            let types = reference
                .interface
                .outputs
                .iter()
                .flat_map(|port| &port.elements);
            for ((form, ty), value) in outputs.iter().zip(types).zip(&graph.results) {
                let bits = nodes[value.index()] & ((1 << ty.width) - 1);
                check(form, bits);
            }
        }
    }
    assert!(compared > 50_000, "only {compared} values were compared");
}

/// Whether a text is the function on every input.
fn equal_everywhere(emulator: &Graph, interface: &Interface, mutant: &Mutant) -> bool {
    let circuit = hw_text::read(&mutant.text).expect("a survivor was read");
    let checked = prove::check(&circuit, interface).expect("a survivor was checked");
    let types: Vec<_> = interface
        .inputs
        .iter()
        .flat_map(|port| &port.elements)
        .collect();
    let bits: u32 = types.iter().map(|ty| ty.width).sum();
    assert!(bits <= 12, "few enough inputs to try them all");
    (0..1i128 << bits).all(|number| {
        let mut rest = number;
        let inputs = types.iter().map(|ty| {
            let value = ty.wrap(rest);
            rest >>= ty.width;
            value
        });
        let inputs: Vec<i128> = inputs.collect();
        let wanted = fx::eval(emulator, &inputs).expect("inputs in their types");
        let found = sample::outputs(&checked, interface, &inputs);
        let types = interface.outputs.iter().flat_map(|port| &port.elements);
        let same = |((wanted, found), ty): ((&i128, &u128), &fx::IntType)| {
            ty.wrap(*found as i128) == *wanted
        };
        wanted.iter().zip(&found).zip(types).all(same)
    })
}

/// Thirty mistakes in each of two designs: a mistake that passes is none.
#[test]
fn every_mutant_that_changes_a_function_is_caught() {
    let (mut caught, mut survived) = (0, 0);
    for (seed, primitives) in [(5, Primitives::Modules), (8, Primitives::None)] {
        let graph = mlp::dense(3, &[4, 5, 3], 3);
        let design = design(&graph);
        let interface = Interface::of(&design);
        let text = fx_to_hw::lower_with(&design, primitives).expect("the design is hardware");
        assert_eq!(verdict(&graph, &interface, &text), Ok(Verdict::Proved));
        for mutant in mutants(&text, seed, 30) {
            match verdict(&graph, &interface, &mutant.text) {
                Ok(Verdict::Proved) => {
                    let Mutant { kind, line, .. } = &mutant;
                    let equal = equal_everywhere(&graph, &interface, &mutant);
                    assert!(
                        equal,
                        "{kind} in line {line} changes the function and was proved"
                    );
                    survived += 1;
                }
                _ => caught += 1,
            }
        }
    }
    assert_eq!(caught + survived, 60);
    assert!(caught > 40, "mistakes that change nothing: {survived}");
}

/// A table is more than its name: of a value that nothing is known of but its operation, tables
/// with other entries are other functions.
#[test]
fn tables_of_a_product_are_told_apart() {
    let graph = |last: u8| {
        let entries: Vec<String> = (0..1024).map(|at| (at * at % 251).to_string()).collect();
        let entries = entries[..1023].join(", ");
        let text = format!(
            r#"module attributes {{kaon.level = "fx"}} {{
  func.func @top(%x0: ui12, %x1: ui12) -> (ui8) attributes {{kaon.inputs = [{{name = "x", shape = array<i64: 2>, scale = ["1", "1"]}}], kaon.outputs = [{{name = "y", shape = array<i64: 1>, scale = ["1"]}}]}} {{
    %0 = "fx.mul"(%x0, %x1) : (ui12, ui12) -> ui24
    %1 = "fx.shr"(%0) {{amount = 14 : i64}} : (ui24) -> ui10
    %2 = "fx.lookup"(%1) {{first = 0 : ui1, table = array<i64: {entries}, {last}>}} : (ui10) -> ui8
    return %2 : ui8
  }}
}}
"#
        );
        fx::read(&text).expect("a graph")
    };
    // The product of the largest numbers is the only way to the last entry.
    let (one, other) = (graph(7), graph(8));
    let interface = Interface::of(&one);
    let mut session = Session::new(&one, interface.clone());
    let same = session.layers(&one).expect("one function");
    assert_eq!(same.verdict(), Verdict::Proved);
    let found = session.layers(&other);
    assert!(found.is_err(), "a corner is among the samples: {found:?}");
    for primitives in [Primitives::None, Primitives::Modules] {
        let text = |graph: &Graph| fx_to_hw::lower_with(graph, primitives).expect("hardware");
        assert_eq!(verdict(&one, &interface, &text(&one)), Ok(Verdict::Proved));
        let found = verdict(&one, &interface, &text(&other));
        assert_ne!(found, Ok(Verdict::Proved), "{primitives:?}");
    }
    let reference = |graph: &Graph, algebra: &mut Algebra| {
        let reference = Reference::new(algebra, graph, interface.clone());
        reference.outputs[0].clone().expect("small numbers")
    };
    let mut algebra = Algebra::default();
    let forms = [&one, &other].map(|graph| reference(graph, &mut algebra));
    assert_ne!(forms[0], forms[1]);
}
