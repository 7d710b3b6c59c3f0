//! What a world's program logs as an error: kept, so that a test fails on what nobody expected.
//!
//! In: events of this thread. Out: the messages of errors. Everything else is dropped.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Listens on this thread for as long as it lives.
pub(crate) struct ErrorLog {
    errors: Arc<Mutex<Vec<String>>>,
    _listening: DefaultGuard,
}

struct Listener(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl ErrorLog {
    pub(crate) fn listen() -> Self {
        let errors = Arc::new(Mutex::new(Vec::new()));
        let subscriber = Registry::default().with(Listener(Arc::clone(&errors)));
        Self {
            errors,
            _listening: tracing::subscriber::set_default(subscriber),
        }
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        self.errors
            .lock()
            .expect("nothing panics while it holds the log")
            .clone()
    }
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR
            || !event.metadata().target().starts_with("engine")
        {
            return;
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0
            .lock()
            .expect("nothing panics while it holds the log")
            .push(line.0);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a string takes everything");
    }
}
