//! Synthesis by yosys, one at a time on a machine, and what the referee finds; both kept by content.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::count::{Count, count};
use crate::design::{Design, verilog};
use crate::netlist::Netlist;
use crate::timing::{Timing, analyse};
use crate::{Result, because, digest, rules};

/// The scoring command.
pub const FLOW: &str = "synth_xilinx -family xcup -noiopad -flatten -top bench";

/// What the referee says of one netlist.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The rules that it was made by.
    pub rules: String,
    pub count: Count,
    pub timing: Timing,
}

/// A design on its way through yosys.
pub struct Synthesis {
    /// Of the Verilog, the wrapper, the flow and the version of yosys.
    pub key: String,
    folder: PathBuf,
    files: Vec<PathBuf>,
    wrapper: String,
}

impl Synthesis {
    /// Names the synthesis of the design in `source`; nothing is run but `yosys -V`.
    pub fn new(source: &Path, design: &Design, cache: &Path) -> Result<Synthesis> {
        let version = Command::new("yosys").arg("-V").output();
        let version = version.map_err(because("yosys does not start"))?;
        let mut text = String::from_utf8_lossy(&version.stdout).trim().to_string() + "\n";
        let files = verilog(source)?;
        let wrapper = design.wrapper();
        let mut reads = |hash: String| text += &format!("read_verilog -defer -sv {hash}\n");
        for file in &files {
            reads(full_digest(
                &fs::read(file).map_err(because(file.display()))?,
            ));
        }
        reads(full_digest(wrapper.as_bytes()));
        text += &format!("{FLOW}\nwrite_json\n");
        let key = digest(text);
        Ok(Synthesis {
            folder: cache.join("synth").join(&key),
            files,
            key,
            wrapper,
        })
    }

    /// Whether `finding` would be answered from the cache.
    pub fn is_known(&self) -> bool {
        self.known().is_some()
    }

    fn known(&self) -> Option<Finding> {
        let text = fs::read_to_string(self.folder.join("finding.json")).ok()?;
        let finding: Finding = serde_json::from_str(&text).ok()?;
        (finding.rules == rules()).then_some(finding)
    }

    /// Whether the netlist is there, so that `finding` takes seconds.
    pub fn is_synthesised(&self) -> bool {
        self.folder.join("net.json").is_file()
    }

    /// Synthesises, counts and times, or remembers.
    pub fn finding(&self) -> Result<Finding> {
        if let Some(finding) = self.known() {
            return Ok(finding);
        }
        self.synthesise()?;
        let path = self.folder.join("net.json");
        let netlist = Netlist::read(File::open(&path).map_err(because(path.display()))?, "bench")?;
        let finding = Finding {
            rules: rules(),
            count: count(&netlist),
            timing: analyse(&netlist, &self.folder)?,
        };
        let text = serde_json::to_string(&finding).map_err(because("a finding"))?;
        let path = self.folder.join("finding.json");
        fs::write(&path, text).map_err(because(path.display()))?;
        Ok(finding)
    }

    fn synthesise(&self) -> Result<()> {
        if self.is_synthesised() {
            return Ok(());
        }
        let place = self.folder.display();
        fs::create_dir_all(&self.folder).map_err(because(&place))?;
        // yosys fills memory and both caches: a second one beside it would only slow both.
        let lock = self.folder.with_file_name("lock");
        let lock = File::create(&lock).map_err(because(lock.display()))?;
        lock.lock().map_err(because("the lock on yosys"))?;
        if self.is_synthesised() {
            return Ok(());
        }
        let began = Instant::now();
        let wrapper = self.folder.join("bench.v");
        fs::write(&wrapper, &self.wrapper).map_err(because(wrapper.display()))?;
        let mut script = String::new();
        for file in self.files.iter().chain([&wrapper]) {
            let file = fs::canonicalize(file).map_err(because(file.display()))?;
            script += &format!("read_verilog -defer -sv {}\n", file.display());
        }
        script += &format!("{FLOW}\nwrite_json net.partial\n");
        let path = self.folder.join("run.ys");
        fs::write(&path, script).map_err(because(path.display()))?;
        let output = Command::new("nice")
            .args(["-n", "5", "yosys", "-q", "-s", "run.ys"])
            .current_dir(&self.folder)
            .output()
            .map_err(because("yosys does not start"))?;
        if !output.status.success() {
            let wrong = String::from_utf8_lossy(&output.stderr);
            return Err(format!("yosys fails in {place}: {}", wrong.trim()));
        }
        let done = self.folder.join("net.json");
        fs::rename(self.folder.join("net.partial"), &done).map_err(because(done.display()))?;
        let seconds = format!("{:.1}\n", began.elapsed().as_secs_f64());
        fs::write(self.folder.join("seconds"), seconds).map_err(because(&place))
    }
}

fn full_digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
