//! `[log]`: how much is logged, and in which form.

use tracing_subscriber::filter::Targets;

use super::section::Section;

/// What goes to standard error while the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A level, or several with the parts of the program they are for: `info,engine=debug`.
    pub level: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Log {
    const FORMATS: [(&'static str, LogFormat); 2] =
        [("text", LogFormat::Text), ("json", LogFormat::Json)];

    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let level = section
            .parsed("level", parse_level)
            .unwrap_or_else(|| "info".to_owned());
        let format = section.choice("format", &Self::FORMATS, LogFormat::Text);
        section.finish();
        Self { level, format }
    }
}

fn parse_level(text: &str) -> Result<String, String> {
    // A word that is no level would be taken for the name of a part.
    let is_level = |part: &str| {
        let level = part
            .rsplit_once('=')
            .map_or(part, |(_, level)| level)
            .trim();
        ["off", "error", "warn", "info", "debug", "trace"].contains(&level.to_lowercase().as_str())
    };
    let readable = text.split(',').all(is_level) && text.parse::<Targets>().is_ok();
    readable
        .then(|| text.to_owned())
        .ok_or_else(|| format!("\"{text}\" is not error, warn, info, debug or trace, or parts such as \"info,engine=debug\""))
}
