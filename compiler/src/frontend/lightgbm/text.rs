//! The text form: a head, then a block of `key=value` lines for each tree.

use std::collections::HashMap;
use std::str::FromStr;

use dialects::{Diagnostic, Result};

/// The lines of a head or a tree.
#[derive(Default)]
pub struct Block<'a> {
    lines: HashMap<&'a str, &'a str>,
}

pub struct Text<'a> {
    pub head: Block<'a>,
    pub trees: Vec<Block<'a>>,
}

/// The parts of a model that end with `end of trees`.
pub fn split(text: &str) -> Result<Text<'_>> {
    let mut head = Block::default();
    let mut trees: Vec<Block> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end();
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        match key {
            "end of trees" => return Ok(Text { head, trees }),
            "Tree" => {
                if value.parse() != Ok(trees.len()) {
                    return Err(Diagnostic::new(format!(
                        "tree {} is named \"{value}\"",
                        trees.len()
                    )));
                }
                trees.push(Block::default());
            }
            "" => {}
            _ => {
                let block = trees.last_mut().unwrap_or(&mut head);
                block.lines.insert(key, value);
            }
        }
    }
    Err(Diagnostic::new("the LightGBM model is cut short"))
}

impl<'a> Block<'a> {
    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.lines.get(key).copied()
    }

    pub fn number(&self, key: &str) -> Result<i64> {
        let text = self
            .get(key)
            .ok_or_else(|| Diagnostic::new(format!("`{key}` is missing")))?;
        text.parse()
            .map_err(|_| Diagnostic::new(format!("`{key}` is \"{text}\", no number")))
    }

    /// Exactly so many numbers; a line that would hold none may be missing.
    pub fn numbers<T: FromStr>(&self, key: &str, count: usize) -> Result<Vec<T>> {
        let text = self.get(key).unwrap_or("");
        let mut found = Vec::new();
        for word in text.split_whitespace() {
            let number = word.parse();
            found.push(number.map_err(|_| {
                Diagnostic::new(format!("`{key}` holds \"{word}\", no number of its kind"))
            })?);
        }
        match found.len() == count {
            true => Ok(found),
            false => Err(Diagnostic::new(format!(
                "`{key}` has {} numbers, its leaves ask for {count}",
                found.len()
            ))),
        }
    }
}
