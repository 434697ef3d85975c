//! What is measured, and in which order: the peers' circuits, then kaon's, each model by itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::design::Design;
use crate::record::{self, Record};
use crate::synthesis::Synthesis;
use crate::{Result, because, estimates, kaon, rules, table};

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

/// The comparison, the same searched longer, and both in a pipeline.
const MATRIX: &[&str] = &[
    "--stages 1",
    "--stages 1 --effort 3",
    "--stages 3",
    "--stages 3 --effort 3",
];

/// Networks that are defined in integers, for which the peers' circuits exist. One stage is a combinational circuit
/// between two registers.
const REFERENCE: &[Case] = &[
    case(
        "jsc_rnd_sat",
        &[
            "--stages 6",
            "--stages 6 --effort 3",
            "",
            "--stages 8",
            "--stages 9",
        ],
        false,
    ),
    case(
        "tau_rnd_sat",
        &[
            "--stages 6",
            "--stages 6 --effort 3",
            "",
            "--stages 8",
            "--stages 9",
        ],
        false,
    ),
    case("cmvm_16x64_w4", MATRIX, true),
    case("cmvm_16x64_w6", MATRIX, true),
    case("cmvm_16x64_w8", MATRIX, true),
    case("cmvm_64x32_w4", MATRIX, false),
    case("cmvm_64x32_w6", MATRIX, false),
    case("cmvm_64x32_w8", MATRIX, false),
];

/// Too large for yosys: adders and estimates only.
const ESTIMATED: &[Case] = &[
    case("cmvm_64x64_w4", &["--stages 1"], true),
    case("cmvm_64x64_w6", &["--stages 1"], true),
    case("cmvm_64x64_w8", &["--stages 1"], true),
    case("cmvm_128x128_w4", &["--stages 1"], false),
    case("cmvm_128x128_w6", &["--stages 1"], false),
    case("cmvm_128x128_w8", &["--stages 1"], false),
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

/// A forest to be compared with conifer.
struct Forest {
    case: Case,
    /// Among the shared models or the repository's.
    file: &'static str,
    /// The `ap_fixed<width,integer>` that conifer has for features, thresholds and scores; `None` for kaon's circuits alone.
    precision: Option<(u32, u32)>,
    /// Only the first so many rounds of trees.
    rounds: Option<u32>,
}

/// Decision trees; conifer's circuits are compared. The first row has conifer's types for features and leaves, the second
/// the same at twice the clock, the others the features' own types.
const FORESTS: &[Forest] = &[
    Forest {
        case: case(
            "higgs_xgb",
            &[
                "--input-precision fixed<18,8> --scores logits",
                "--input-precision fixed<18,8> --scores logits --clock-mhz 400",
            ],
            false,
        ),
        file: "higgs_xgb/model.json",
        precision: Some((18, 8)),
        rounds: None,
    },
    Forest {
        case: case(
            "higgs_xgb_q8",
            &[
                "--input-precision fixed<18,8> --scores logits",
                "--input-precision fixed<18,8> --scores logits --clock-mhz 400",
                "--input-precision fixed<8,4> --scores logits",
                "--input-precision fixed<8,4> --scores logits --clock-mhz 400",
            ],
            true,
        ),
        file: "higgs_xgb_q8/model.json",
        precision: Some((18, 8)),
        rounds: None,
    },
    Forest {
        case: case(
            "digits_xgb",
            &[
                "--input-precision fixed<18,8> --scores logits",
                "--input-precision fixed<18,8> --scores logits --clock-mhz 400",
                "--input-precision ufixed<5,5> --scores logits",
                "--input-precision ufixed<5,5> --scores logits --clock-mhz 400",
            ],
            false,
        ),
        file: "digits_xgb/model.json",
        precision: Some((18, 8)),
        rounds: None,
    },
    Forest {
        case: case(
            "satimage_lgbm",
            &[
                "--input-precision fixed<18,9> --fraction-bits 9 --scores logits",
                "--input-precision fixed<18,9> --fraction-bits 9 --scores logits --clock-mhz 400",
                "--input-precision ufixed<8,8> --fraction-bits 9 --scores logits",
                "--input-precision ufixed<8,8> --fraction-bits 9 --scores logits --clock-mhz 400",
            ],
            false,
        ),
        file: "satimage_lgbm/model.txt",
        precision: Some((18, 9)),
        rounds: None,
    },
    // yosys does not end in hours on conifer's circuit of all 25 rounds.
    Forest {
        case: case(
            "digits_rf_3",
            &[
                "--input-precision fixed<18,8>",
                "--input-precision fixed<18,8> --clock-mhz 400",
                "--input-precision ufixed<5,5>",
                "--input-precision ufixed<5,5> --clock-mhz 400",
            ],
            false,
        ),
        file: "digits_rf/model.onnx",
        precision: Some((18, 8)),
        rounds: Some(3),
    },
    Forest {
        case: case(
            "digits_rf",
            &[
                "--input-precision ufixed<5,5>",
                "--input-precision ufixed<5,5> --clock-mhz 400",
            ],
            false,
        ),
        file: "digits_rf/model.onnx",
        precision: None,
        rounds: None,
    },
    Forest {
        case: case(
            "gamma_bdt4",
            &["--input-precision fixed<8,4> --scores logits --clock-mhz 320"],
            true,
        ),
        file: "gamma_bdt4/model.json",
        precision: None,
        rounds: None,
    },
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
    /// An interpreter that has conifer.
    pub conifer: Option<PathBuf>,
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
        let made =
            |folder: &str| Some(cache.join(folder).join("bin/python")).filter(|p| p.is_file());
        let conifer = std::env::var_os("KAON_CONIFER_PYTHON").map(PathBuf::from);
        Places {
            conifer: conifer.or_else(|| made("conifer")),
            models: place("KAON_MODELS", "models"),
            peers: place("KAON_PEERS", "peers"),
            python: python.or_else(|| made("venv")),
            cache,
            root,
        }
    }

    /// kaon as `make build` leaves it; `KAON` names another one.
    fn program(&self) -> PathBuf {
        let built = self.root.join("target/release/kaon");
        std::env::var_os("KAON").map_or(built, PathBuf::from)
    }

    /// Where kaon's circuit of a case goes.
    fn circuit(&self, case: &Case, flags: &str) -> PathBuf {
        let place = match flags {
            "" => "default".to_string(),
            flags => flags.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"),
        };
        self.cache.join("kaon").join(case.name).join(place)
    }

    /// The model that kaon compiles: of a part of a forest the one that was written for it.
    fn forest(&self, forest: &Forest) -> PathBuf {
        if forest.rounds.is_some() {
            return self
                .cache
                .join("peers")
                .join(forest.case.name)
                .join("model.json");
        }
        let shared = self.models.join(forest.file);
        match shared.is_file() {
            true => shared,
            false => self.root.join("models").join(forest.file),
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
    /// Of kaon's circuits only those whose flags contain this.
    pub with: Option<String>,
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
        let measured = peers_of(places, request, case.name, case.name.into())?;
        record::merge(&mut peers, &measured);
        let model = places
            .peers
            .join("models")
            .join(case.name)
            .join("model.onnx");
        ours.extend(kaon_of(places, request, case, &model)?);
        text += &rows_of(case, &peers, &ours);
    }
    for forest in FORESTS.iter().filter(|forest| request.wants(&forest.case)) {
        let case = &forest.case;
        record::merge(&mut peers, &conifer_of(places, request, forest)?);
        let model = places.forest(forest);
        ours.extend(kaon_of(places, request, case, &model)?);
        text += &rows_of(case, &peers, &ours);
    }
    for case in TRAINED.iter().filter(|case| request.wants(case)) {
        let model = places.models.join(case.name).join("model.onnx");
        ours.extend(kaon_of(places, request, case, &model)?);
        let mut source = std::ffi::OsString::from(format!("{}=", case.name));
        source.push(places.circuit(case, case.flags[0]).join("project"));
        source.push(",");
        source.push(places.models.join(case.name).join("inputs.npy"));
        let measured = peers_of(places, request, case.name, source)?;
        record::merge(&mut peers, &measured);
        text += &rows_of(case, &peers, &ours);
    }
    text += &estimated(places, request)?;
    text += &summary(&peers, &ours);
    if request.record {
        record::write(&places.records("peers.jsonl"), &peers)?;
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

/// The peers' circuits of a model, compiled anew where there is an interpreter for it.
///
/// `source` is what `peers.py` is told to compile.
fn peers_of(
    places: &Places,
    request: &Request,
    name: &str,
    source: std::ffi::OsString,
) -> Result<Vec<Record>> {
    if let (Some(python), false) = (&places.python, request.cached) {
        let folder = places.cache.join("peers");
        let arguments = [places.peers.as_os_str(), folder.as_os_str(), &source];
        has_compiled(places, python, "peers.py", name, &arguments)?;
    }
    variants_of(places, request, name)
}

/// conifer's circuit of a forest, compiled anew where there is an interpreter for it.
fn conifer_of(places: &Places, request: &Request, forest: &Forest) -> Result<Vec<Record>> {
    let name = forest.case.name;
    let Some((width, integer)) = forest.precision else {
        return Ok(Vec::new());
    };
    if let (Some(python), false) = (&places.conifer, request.cached) {
        let model = places.models.join(forest.file);
        let mut source = std::ffi::OsString::from(format!("{name}="));
        source.push(&model);
        source.push(",");
        source.push(model.with_file_name("inputs.npy"));
        source.push(format!(",{width},{integer}"));
        if let Some(rounds) = forest.rounds {
            source.push(format!(",{rounds}"));
        }
        let folder = places.cache.join("peers");
        let arguments = [folder.as_os_str(), &source];
        has_compiled(places, python, "conifer_forests.py", name, &arguments)?;
    }
    variants_of(places, request, name)
}

fn has_compiled(
    places: &Places,
    python: &Path,
    script: &str,
    name: &str,
    arguments: &[&std::ffi::OsStr],
) -> Result<()> {
    let status = Command::new(python)
        .arg(places.root.join("testsuite/referee").join(script))
        .args(arguments)
        .status()
        .map_err(because(python.display()))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{script} fails on {name}")),
    }
}

/// What was compiled for a model, measured.
fn variants_of(places: &Places, request: &Request, name: &str) -> Result<Vec<Record>> {
    let folder = places.cache.join("peers");
    let mut variants = Vec::new();
    if let Ok(entries) = fs::read_dir(folder.join(name)) {
        let whole = |path: &PathBuf| path.join("design.json").is_file();
        variants.extend(entries.flatten().map(|entry| entry.path()).filter(whole));
    }
    // A delay constraint that changes nothing gives the same circuit: it is shown with the smallest constraint.
    variants.sort_by_key(|path| path.to_string_lossy().replace("dc-1", "dc~"));
    let mut records: Vec<Record> = Vec::new();
    for source in variants {
        let design = Design::read(&source)?;
        let variant = source.file_name().unwrap_or_default().to_string_lossy();
        let variant = variant.trim_start_matches(&design.tool);
        let variant = variant.trim_matches('-').to_string();
        let measured = measure(places, request, design, &source, variant)?;
        let new = measured.filter(|new| records.iter().all(|old| old.key != new.key));
        records.extend(new);
    }
    Ok(records)
}

/// The table of what is not synthesised, the synthesised matrices and networks included.
fn estimated(places: &Places, request: &Request) -> Result<String> {
    let program = places.program();
    let mut ours = Vec::new();
    let cases = REFERENCE.iter().chain(ESTIMATED);
    for case in cases.filter(|case| request.wants(case)) {
        let flags: Vec<&str> = case.flags[0].split_whitespace().collect();
        let model = places
            .peers
            .join("models")
            .join(case.name)
            .join("model.onnx");
        let folder = places.circuit(case, case.flags[0]);
        match kaon::compile(&program, &model, case.name, &flags, &folder) {
            Ok(design) => ours.push(design),
            Err(wrong) => eprintln!("{wrong}"),
        }
    }
    if ours.is_empty() {
        return Ok(String::new());
    }
    let estimates = estimates::read(&places.records("estimates.jsonl"))?;
    Ok(estimates::table(&estimates, &ours))
}

fn kaon_of(places: &Places, request: &Request, case: &Case, model: &Path) -> Result<Vec<Record>> {
    let program = places.program();
    if !model.is_file() {
        return Err(format!(
            "no model {} (set KAON_MODELS and KAON_PEERS)",
            model.display()
        ));
    }
    let mut records = Vec::new();
    let with = request.with.as_deref().unwrap_or_default();
    for flags in case.flags.iter().filter(|flags| flags.contains(with)) {
        let words: Vec<&str> = flags.split_whitespace().collect();
        let folder = places.circuit(case, flags);
        match kaon::compile(&program, model, case.name, &words, &folder) {
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

/// kaon against the peers in two ways: at an equal number of stages, and the trained models at about that.
fn summary(peers: &[Record], ours: &[Record]) -> String {
    let forests: Vec<&Case> = FORESTS.iter().map(|forest| &forest.case).collect();
    let reference: Vec<&Case> = REFERENCE.iter().collect();
    let trained = TRAINED.iter().collect();
    let pairs = |cases: &[&Case], equal: bool, at: usize| -> Vec<(&Record, Vec<&Record>)> {
        let pair = |case: &&Case| {
            let row = |r: &&Record| r.model == case.name && r.variant == case.flags[at];
            let ours = ours.iter().find(row)?;
            let theirs =
                |peer: &&Record| peer.model == ours.model && (!equal || peer.stages == ours.stages);
            Some((ours, peers.iter().filter(theirs).collect()))
        };
        cases.iter().filter_map(pair).collect()
    };
    let mut text = String::new();
    for (cases, equal, at, which) in [
        (
            reference.clone(),
            true,
            0,
            "reference networks, at as many stages",
        ),
        (reference, true, 1, "the same with --effort 3"),
        (trained, false, 0, "trained models"),
        (forests, false, 0, "forests"),
    ] as [(Vec<&Case>, bool, usize, &str); 4]
    {
        let pairs = pairs(&cases, equal, at);
        if pairs.iter().all(|pair| pair.1.is_empty()) {
            continue;
        }
        for one_peer in [true, false] {
            let whom = if one_peer {
                "the one peer of least LUT × ns"
            } else {
                "whichever peer is best in each figure"
            };
            text += &table::ratios(&format!("kaon / {whom}: {which}"), &pairs, one_peer);
        }
    }
    text
}
