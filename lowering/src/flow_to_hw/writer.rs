//! The lines of a module. Values are called by name, without the `%`; a register may be read
//! before what it takes next is there.

use std::fmt::Write;

use super::Kernel;

/// What a memory looks at.
pub struct Ports<'a> {
    /// The address that is read.
    pub from: &'a str,
    /// Whether a word is written, where, and what.
    pub enable: &'a str,
    pub to: &'a str,
    pub data: &'a str,
}

#[derive(Default)]
pub struct Writer {
    lines: String,
    next: usize,
}

impl Writer {
    pub fn text(&self) -> &str {
        &self.lines
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("n{}", self.next)
    }

    fn line(&mut self, text: std::fmt::Arguments) -> String {
        let name = self.fresh();
        writeln!(self.lines, "  %{name} = {text}").expect("writing to a string");
        name
    }

    /// The low `width` bits of a number.
    pub fn constant(&mut self, value: i128, width: u32) -> String {
        let unused = 128 - width.min(128);
        let value = (value << unused) >> unused;
        self.line(format_args!("hw.constant {value} : i{width}"))
    }

    pub fn binary(&mut self, op: &str, a: &str, b: &str, width: u32) -> String {
        self.line(format_args!("comb.{op} %{a}, %{b} : i{width}"))
    }

    pub fn not(&mut self, a: &str) -> String {
        let one = self.constant(1, 1);
        self.binary("xor", a, &one, 1)
    }

    pub fn equal(&mut self, a: &str, value: u128, width: u32) -> String {
        let value = self.constant(value as i128, width);
        self.line(format_args!("comb.icmp eq %{a}, %{value} : i{width}"))
    }

    pub fn mux(&mut self, condition: &str, a: &str, b: &str, width: u32) -> String {
        self.line(format_args!("comb.mux %{condition}, %{a}, %{b} : i{width}"))
    }

    /// Bits of a value, of which it has `of`.
    pub fn extract(&mut self, a: &str, low: u32, width: u32, of: u32) -> String {
        match width == of {
            true => a.to_string(),
            false => self.line(format_args!(
                "comb.extract %{a} from {low} : (i{of}) -> i{width}"
            )),
        }
    }

    /// Parts with their widths, the lowest first.
    pub fn joined(&mut self, parts: &[(String, u32)]) -> String {
        if let [(single, _)] = parts {
            return single.clone();
        }
        let names = parts.iter().rev().map(|(name, _)| format!("%{name}"));
        let types = parts.iter().rev().map(|(_, width)| format!("i{width}"));
        let names = names.collect::<Vec<_>>().join(", ");
        let types = types.collect::<Vec<_>>().join(", ");
        self.line(format_args!("comb.concat {names} : {types}"))
    }

    /// A value in more bits.
    pub fn widened(&mut self, a: &str, from: u32, to: u32, signed: bool) -> String {
        if from >= to {
            return a.to_string();
        }
        let more = to - from;
        let high = match signed {
            true => {
                let sign = self.extract(a, from - 1, 1, from);
                match more {
                    1 => sign,
                    _ => self.line(format_args!("comb.replicate %{sign} : (i1) -> i{more}")),
                }
            }
            false => self.constant(0, more),
        };
        self.joined(&[(a.to_string(), from), (high, more)])
    }

    /// Whether a table has a bit at an index of so many bits.
    pub fn looked_up(&mut self, bits: &[bool], index: &str, width: u32) -> String {
        let entries = 1usize << width;
        // The highest index is written first.
        let all = (0..entries).rev().map(|at| match bits.get(at) {
            Some(true) => "-1 : i1",
            _ => "0 : i1",
        });
        let all = all.collect::<Vec<_>>().join(", ");
        let ty = format!("!hw.array<{entries}xi1>");
        let table = self.line(format_args!("hw.aggregate_constant [{all}] : {ty}"));
        self.line(format_args!(
            "hw.array_get %{table}[%{index}] : {ty}, i{width}"
        ))
    }

    /// A register whose next value is given later with [`Writer::drive`].
    pub fn register(&mut self) -> String {
        self.fresh()
    }

    pub fn drive(&mut self, register: &str, name: &str, next: &str, width: u32, reset: bool) {
        let reset = match reset {
            true => {
                let zero = self.constant(0, width);
                format!(" reset %rst, %{zero}")
            }
            false => String::new(),
        };
        writeln!(
            self.lines,
            "  %{register} = seq.compreg name \"{name}\" %{next}, %clk{reset} : i{width}"
        )
        .expect("writing to a string");
    }

    /// A register that follows a value one clock cycle later.
    pub fn delayed(&mut self, name: &str, next: &str, width: u32, reset: bool) -> String {
        let register = self.register();
        self.drive(&register, name, next, width, reset);
        register
    }

    /// A register that takes a value where a bit is up.
    pub fn held(&mut self, name: &str, enable: &str, next: &str, width: u32) -> String {
        let register = self.register();
        let value = self.mux(enable, next, &register, width);
        self.drive(&register, name, &value, width, false);
        register
    }

    /// A counter from 0 to `count` - 1 that goes on where a bit is up, and its width; none
    /// where it would always be 0.
    pub fn counter(&mut self, name: &str, enable: &str, count: usize) -> Option<(String, u32)> {
        if count <= 1 {
            return None;
        }
        let width = usize::BITS - (count - 1).leading_zeros();
        let register = self.register();
        let one = self.constant(1, width);
        let mut next = self.binary("add", &register, &one, width);
        if !count.is_power_of_two() {
            let last = self.equal(&register, count as u128 - 1, width);
            let zero = self.constant(0, width);
            next = self.mux(&last, &zero, &next, width);
        }
        let next = self.mux(enable, &next, &register, width);
        self.drive(&register, name, &next, width, true);
        Some((register, width))
    }

    /// Whether a counter of [`Writer::counter`] is at a number.
    pub fn at(&mut self, counter: &Option<(String, u32)>, value: usize) -> String {
        match counter {
            Some((name, width)) => self.equal(name, value as u128, *width),
            None => self.constant(1, 1),
        }
    }

    /// A memory of so many words: the word that an address named in the clock cycle before.
    /// Where a bit is up a word is written, which shows from the next cycle on.
    pub fn memory(&mut self, name: &str, (depth, width): (usize, u32), ports: Ports) -> String {
        let memory = self.fresh();
        let line = format!("%{memory} = seq.hlmem @{name} %clk, %rst : <{depth}xi{width}>");
        writeln!(self.lines, "  {line}").expect("writing to a string");
        let always = self.constant(1, 1);
        let ty = format!("!seq.hlmem<{depth}xi{width}>");
        let read = self.line(format_args!(
            "seq.read %{memory}[%{}] rden %{always} {{latency = 1}} : {ty}",
            ports.from
        ));
        let Ports {
            enable, to, data, ..
        } = ports;
        let line =
            format!("seq.write %{memory}[%{to}] %{data} wren %{enable} {{latency = 1}} : {ty}");
        writeln!(self.lines, "  {line}").expect("writing to a string");
        read
    }

    /// A token as the pins of a kernel.
    pub fn split(&mut self, token: &str, pins: &[(String, u32)]) -> Vec<String> {
        let all = pins.iter().map(|(_, width)| width).sum();
        let mut low = 0;
        let mut found = Vec::with_capacity(pins.len());
        for (_, width) in pins {
            found.push(self.extract(token, low, *width, all));
            low += width;
        }
        found
    }

    /// An instance of a kernel: its valid bit and its result.
    pub fn kernel(
        &mut self,
        instance: &str,
        kernel: &Kernel,
        valid: &str,
        inputs: &[String],
    ) -> (String, String) {
        let data = kernel.inputs.iter().zip(inputs);
        let mut pins: Vec<String> = data
            .map(|((name, width), value)| format!("{name}: %{value}: i{width}"))
            .collect();
        let (module, width) = (&kernel.module, kernel.output);
        let y = self.fresh();
        if !kernel.clocked {
            let pins = pins.join(", ");
            writeln!(
                self.lines,
                "  %{y} = hw.instance \"{instance}\" @{module}({pins}) -> (y: i{width})"
            )
            .expect("writing to a string");
            return (valid.to_string(), y);
        }
        let mut all = vec![
            "clk: %clk: !seq.clock".to_string(),
            "rst: %rst: i1".to_string(),
        ];
        all.push(format!("in_valid: %{valid}: i1"));
        all.append(&mut pins);
        let pins = all.join(", ");
        let out = self.fresh();
        writeln!(
            self.lines,
            "  %{y}, %{out} = hw.instance \"{instance}\" @{module}({pins}) -> (y: i{width}, out_valid: i1)"
        )
        .expect("writing to a string");
        (out, y)
    }

    /// An instance of an actor: its valid bit and its token.
    pub fn actor(
        &mut self,
        module: &str,
        instance: &str,
        number: usize,
        (valid, data): (&str, &str),
        (input, output): (u32, u32),
    ) -> (String, String) {
        let (y, out) = (self.fresh(), self.fresh());
        writeln!(
            self.lines,
            "  %{y}, %{out} = hw.instance \"{instance}_{number}\" @{module}(clk: %clk: !seq.clock, \
             rst: %rst: i1, in_valid: %{valid}: i1, x: %{data}: i{input}) -> (y: i{output}, out_valid: i1)"
        )
        .expect("writing to a string");
        (out, y)
    }
}
