//! Who comes and who goes, in plain words.
//!
//! In: a write of those who take part, or a note about one of them. Out: a sentence for each. Never decides anything.

use model::{Field, Reference, Side};

use crate::explain::Names;
use crate::members::MemberNote;
use crate::plan::Write;
use crate::sets::elements;
use crate::view::PairView;

/// One sentence for each who comes or goes.
pub(crate) fn explain_members(
    view: &PairView<'_>,
    write: &Write,
    names: &Names<'_>,
) -> Vec<String> {
    let field = Field::DealProspects;
    let (side, source) = (write.side, write.side.other());
    let before = elements(view.shown_value(side, field));
    let after = elements(write.fields.get(&field).and_then(Option::as_ref));
    let is_agreed = |name: &String| elements(view.base().get(source).get(field)).contains(name);
    let coming = after.difference(before).map(|name| {
        let who = called(name, names);
        match side {
            Side::Pipedrive => {
                format!(
                    "{side}: {who} takes part in the deal, because it is a prospect of the project."
                )
            }
            Side::Propstreet => {
                format!("{side}: {who} becomes a prospect, because it takes part in the deal.")
            }
        }
    });
    let going = before.difference(after).map(|name| {
        let who = called(name, names);
        let why = match (source, is_agreed(name)) {
            (Side::Pipedrive, true) => "it takes part in the deal no more",
            (Side::Propstreet, true) => "it is no prospect any more",
            (_, false) => "that is put back",
        };
        match side {
            Side::Pipedrive => {
                format!("{side}: {who} takes no part in the deal any more, because {why}.")
            }
            Side::Propstreet => format!("{side}: {who} is taken off the prospects, because {why}."),
        }
    });
    coming.chain(going).collect()
}

pub(crate) fn explain_member(note: &MemberNote, names: &Names<'_>) -> String {
    match note {
        MemberNote::PrimaryStays { member } => format!(
            "{} is no prospect any more and stays on the deal, because it is the deal's own person: choose another one there, \
             or clear it.",
            called(member, names)
        ),
        MemberNote::OrganizationStays { member } => format!(
            "{} is no prospect any more and stays on the deal as its own organization.",
            called(member, names)
        ),
        MemberNote::NoPlace { member } => format!(
            "{} takes part on one side only: the other one has no record that could.",
            called(member, names)
        ),
        MemberNote::MatchedStays { member } => format!(
            "{} was found by Propstreet itself and stays there alone: `deals.matched_prospects` says so.",
            called(member, names)
        ),
        MemberNote::Refused { member, by } => format!(
            "{by} has refused to add {}: look at its record there. It is asked again after a day.",
            called(member, names)
        ),
        MemberNote::Waits { member } => format!(
            "{} takes part as soon as it has a counterpart on the other side.",
            called(member, names)
        ),
    }
}

fn called(member: &str, names: &Names<'_>) -> String {
    match Reference::parse(member) {
        Some(Reference::Pair(pair)) => match names.pairs.get(&pair) {
            Some(name) => format!("\"{name}\""),
            None => format!("pair {pair}"),
        },
        Some(Reference::Unpaired(record)) => record.to_string(),
        None => member.to_owned(),
    }
}
