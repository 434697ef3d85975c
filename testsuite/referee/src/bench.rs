//! What is measured, and in which order: the peers' circuits, then kaon's, each model by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::design::Design;
use crate::record::{self, Record};
use crate::synthesis::Synthesis;
use crate::{Result, because, kaon, rules, table};

/// A model and the flags with which kaon compiles it, the first row being the one that stands in the summary.
struct Case {
    name: &'static str,
    flags: &'static [&'static str],
    /// yosys needs less than two minutes for each circuit.
    quick: bool,
}

const fn case(name: &'static str, flags: &'static [&'static str], quick: bool) -> Case {
    Case { name, flags, quick }
}

/// Networks that are defined in integers, for which the peers' circuits exist. One stage is a combinational circuit
/// between two registers.
const REFERENCE: &[Case] = &[
    case(
        "jsc_rnd_sat",
        &["--stages 6", "", "--stages 8", "--stages 9"],
        false,
    ),
    case(
        "tau_rnd_sat",
        &["--stages 6", "", "--stages 8", "--stages 9"],
        false,
    ),
    case("cmvm_16x64_w4", &["--stages 1", "--stages 3"], true),
    case("cmvm_16x64_w6", &["--stages 1", "--stages 3"], true),
    case("cmvm_16x64_w8", &["--stages 1", "--stages 3"], true),
    case("cmvm_64x32_w4", &["--stages 1", "--stages 3"], false),
    case("cmvm_64x32_w6", &["--stages 1", "--stages 3"], false),
    case("cmvm_64x32_w8", &["--stages 1", "--stages 3"], false),
];

/// Trained models, compiled at the default clock.
const TRAINED: &[Case] = &[
    case("gamma_trigger_w6a6", &[""], true),
    case(
        "jet_mlp_qkeras6",
        &["--input-precision fixed<16,6> --scores logits"],
        true,
    ),
    case("digits_mlp_w6a6", &[""], false),
    case("digits_mlp_w4a4_bn", &[""], false),
    case("jet_hgq", &[""], true),
    case("lhc_ae57", &[""], true),
    case("satimage_residual_w6a6", &[""], false),
    case("axol1tl_v1", &[""], true),
    case("unsw_nb15_w2a2", &["--input-precision fixed<2,2>"], true),
    case("digits_lut_f6b2", &[""], true),
];

/// Where everything lies.
pub struct Places {
    /// The repository.
    pub root: PathBuf,
    /// Ignored by git; safe to remove.
    pub cache: PathBuf,
    pub models: PathBuf,
    pub peers: PathBuf,
    /// An interpreter that has the peers' packages.
    pub python: Option<PathBuf>,
}

impl Places {
    /// From `KAON_MODELS`, `KAON_PEERS` and `KAON_PEERS_PYTHON`, or beside the repository.
    pub fn new() -> Places {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = fs::canonicalize(&root).unwrap_or(root);
        let place = |variable: &str, default: &str| match std::env::var_os(variable) {
            Some(path) => PathBuf::from(path),
            None => root.join("../shared").join(default),
        };
        let cache = root.join("out/bench");
        let python = std::env::var_os("KAON_PEERS_PYTHON").map(PathBuf::from);
        let venv = cache.join("venv/bin/python");
        Places {
            models: place("KAON_MODELS", "models"),
            peers: place("KAON_PEERS", "peers"),
            python: python.or_else(|| venv.is_file().then_some(venv)),
            cache,
            root,
        }
    }

    fn records(&self, name: &str) -> PathBuf {
        self.root.join("testsuite/referee/records").join(name)
    }
}

impl Default for Places {
    fn default() -> Places {
        Places::new()
    }
}

/// What is asked for on the command line.
#[derive(Default)]
pub struct Request {
    /// Models whose name contains one of these; all where there is none.
    pub only: Vec<String>,
    /// Nothing that takes yosys more than two minutes.
    pub quick: bool,
    /// Nothing that has not been synthesised before.
    pub cached: bool,
    /// Write what was measured into the records of the repository.
    pub record: bool,
}

impl Request {
    fn wants(&self, case: &Case) -> bool {
        let named = |only: &String| case.name.contains(only.as_str());
        (self.only.is_empty() || self.only.iter().any(named)) && (!self.quick || case.quick)
    }
}

/// Measures what is asked for and returns the tables; progress goes to standard error.
pub fn run(places: &Places, request: &Request) -> Result<String> {
    let mut peers = record::read(&places.records("peers.jsonl"))?;
    let mut ours = Vec::new();
    let mut text = format!("rules {}\n", rules());
    for case in REFERENCE.iter().filter(|case| request.wants(case)) {
        let measured = peers_of(places, request, case)?;
        record::merge(&mut peers, &measured);
        if request.record {
            record::write(&places.records("peers.jsonl"), &peers)?;
        }
        ours.extend(kaon_of(
            places,
            request,
            case,
            &places.peers.join("models"),
        )?);
        text += &rows_of(case, &peers, &ours);
    }
    for case in TRAINED.iter().filter(|case| request.wants(case)) {
        ours.extend(kaon_of(places, request, case, &places.models)?);
        text += &rows_of(case, &peers, &ours);
    }
    text += &summary(&peers, &ours);
    if request.record {
        let path = places.records("kaon.jsonl");
        let mut all = record::read(&path)?;
        record::merge(&mut all, &ours);
        record::write(&path, &all)?;
    }
    Ok(text)
}

fn rows_of(case: &Case, peers: &[Record], ours: &[Record]) -> String {
    let all = peers.iter().chain(ours);
    let rows: Vec<&Record> = all.filter(|record| record.model == case.name).collect();
    let stale = rows.iter().filter(|record| record.rules != rules()).count();
    let mut text = table::rows(case.name, &rows);
    if stale > 0 {
        text += &format!("\n{stale} of these rows were recorded under other rules.\n");
    }
    text
}

/// The peers' circuits, compiled anew where there is an interpreter for it.
fn peers_of(places: &Places, request: &Request, case: &Case) -> Result<Vec<Record>> {
    let folder = places.cache.join("peers");
    if let (Some(python), false) = (&places.python, request.cached) {
        let status = Command::new(python)
            .arg(places.root.join("testsuite/referee/peers.py"))
            .args([&places.peers, &folder])
            .arg(case.name)
            .status()
            .map_err(because(python.display()))?;
        if !status.success() {
            return Err(format!("peers.py fails on {}", case.name));
        }
    }
    let mut records = Vec::new();
    let mut variants = Vec::new();
    if let Ok(entries) = fs::read_dir(folder.join(case.name)) {
        let whole = |path: &PathBuf| path.join("design.json").is_file();
        variants.extend(entries.flatten().map(|entry| entry.path()).filter(whole));
    }
    variants.sort();
    for source in variants {
        let design = Design::read(&source)?;
        let variant = source.file_name().unwrap_or_default().to_string_lossy();
        let variant = variant
            .trim_start_matches(&design.tool)
            .trim_matches('-')
            .to_string();
        records.extend(measure(places, request, design, &source, variant)?);
    }
    Ok(records)
}

fn kaon_of(places: &Places, request: &Request, case: &Case, models: &Path) -> Result<Vec<Record>> {
    let program = places.root.join("target/release/kaon");
    let model = models.join(case.name).join("model.onnx");
    if !model.is_file() {
        return Err(format!(
            "no model {} (set KAON_MODELS and KAON_PEERS)",
            model.display()
        ));
    }
    let mut records = Vec::new();
    for flags in case.flags {
        let words: Vec<&str> = flags.split_whitespace().collect();
        let place = match *flags {
            "" => "default".to_string(),
            flags => flags.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"),
        };
        let folder = places.cache.join("kaon").join(case.name).join(place);
        match kaon::compile(&program, &model, case.name, &words, &folder) {
            Ok(design) => records.extend(measure(
                places,
                request,
                design,
                &folder,
                flags.to_string(),
            )?),
            Err(wrong) => eprintln!("{wrong}"),
        }
    }
    Ok(records)
}

fn measure(
    places: &Places,
    request: &Request,
    design: Design,
    source: &Path,
    variant: String,
) -> Result<Option<Record>> {
    let synthesis = Synthesis::new(source, &design, &places.cache)?;
    if request.cached && !synthesis.is_synthesised() {
        return Ok(None);
    }
    if !synthesis.is_known() {
        eprintln!(
            "{} {} {variant}: synthesis {}",
            design.model, design.tool, synthesis.key
        );
    }
    let finding = synthesis.finding()?;
    Ok(Some(Record::new(design, variant, synthesis.key, finding)))
}

/// kaon against the peers at an equal number of stages, in two ways.
fn summary(peers: &[Record], ours: &[Record]) -> String {
    let equal = |ours: &Record| -> Vec<&Record> {
        let same = |peer: &&Record| peer.model == ours.model && peer.stages == ours.stages;
        peers.iter().filter(same).collect()
    };
    let headline: Vec<(&Record, Vec<&Record>)> = REFERENCE
        .iter()
        .filter_map(|case| {
            let row =
                |record: &&Record| record.model == case.name && record.variant == case.flags[0];
            let record = ours.iter().find(row)?;
            Some((record, equal(record)))
        })
        .collect();
    table::ratios(
        "kaon / the one peer of least LUT × ns at as many stages",
        &headline,
        true,
    ) + &table::ratios(
        "kaon / whichever peer is best in each figure at as many stages",
        &headline,
        false,
    )
}
