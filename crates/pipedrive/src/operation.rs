//! An operation of the API: method, address and price in one line, and the calls made from it.
//!
//! In: the table of `cost.rs`, and the ids and the query of one call. Out: a call that is ready to be sent. Whatever is put
//! into an address is encoded, so that no value can change where a call goes.

use std::fmt::{self, Display, Write};

use api_client::{CallContext, CallSpec, Cost, encode_into};
use http::Method;

/// What an operation does with its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    /// A GET that counts in the window of searches, too.
    Search,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// The method of HTTP.
    #[must_use]
    pub const fn method(self) -> Method {
        match self {
            Self::Get | Self::Search => Method::GET,
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    pub verb: Verb,
    /// The address below the host; `{…}` stands for a part that differs from call to call.
    pub path: &'static str,
    pub tokens: u32,
    /// The operation in words, such as "update a person".
    pub what: &'static str,
}

impl Operation {
    pub(crate) const fn new(
        verb: Verb,
        path: &'static str,
        tokens: u32,
        what: &'static str,
    ) -> Self {
        Self {
            verb,
            path,
            tokens,
            what,
        }
    }

    /// What a call costs.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        match self.verb {
            Verb::Search => Cost::search(self.tokens),
            Verb::Get | Verb::Post | Verb::Put | Verb::Patch | Verb::Delete => {
                Cost::request(self.tokens)
            }
        }
    }

    /// A call with these parts in its address, in order.
    pub(crate) fn call(&self, parts: &[&dyn Display], context: &CallContext) -> CallSpec {
        let path = self.address(parts);
        match self.verb {
            Verb::Get | Verb::Search => CallSpec::read(self.what, path, self.cost(), *context),
            Verb::Post | Verb::Put | Verb::Patch | Verb::Delete => {
                let method = self.verb.method();
                CallSpec::write(self.what, method, path, self.cost(), *context)
            }
        }
    }

    /// The same with a query.
    pub(crate) fn ask(
        &self,
        parts: &[&dyn Display],
        query: &Query,
        context: &CallContext,
    ) -> CallSpec {
        let mut call = self.call(parts, context);
        call.path.push_str(&query.0);
        call
    }

    fn address(&self, parts: &[&dyn Display]) -> String {
        let mut address = String::with_capacity(self.path.len() + 16);
        let mut parts = parts.iter();
        let mut rest = self.path;
        while let Some((before, after)) = rest.split_once('{') {
            let (_, after) = after.split_once('}').unwrap_or((after, ""));
            address.push_str(before);
            if let Some(part) = parts.next() {
                encode(&mut address, part);
            }
            rest = after;
        }
        debug_assert!(parts.next().is_none(), "{} has fewer parts", self.path);
        address.push_str(rest);
        address
    }
}

/// The part of an address after the question mark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Query(String);

impl Query {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
    }

    pub(crate) fn with(mut self, name: &str, value: impl Display) -> Self {
        self.name(name);
        encode(&mut self.0, &value);
        self
    }

    /// The same with one more parameter, where there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with one more parameter where it holds; what is not so by default is never said.
    pub(crate) fn with_flag(self, name: &str, holds: bool) -> Self {
        if holds { self.with(name, true) } else { self }
    }

    /// The same with a list between commas, where it is not empty.
    pub(crate) fn with_list(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = impl Display>,
    ) -> Self {
        for (index, value) in values.into_iter().enumerate() {
            if index == 0 {
                self.name(name);
            } else {
                self.0.push(',');
            }
            encode(&mut self.0, &value);
        }
        self
    }
}

/// Writes into an address what is safe there as it is, and encodes the rest.
struct Encoded<'a>(&'a mut String);

impl Write for Encoded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        encode_into(self.0, text);
        Ok(())
    }
}

fn encode(address: &mut String, value: &dyn Display) {
    // Writing to a string cannot fail.
    let _ = write!(Encoded(address), "{value}");
}
