//! `[workspace]`: one Pipedrive company joined with one Propstreet organization.

use model::canonical::country::{Country, country};

use super::section::Section;

pub(super) const NAME_LENGTH_MAX: usize = 40;

/// Which workspace this program serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Part of the webhook addresses.
    pub name: String,
    /// Whose national phone and organization numbers are meant when a text does not say.
    pub default_country: Option<Country>,
}

impl Workspace {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let name = section
            .parsed("name", parse_name)
            .unwrap_or_else(|| "default".to_owned());
        let default_country = section
            .parsed("default_country", parse_country)
            .unwrap_or_else(|| country("SE"));
        section.finish();
        Self {
            name,
            default_country,
        }
    }
}

fn parse_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.len() <= NAME_LENGTH_MAX && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" is part of an address: at most {NAME_LENGTH_MAX} lower-case letters, digits and dashes"
    ))
}

fn parse_country(text: &str) -> Result<Option<Country>, String> {
    if text == "none" {
        return Ok(None);
    }
    country(text).map(Some).ok_or_else(|| {
        format!("\"{text}\" is no country; write a code such as \"SE\", or \"none\"")
    })
}
