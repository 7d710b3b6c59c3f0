//! find-duplicates: companies that may be the one described.
//!
//! In: a name and perhaps a domain. Out: candidates with method and score, best first. It changes nothing.

use super::call::{Call, Reply};
use super::fields::{Fields, Given, NAME_MAX};
use super::json;
use super::normalise;
use super::problem::{Refused, invalid};
use super::record::Company;
use super::records::Records;

const CANDIDATES_MAX: usize = 20;
const SIMILAR_ENOUGH: f64 = 0.9;
const CONTAINED_SCORE: f64 = 0.85;
const SAME_NAME_SCORE: f64 = 0.95;
/// Words that say what kind of company it is, not which.
const LEGAL_FORMS: [&str; 16] = [
    "ab", "publ", "hb", "kb", "as", "asa", "a/s", "aps", "p/s", "oy", "oyj", "abp", "ltd", "gmbh",
    "group", "holding",
];

struct Candidate<'a> {
    company: &'a Company,
    method: &'static str,
    score: f64,
}

pub(super) fn post(records: &Records, call: &Call<'_>) -> Result<Reply, Refused> {
    call.only_parameters(&[])?;
    let body = call.json()?;
    let mut fields = Fields::of(
        &body,
        &["name", "countryCode", "domain", "homepageUrl"],
        call.reading.strict,
    )?;
    let name = fields.text("name", NAME_MAX);
    let country = fields.shaped(
        "countryCode",
        NAME_MAX,
        "This is no ISO 3166-1 alpha-2 code.",
        normalise::country,
    );
    let domain = fields.shaped(
        "domain",
        NAME_MAX,
        "This is no domain name.",
        normalise::domain,
    );
    let homepage = fields.shaped(
        "homepageUrl",
        NAME_MAX,
        "This is no http or https address.",
        normalise::homepage_domain,
    );
    fields.finish()?;
    let name = name
        .value()
        .ok_or_else(|| invalid("name", "This is required."))?;
    let domain = homepage.value().or_else(|| domain.value());
    let mut candidates = candidates(records, name, domain, &country);
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score));
    candidates.truncate(CANDIDATES_MAX);
    let mut out = String::from("{\"duplicates\":");
    json::list(&mut out, '[', &candidates, write);
    out.push('}');
    Ok(Reply::ok(out))
}

fn candidates<'a>(
    records: &'a Records,
    name: &str,
    domain: Option<&String>,
    country: &Given<String>,
) -> Vec<Candidate<'a>> {
    let words = words(name);
    let living = records
        .companies
        .all()
        .filter(|company| company.stamp.deleted.is_none());
    living
        .filter_map(|company| {
            if domain.is_some() && company.domain.as_ref() == domain {
                return Some(Candidate {
                    company,
                    method: "Domain",
                    score: 1.0,
                });
            }
            let elsewhere = country
                .value()
                .is_some_and(|country| company.country.as_ref().is_some_and(|own| own != country));
            let (method, score) =
                alike(&words, &self::words(&company.name)).filter(|_| !elsewhere)?;
            Some(Candidate {
                company,
                method,
                score,
            })
        })
        .collect()
}

fn words(name: &str) -> Vec<String> {
    name.to_lowercase()
        .split(|letter: char| letter.is_whitespace() || "(),.".contains(letter))
        .filter(|word| !word.is_empty() && !LEGAL_FORMS.contains(word))
        .map(str::to_owned)
        .collect()
}

fn alike(one: &[String], other: &[String]) -> Option<(&'static str, f64)> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other {
        return Some(("NormalizedName", SAME_NAME_SCORE));
    }
    let (few, many) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if few.len() >= 2 && few.iter().all(|word| many.contains(word)) {
        return Some(("TokenContainment", CONTAINED_SCORE));
    }
    let score = jaro_winkler(&one.join(" "), &other.join(" "));
    (score >= SIMILAR_ENOUGH).then_some(("JaroWinkler", score))
}

/// Similarity from 0 to 1: shared letters near each other, more for a shared beginning.
fn jaro_winkler(one: &str, other: &str) -> f64 {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let reach = (one.len().max(other.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; other.len()];
    let mut matched = Vec::new();
    for (at, letter) in one.iter().enumerate() {
        let until = (at + reach + 1).min(other.len());
        let found = (at.saturating_sub(reach)..until)
            .find(|&place| !taken[place] && other[place] == *letter);
        if let Some(place) = found {
            taken[place] = true;
            matched.push(*letter);
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let in_other = other
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| **taken)
        .map(|(letter, _)| letter);
    let swapped = matched
        .iter()
        .zip(in_other)
        .filter(|(one, other)| one != other)
        .count();
    let share = |part: usize, whole: usize| {
        f64::from(u32::try_from(part).unwrap_or(0)) / f64::from(u32::try_from(whole).unwrap_or(1))
    };
    let in_place = share(2 * matched.len() - swapped, 2 * matched.len());
    let jaro =
        (share(matched.len(), one.len()) + share(matched.len(), other.len()) + in_place) / 3.0;
    let beginning = one
        .iter()
        .zip(&other)
        .take(4)
        .take_while(|(one, other)| one == other)
        .count();
    jaro + share(beginning, 10) * (1.0 - jaro)
}

fn write(out: &mut String, candidate: &Candidate<'_>) {
    out.push_str("{\"id\":");
    json::id(out, candidate.company.stamp.id);
    json::key_text(out, "name", Some(&candidate.company.name));
    json::key_text(out, "countryCode", candidate.company.country.as_deref());
    json::key_text(out, "domain", candidate.company.domain.as_deref());
    json::key_text(out, "method", Some(candidate.method));
    json::key(out, "score");
    out.push_str(&format!("{:.4}", candidate.score));
    out.push('}');
}
