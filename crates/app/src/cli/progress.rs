//! Progress of long work: a bar on a terminal, now and then a plain line elsewhere.
//!
//! In: how much there is and how much is done. Out: text on standard error, so that it mixes with no output.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Plain lines are written each time this part of the work is done.
const PLAIN_STEPS: u64 = 10;

/// One long piece of work.
#[derive(Debug)]
pub struct Progress {
    shown: Shown,
    label: String,
    total: u64,
    done: u64,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    /// Nobody knows how much there is.
    Count(ProgressBar),
    Lines,
    /// A program reads along.
    Nothing,
}

impl Progress {
    /// Starts to show the work; `quiet` when a program reads along.
    #[must_use]
    pub fn start(label: &str, total: u64, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(bar(label, total))
        } else {
            Shown::Lines
        };
        Self {
            shown,
            label: label.to_owned(),
            total,
            done: 0,
        }
    }

    /// Starts to show work of which nobody knows how much there is.
    #[must_use]
    pub fn count(label: &str, quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Count(counter(label))
        } else {
            Shown::Lines
        };
        Self {
            shown,
            label: label.to_owned(),
            total: 0,
            done: 0,
        }
    }

    /// More work was found, or less.
    pub fn set_total(&mut self, total: u64) {
        self.total = total;
        if let Shown::Bar(bar) = &self.shown {
            bar.set_length(total);
        }
    }

    /// Goes on with something else.
    pub fn set_label(&mut self, label: &str) {
        if self.label != label {
            label.clone_into(&mut self.label);
            if let Shown::Bar(bar) | Shown::Count(bar) = &self.shown {
                bar.set_message(label.to_owned());
            }
        }
    }

    /// This much is done by now.
    pub fn set_done(&mut self, done: u64) {
        let before = self.step();
        self.done = done;
        match &self.shown {
            Shown::Bar(bar) | Shown::Count(bar) => bar.set_position(done),
            Shown::Lines if self.step() != before => {
                eprintln!("{}: {} of {}", self.label, self.done, self.total)
            }
            Shown::Lines | Shown::Nothing => {}
        }
    }

    /// The work is over; `closing` is the line that stays.
    pub fn finish(self, closing: &str) {
        match self.shown {
            Shown::Bar(bar) | Shown::Count(bar) => {
                bar.finish_and_clear();
                eprintln!("{closing}");
            }
            Shown::Lines => eprintln!("{closing}"),
            Shown::Nothing => {}
        }
    }

    fn step(&self) -> u64 {
        self.done
            .saturating_mul(PLAIN_STEPS)
            .checked_div(self.total)
            .unwrap_or(0)
    }
}

fn counter(label: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}: {pos} ({per_sec})")
        .expect("the template is one that the library documents");
    ProgressBar::new_spinner()
        .with_style(style)
        .with_message(label.to_owned())
}

fn bar(label: &str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {per_sec} {eta}")
        .expect("the template is one that the library documents");
    ProgressBar::new(total)
        .with_style(style)
        .with_message(label.to_owned())
}
