//! Names that Verilog, FIRRTL and C take without quotes.

use std::collections::{HashMap, HashSet};

/// The name as an identifier: letters, digits and single underscores, no keyword.
pub fn identifier(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => text.push(c),
            _ if text.ends_with('_') => {}
            _ => text.push('_'),
        }
    }
    let mut text = text.trim_matches('_').to_string();
    if text.is_empty() {
        text.push_str("unnamed");
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, 'n');
    }
    if is_keyword(&text) {
        text.push('_');
    }
    text
}

/// Names given out, each once.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    next: HashMap<String, u32>,
}

impl Names {
    /// The wanted name, with the first free number behind it when it is taken.
    pub fn fresh(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_string()) {
            return wanted.to_string();
        }
        let next = self.next.entry(wanted.to_string()).or_insert(1);
        loop {
            *next += 1;
            let name = format!("{wanted}_n{next}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Whether a language the name passes through reserves it.
fn is_keyword(name: &str) -> bool {
    let reserved = |words: &str| words.split_whitespace().any(|word| word == name);
    reserved(VERILOG) || reserved(FIRRTL) || reserved(C)
}

/// IEEE 1800-2017, annex B.
const VERILOG: &str = "
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
    before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
    checker class clocking cmos config const constraint context continue cover covergroup
    coverpoint cross deassign default defparam design disable dist do edge else end endcase
    endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface
    endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable
    endtask enum event eventually expect export extends extern final first_match for force foreach
    forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone ignore_bins
    illegal_bins implements implies import incdir include initial inout input inside instance int
    integer interconnect interface intersect join join_any join_none large let liblist library
    local localparam logic longint macromodule matches medium modport module nand negedge nettype
    new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package packed parameter
    pmos posedge primitive priority program property protected pull0 pull1 pulldown pullup
    pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real
    realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1
    s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal
    showcancelled signed small soft solve specify specparam static string strong strong0 strong1
    struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout
    time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type
    typedef union unique unique0 unsigned until until_with untyped use uwire var vectored virtual
    void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor";

const FIRRTL: &str = "
    Clock UInt SInt Reset AsyncReset Analog Fixed attach circuit cmem extmodule flip infer input
    inst intmodule invalidate is mem mport node of output parameter printf rdwr read reg regreset
    reset skip smem stop undefined when wire write add sub mul div rem lt leq gt geq eq neq pad
    shl shr dshl dshr cvt neg not and or xor andr orr xorr cat bits head tail mux validif";

const C: &str = "
    auto bool catch char delete double explicit extern false float friend goto inline int long
    main mutable namespace operator private public register short sizeof struct switch template
    throw true try union unsigned using volatile";
