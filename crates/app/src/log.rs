//! Logging: what the program says while it runs, on standard error, as text or JSON.
//!
//! In: `[log]` of the configuration. Out: nothing but lines. Set up once, by the process.

use std::io::IsTerminal;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::{Log, LogFormat};

/// Starts logging for a command that shows a progress bar: each write alone is not worth a line there.
pub fn start_beside_progress(log: &Log) {
    if log.level != "info" {
        return start(log);
    }
    start(&Log {
        level: "warn".to_owned(),
        ..log.clone()
    });
}

/// Starts logging. Only the first call in a process has an effect.
pub fn start(log: &Log) {
    // The level was checked when the configuration was read.
    let targets: Targets = log
        .level
        .parse()
        .unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let layer = match log.format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .boxed(),
    };
    let started = Registry::default()
        .with(layer.with_filter(targets))
        .try_init();
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
}
