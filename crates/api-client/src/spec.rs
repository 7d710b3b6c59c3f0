//! What a call is, before it is sent: method, path and body, what it costs, how urgent it is, what it is for and
//! whether it changes anything.
//!
//! In: the client's wishes. Out: a [`CallSpec`] for the caller. Nothing is sent here.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};

/// How urgent a call is. Waiting calls go in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Somebody waits for it.
    Interactive,
    /// It carries a change from one side to the other.
    Change,
    /// It looks for changes.
    Poll,
    /// It fills up what is missing.
    Backfill,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Interactive, Self::Change, Self::Poll, Self::Backfill];

    /// The word used in tables and logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Change => "change",
            Self::Poll => "poll",
            Self::Backfill => "backfill",
        }
    }
}

/// Why a call is made: its urgency, and the word under which its cost is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallContext {
    pub priority: Priority,
    pub purpose: &'static str,
}

impl CallContext {
    /// A context in one line.
    #[must_use]
    pub const fn new(priority: Priority, purpose: &'static str) -> Self {
        Self { priority, purpose }
    }
}

/// Which windows a call counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The window of requests.
    Request,
    /// The window of requests and that of searches.
    Search,
    /// None of them.
    Nothing,
}

/// What a call costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub tokens: u32,
    pub counted: Counted,
}

impl Cost {
    /// A call outside of all limits.
    pub const FREE: Self = Self {
        tokens: 0,
        counted: Counted::Nothing,
    };

    /// An ordinary request of so many tokens.
    #[must_use]
    pub const fn request(tokens: u32) -> Self {
        Self {
            tokens,
            counted: Counted::Request,
        }
    }

    /// A search of so many tokens.
    #[must_use]
    pub const fn search(tokens: u32) -> Self {
        Self {
            tokens,
            counted: Counted::Search,
        }
    }
}

/// Whether a call that got no answer may have changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing and may be made again.
    Read,
    /// It may have been carried out although no answer came.
    Write,
}

/// One call, ready to be sent.
pub struct CallSpec {
    /// The call in words, such as "update a person".
    pub what: &'static str,
    pub method: Method,
    /// Path and query, beginning with a slash.
    pub path: String,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
    pub content_type: Option<&'static str>,
    pub effect: Effect,
    pub cost: Cost,
    pub context: CallContext,
}

impl fmt::Debug for CallSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Path and body may hold personal data.
        formatter
            .debug_struct("CallSpec")
            .field("what", &self.what)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl CallSpec {
    /// A call that changes nothing.
    #[must_use]
    pub fn read(
        what: &'static str,
        path: impl Into<String>,
        cost: Cost,
        context: CallContext,
    ) -> Self {
        Self {
            what,
            method: Method::GET,
            path: path.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            content_type: None,
            effect: Effect::Read,
            cost,
            context,
        }
    }

    /// A call that changes something.
    #[must_use]
    pub fn write(
        what: &'static str,
        method: Method,
        path: impl Into<String>,
        cost: Cost,
        context: CallContext,
    ) -> Self {
        Self {
            method,
            effect: Effect::Write,
            ..Self::read(what, path, cost, context)
        }
    }

    /// The same with a JSON body.
    ///
    /// # Panics
    /// Never for the clients' own bodies, which are plain structures with text keys.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_vec(body)
            .expect("a request body is plain data with text keys")
            .into();
        self.content_type = Some("application/json");
        self
    }

    /// The same with a form as body.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in pairs {
            if !body.is_empty() {
                body.push('&');
            }
            encode_into(&mut body, name);
            body.push('=');
            encode_into(&mut body, value);
        }
        self.body = body.into();
        self.content_type = Some("application/x-www-form-urlencoded");
        self
    }

    /// The same with a body of another kind.
    #[must_use]
    pub fn content(mut self, kind: &'static str, body: Vec<u8>) -> Self {
        self.body = body.into();
        self.content_type = Some(kind);
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, although it is a POST, changes nothing.
    #[must_use]
    pub fn without_effect(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }
}

/// Appends text in the form that is safe in any part of an address.
pub fn encode_into(target: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            target.push(char::from(byte));
        } else {
            target.push('%');
            target.push(char::from(HEX[usize::from(byte >> 4)]));
            target.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}
