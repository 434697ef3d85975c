//! One line of a module.

/// An op: what it defines, and how.
#[derive(Debug)]
pub struct Line {
    /// The values it defines and their widths, without the `%`.
    pub results: Vec<(String, u32)>,
    pub op: Op,
}

#[derive(Debug)]
pub enum Op {
    /// A number or a table of numbers: text without operands.
    Constant { text: String },
    /// Any op of `comb`, or a look-up: text in which operands stand as `%name`.
    Logic { text: String },
    /// Another name of a value.
    Wire { of: String, name: String },
    Register {
        name: String,
        next: String,
        clock: String,
        /// What clears it, and to which value.
        reset: Option<(String, String)>,
    },
    /// A memory with one port that writes and one that reads, both at the clock's edge.
    Memory {
        handle: String,
        name: String,
        clock: String,
        /// What keeps it from being written.
        reset: String,
        depth: usize,
        width: u32,
    },
    /// What a memory held at an address before the clock's last edge.
    Read { memory: String, address: String },
    Write {
        memory: String,
        address: String,
        data: String,
        enable: String,
    },
    Instance {
        name: String,
        module: String,
        parameters: Vec<(String, String)>,
        /// Port and value.
        inputs: Vec<(String, String)>,
        /// The ports behind the results.
        outputs: Vec<String>,
    },
}

impl Line {
    /// `None` where the line has another form.
    pub fn read(line: &str) -> Option<Line> {
        if let Some(rest) = line.strip_prefix("hw.instance ") {
            return instance(Vec::new(), rest);
        }
        if let Some(rest) = line.strip_prefix("seq.write ") {
            let [memory, address, data, enable] = names(rest).collect::<Vec<_>>()[..] else {
                return None;
            };
            return Some(Line {
                results: Vec::new(),
                op: Op::Write {
                    memory: memory.to_string(),
                    address: address.to_string(),
                    data: data.to_string(),
                    enable: enable.to_string(),
                },
            });
        }
        let (results, text) = line.split_once(" = ")?;
        let results: Vec<&str> = names(results).collect();
        if let Some(rest) = text.strip_prefix("hw.instance ") {
            return instance(results, rest);
        }
        let &[result] = &results[..] else {
            return None;
        };
        let (op, rest) = text.split_once(' ')?;
        if op == "seq.hlmem" {
            return memory(result, rest);
        }
        let op = match op {
            "hw.constant" | "hw.aggregate_constant" => Op::Constant {
                text: text.to_string(),
            },
            "hw.wire" => Op::Wire {
                of: names(rest).next()?.to_string(),
                name: quoted(rest)?.to_string(),
            },
            "seq.compreg" => {
                let (_, values) = rest.strip_prefix("name \"")?.split_once("\" ")?;
                let (values, reset) = match values.split_once(" reset ") {
                    Some((values, reset)) => (values, names(reset).collect()),
                    None => (values, Vec::new()),
                };
                let [next, clock] = names(values).collect::<Vec<_>>()[..] else {
                    return None;
                };
                Op::Register {
                    name: quoted(rest)?.to_string(),
                    next: next.to_string(),
                    clock: clock.to_string(),
                    reset: match reset[..] {
                        [] => None,
                        [by, to] => Some((by.to_string(), to.to_string())),
                        _ => return None,
                    },
                }
            }
            "seq.read" => {
                let [memory, address, _] = names(rest).collect::<Vec<_>>()[..] else {
                    return None;
                };
                Op::Read {
                    memory: memory.to_string(),
                    address: address.to_string(),
                }
            }
            op if op == "hw.array_get" || op.starts_with("comb.") => Op::Logic {
                text: text.to_string(),
            },
            _ => return None,
        };
        Some(Line {
            results: vec![(result.to_string(), result_width(text)?)],
            op,
        })
    }
}

/// The values a text names, without the `%`.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('%').skip(1).map(|rest| &rest[..name_end(rest)])
}

/// The text with other names for its values.
pub fn renamed(text: &str, mut name: impl FnMut(&str) -> String) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = name_end(part);
        out.push('%');
        out.push_str(&name(&part[..end]));
        out.push_str(&part[end..]);
    }
    out
}

fn name_end(text: &str) -> usize {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    end.unwrap_or(text.len())
}

/// The bits of `i<N>`.
pub fn width(ty: &str) -> Option<u32> {
    let width = ty.trim().strip_prefix('i')?.parse().ok()?;
    (width > 0).then_some(width)
}

fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

/// The width of what an op with one result defines; an aggregate counts as its elements do.
fn result_width(text: &str) -> Option<u32> {
    let (op, _) = text.split_once(' ')?;
    if op == "comb.icmp" || matches!(text, "hw.constant true" | "hw.constant false") {
        return Some(1);
    }
    let (_, types) = text.rsplit_once(" : ")?;
    match op {
        "comb.concat" => types.split(", ").map(width).sum(),
        "hw.array_get" | "hw.aggregate_constant" => {
            let (array, _) = types.strip_prefix("!hw.array<")?.split_once('>')?;
            width(array.split_once('x')?.1)
        }
        "seq.read" => Some(words(types)?.1),
        _ => width(types.rsplit("-> ").next()?),
    }
}

/// The words and their width of `<66xi24>`.
fn words(ty: &str) -> Option<(usize, u32)> {
    let (depth, element) = ty.split_once('<')?.1.strip_suffix('>')?.split_once('x')?;
    Some((depth.parse().ok()?, width(element)?))
}

/// `@name %clock, %reset : <66xi24>`
fn memory(handle: &str, text: &str) -> Option<Line> {
    let (operands, ty) = text.split_once(" : ")?;
    let (name, _) = operands.strip_prefix('@')?.split_once(' ')?;
    let [clock, reset] = names(operands).collect::<Vec<_>>()[..] else {
        return None;
    };
    let (depth, width) = words(ty)?;
    Some(Line {
        results: Vec::new(),
        op: Op::Memory {
            handle: handle.to_string(),
            name: name.to_string(),
            clock: clock.to_string(),
            reset: reset.to_string(),
            depth,
            width,
        },
    })
}

/// `"name" @module<parameters>(port: %value: type, …) -> (port: type, …)`
fn instance(results: Vec<&str>, text: &str) -> Option<Line> {
    let name = quoted(text)?;
    let (_, rest) = text.split_once('@')?;
    let (rest, outputs) = rest.rsplit_once(" -> (")?;
    let (module, rest, parameters) = match rest.split_once(">(") {
        Some((front, rest)) => {
            let (module, parameters) = front.split_once('<')?;
            (module, rest, parameters)
        }
        None => {
            let (module, rest) = rest.split_once('(')?;
            (module, rest, "")
        }
    };
    let parameter = |text: &str| {
        let (name, value) = text.split_once(": ")?;
        Some((name.to_string(), quoted(value)?.to_string()))
    };
    let input = |text: &str| {
        let (port, value) = text.split_once(": ")?;
        Some((port.to_string(), names(value).next()?.to_string()))
    };
    let output = |text: &str| {
        let (port, ty) = text.split_once(": ")?;
        Some((port.to_string(), width(ty)?))
    };
    let outputs = list(outputs.strip_suffix(')')?).map(output);
    let outputs: Vec<(String, u32)> = outputs.collect::<Option<_>>()?;
    if results.len() != outputs.len() {
        return None;
    }
    let (ports, widths): (Vec<_>, Vec<_>) = outputs.into_iter().unzip();
    let results = results.into_iter().map(str::to_string).zip(widths);
    Some(Line {
        results: results.collect(),
        op: Op::Instance {
            name: name.to_string(),
            module: module.to_string(),
            parameters: list(parameters).map(parameter).collect::<Option<_>>()?,
            inputs: list(rest.strip_suffix(')')?)
                .map(input)
                .collect::<Option<_>>()?,
            outputs: ports,
        },
    })
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(", ").filter(|part| !part.is_empty())
}
