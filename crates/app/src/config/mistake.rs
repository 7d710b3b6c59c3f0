//! What is wrong with a configuration, and how it is shown: every mistake with its line, as a compiler would.
//!
//! In: mistakes found while reading. Out: text for a person. The value of what looks like a secret is never shown.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// Where a mistake was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Bytes of the file.
    File(Range<usize>),
    /// An environment variable.
    Variable(String),
    /// Nowhere in particular: something is missing from a file that has no such section.
    Whole,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Bytes of the file that must not be shown.
    pub(super) hidden: Option<Range<usize>>,
}

impl Mistake {
    pub(super) fn new(place: Place, message: impl Into<String>) -> Self {
        Self {
            place,
            message: message.into(),
            help: None,
            hidden: None,
        }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything that is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub struct Mistakes {
    path: String,
    /// The file with hidden values crossed out.
    source_text: String,
    mistakes: Vec<Mistake>,
}

impl Mistakes {
    pub(super) fn new(path: &str, source: &str, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| match &mistake.place {
            Place::File(bytes) => (0, bytes.start),
            Place::Whole => (1, 0),
            Place::Variable(_) => (2, 0),
        });
        let hidden = mistakes.iter().filter_map(|mistake| mistake.hidden.clone());
        let source_text = cross_out(source, hidden);
        Self {
            path: path.to_owned(),
            source_text,
            mistakes,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// All of them, with the lines they are on; in colour for a terminal.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for mistake in &self.mistakes {
            text.push_str(&self.render_one(&renderer, mistake));
            text.push_str("\n\n");
        }
        let count = self.mistakes.len();
        let noun = if count == 1 { "mistake" } else { "mistakes" };
        text.push_str(&format!(
            "{count} {noun} in the configuration {}",
            self.path
        ));
        text
    }

    fn render_one(&self, renderer: &Renderer, mistake: &Mistake) -> String {
        let title = match &mistake.place {
            Place::Variable(name) => format!("{name}: {}", mistake.message),
            Place::File(_) | Place::Whole => mistake.message.clone(),
        };
        let title = Level::ERROR.primary_title(title);
        let mut group = match &mistake.place {
            Place::File(bytes) => {
                let annotation = AnnotationKind::Primary.span(bytes.clone());
                let snippet = Snippet::source(self.source_text.as_str());
                title.element(snippet.path(self.path.as_str()).annotation(annotation))
            }
            Place::Variable(_) | Place::Whole => Group::with_title(title),
        };
        if let Some(help) = &mistake.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// The text with these bytes replaced, one star per byte so that all other places stay where they are.
fn cross_out(source: &str, hidden: impl Iterator<Item = Range<usize>>) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for range in hidden {
        let end = range.end.min(bytes.len());
        for byte in &mut bytes[range.start.min(end)..end] {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
