//! Fills the organization from a brokerage's address book, the way such data looks after years of hand work.
//!
//! In: a book. Out: contacts, companies and links, without events. From a shared book it takes about half, spelt a little
//! differently; each taken company can be told by its domain or its organization number, each taken person by an address.

use rand::RngExt;
use rustc_hash::FxHashMap;

use super::PropstreetEmulator;
use super::links;
use super::normalise;
use super::record::{ChangeKind, Company, Contact, ExternalRef, Origin, Reach};
use super::records::Occasion;
use crate::answer::Moment;
use crate::brokerage::{Brokerage, Company as BookCompany, Person};

const TWO_YEARS_MILLIS: i64 = 2 * 365 * 86_400_000;
const HALF: u32 = 50;

impl PropstreetEmulator {
    /// Takes about half of a book that the other side has in full.
    pub fn seed(&mut self, shared: &Brokerage, now: Moment) {
        self.take_from(shared, HALF, now);
    }

    /// Takes a whole book that only this side has.
    pub fn seed_own(&mut self, own: &Brokerage, now: Moment) {
        self.take_from(own, 100, now);
    }

    fn take_from(&mut self, book: &Brokerage, percent: u32, now: Moment) {
        let mut companies: FxHashMap<usize, u64> = FxHashMap::default();
        for (index, company) in book.companies.iter().enumerate() {
            if self.chance(percent) {
                let kept = self.book_company(company);
                if self.records.refuse_taken_company(&kept, None).is_ok() {
                    let when = self.long_ago(now);
                    companies.insert(
                        index,
                        self.records.keep_company(kept, ChangeKind::Create, &when),
                    );
                }
            }
        }
        for person in &book.people {
            if person.emails.is_empty() || !self.chance(percent) {
                continue;
            }
            let kept = self.book_contact(person);
            if self.records.refuse_taken_contact(&kept, None).is_err() {
                continue;
            }
            let company = person
                .company
                .and_then(|index| companies.get(&index))
                .copied();
            let mut when = self.long_ago(now);
            if let Some(company) = company.and_then(|id| self.records.companies.row(id)) {
                when.at = when.at.max(company.stamp.updated);
            }
            let contact = self.records.keep_contact(kept, ChangeKind::Create, &when);
            if let Some(company) = company {
                self.records.take_changes();
                let title = Some(person.job_title.to_owned());
                // Both ends were kept above and the contact is new, so they are not linked yet.
                let joined = links::join(&mut self.records, (contact, company), title, &when);
                debug_assert!(
                    joined.is_ok(),
                    "a new contact and a living company can be linked"
                );
            }
            self.records.take_changes();
        }
        self.records.take_changes();
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn long_ago<'a>(&mut self, now: Moment) -> Occasion<'a> {
        let ago = self.rng.random_range(60_000..TWO_YEARS_MILLIS);
        Occasion {
            lag: 0,
            is_told: false,
            at: self.vendor_time(now.0) - ago,
            ..self.occasion(now.0, Origin::Ui)
        }
    }

    fn book_company(&mut self, company: &BookCompany) -> Company {
        let mut kept = Company::empty();
        kept.name.clone_from(&company.name);
        kept.country = Some(company.country.code().to_owned());
        let knows_domain = self.chance(80);
        if knows_domain {
            kept.domain = normalise::domain(&company.domain);
            if self.chance(50) {
                kept.homepage = Some(format!("https://www.{}", company.domain));
            }
        }
        if !knows_domain || self.chance(40) {
            let namespace = format!("org-number-{}", company.country.code().to_lowercase());
            kept.refs.push(ExternalRef {
                namespace,
                id: company.organization_number.clone(),
            });
        }
        if self.chance(70) {
            kept.tags = company
                .labels
                .iter()
                .map(|&label| label.to_owned())
                .collect();
        }
        if self.chance(60) && !company.strategies.is_empty() {
            kept.strategy = Some(company.strategies.join(", "));
        }
        kept
    }

    fn book_contact(&mut self, person: &Person) -> Contact {
        let mut kept = Contact::empty();
        kept.first_name = Some(person.first_name.clone());
        let plain_letters = self.chance(3);
        kept.last_name = Some(if plain_letters {
            without_rings_and_dots(&person.last_name)
        } else {
            person.last_name.clone()
        });
        let otherwise_spelt = self.chance(15);
        for (position, address) in person.emails.iter().enumerate() {
            let value = if otherwise_spelt {
                capitalised(address)
            } else {
                address.clone()
            };
            let kind = Some("work".to_owned()).filter(|_| position == 0);
            kept.emails.push(Reach {
                value,
                kind,
                primary: position == 0,
            });
        }
        if self.chance(85) {
            for (position, number) in person.phones.iter().enumerate() {
                let value = international(number, person);
                kept.phones.push(Reach {
                    value,
                    kind: Some("mobile".to_owned()),
                    primary: position == 0,
                });
            }
        }
        if self.chance(70) {
            kept.tags = person
                .labels
                .iter()
                .map(|&label| label.to_owned())
                .collect();
        }
        if self.chance(60) && !person.strategies.is_empty() {
            kept.strategy = Some(person.strategies.join(", "));
        }
        kept
    }
}

/// The number with its country, also where national numbers have no leading zero.
fn international(number: &str, person: &Person) -> String {
    let code = person.country.calling_code();
    let names_country = number.starts_with('+') || number.starts_with("00");
    if names_country || !person.country.trunk_prefix().is_empty() {
        return normalise::phone(number, code);
    }
    normalise::phone(&format!("+{code}{number}"), code)
}

/// `ann.berg@example.com` as some people write it: `Ann.Berg@example.com`.
fn capitalised(address: &str) -> String {
    let Some((local, host)) = address.split_once('@') else {
        return address.to_owned();
    };
    let parts = local.split('.').map(|part| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect()
        })
    });
    format!("{}@{host}", parts.collect::<Vec<String>>().join("."))
}

fn without_rings_and_dots(name: &str) -> String {
    name.chars()
        .map(|letter| match letter {
            'å' | 'ä' => 'a',
            'ö' | 'ø' => 'o',
            'Å' | 'Ä' => 'A',
            'Ö' | 'Ø' => 'O',
            'é' => 'e',
            other => other,
        })
        .collect()
}
