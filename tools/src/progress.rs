//! A bar on a terminal, nothing in a pipe.

use std::borrow::Cow;
use std::time::Duration;

use compiler::runner::Event;
use indicatif::{ProgressBar, ProgressStyle};

use crate::Streams;

/// Shows the steps of a run and prints what `--print-after` asks for.
pub struct Watcher {
    bar: ProgressBar,
}

impl Watcher {
    /// A watcher that shows a bar when somebody is there to see it.
    pub fn new(streams: &Streams) -> Self {
        let bar = match streams.watched {
            true => ProgressBar::new_spinner(),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        if streams.watched {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Watcher { bar }
    }

    pub fn event(&self, event: &Event, streams: &mut Streams) {
        match event {
            Event::Started { number, of, name } => {
                self.bar.set_message(format!("{name} ({number} of {of})"));
            }
            Event::Text { name, text } => self.bar.suspend(|| {
                let _ = write!(streams.errors, "// after {name}\n{text}");
            }),
        }
    }

    /// Says what is done that is no step.
    pub fn say(&self, message: impl Into<Cow<'static, str>>) {
        self.bar.set_message(message);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
