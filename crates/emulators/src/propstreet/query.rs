//! Query strings, forms and path segments, percent-decoded.
//!
//! In: the raw text. Out: names and values. It accepts any name.

/// The parameters of a query string in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn read(raw: &str) -> Self {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        });
        Self {
            pairs: pairs.collect(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may occur several times.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.pairs.iter().filter(move |(known, _)| known == name);
        pairs.map(|(_, value)| value.as_str())
    }

    /// Unknown and repeated parameters, each with what is wrong. Those that may be repeated are known, too.
    pub(super) fn misuses(
        &self,
        known: &[&str],
        repeatable: &[&str],
        strict: bool,
    ) -> Vec<(String, String)> {
        let mut errors = Vec::new();
        for (position, (name, _)) in self.pairs.iter().enumerate() {
            if repeatable.contains(&name.as_str()) {
                continue;
            }
            if !known.contains(&name.as_str()) {
                if strict {
                    errors.push((name.clone(), "This parameter is not known.".to_owned()));
                }
            } else if self.pairs[..position]
                .iter()
                .any(|(earlier, _)| earlier == name)
            {
                errors.push((name.clone(), "This parameter may occur once.".to_owned()));
            }
        }
        errors
    }
}

/// Percent-decoded text; in queries and forms a plus is a blank.
pub(super) fn decode(raw: &str, plus_is_blank: bool) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) if plus_is_blank => bytes.push(b' '),
            (b'%', [high, low, beyond @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = beyond;
                }
                (None, _) | (_, None) => bytes.push(b'%'),
            },
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(letter: u8) -> Option<u8> {
    char::from(letter)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
