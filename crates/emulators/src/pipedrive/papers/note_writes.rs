//! What a write may say of a note.
//!
//! In: a body and the note as it is. Out: the note as it shall be, or every violation at once. It stores nothing.

use serde_json::{Map, Value};

use super::super::PipedriveEmulator;
use super::super::json::parse_spaced;
use super::super::records::Actor;
use super::super::reply::{Reply, Violation};
use super::notes::{Note, PINS};

const CONTENT_MAX: usize = 100_000;

impl PipedriveEmulator {
    pub(super) fn apply_note(
        &self,
        note: &mut Note,
        body: &Map<String, Value>,
        actor: Actor,
        creating: bool,
    ) -> Result<(), Reply> {
        let mut violations = Vec::new();
        if creating && !body.contains_key("content") {
            violations.push(Violation::new("content", "is required"));
        }
        for (key, value) in body {
            if key == "user_id" && !self.is_admin(actor) && value.as_i64() != Some(actor.user_id) {
                return Err(Reply::forbidden());
            }
            match self.apply_note_key(note, key, value, creating) {
                Ok(true) => {}
                Ok(false) if self.config.switches.unknown_parameters_are_ignored => {}
                Ok(false) => violations.push(Violation::not_allowed(key)),
                Err(reason) => violations.push(Violation::new(key, reason)),
            }
        }
        if let Some(deal) = note.links.deal {
            let (person, organization) = self.contacts_of_deal(deal);
            note.links.person = note.links.person.or(person);
            note.links.organization = note.links.organization.or(organization);
        }
        if violations.is_empty() && note.links.is_none() {
            let reason = "one of deal_id, person_id, org_id and lead_id is required";
            violations.push(Violation::new("note", reason));
        }
        let links = &note.links;
        let pinnable = [
            links.deal.is_some(),
            links.person.is_some(),
            links.organization.is_some(),
            links.lead.is_some(),
            false,
            false,
        ];
        for (place, name) in PINS.iter().enumerate() {
            if note.pinned[place] && !pinnable[place] {
                violations.push(Violation::new(
                    name,
                    "needs the id of what the note is pinned to",
                ));
            }
        }
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Reply::invalid(&violations))
        }
    }

    /// Whether the key is known, or why its value is refused.
    fn apply_note_key(
        &self,
        note: &mut Note,
        key: &str,
        value: &Value,
        creating: bool,
    ) -> Result<bool, String> {
        let live = |entity: &str| self.optional_reference(entity, value);
        match key {
            "content" => {
                let content = value.as_str().filter(|text| !text.trim().is_empty());
                let content = content.ok_or("must be a non-empty string")?;
                if content.len() > CONTENT_MAX {
                    return Err("must be at most 100000 bytes long".to_owned());
                }
                note.content = without_scripts(content);
            }
            "deal_id" => note.links.deal = live("deal")?,
            "person_id" => note.links.person = live("person")?,
            "org_id" => note.links.organization = live("organization")?,
            "lead_id" => note.links.lead = self.optional_lead(value)?,
            "project_id" | "task_id" if !value.is_null() => {
                return Err("does not exist".to_owned());
            }
            "project_id" | "task_id" => {}
            "user_id" => {
                let user = value.as_i64().filter(|id| self.state.user(*id).is_some());
                note.user_id = user.ok_or("user does not exist")?;
            }
            "add_time" if creating => {
                let time = value.as_str().and_then(parse_spaced);
                note.add_time = time.ok_or("must be a time in the form YYYY-MM-DD HH:MM:SS")?;
            }
            _ => {
                let Some(place) = PINS.iter().position(|pin| *pin == key) else {
                    return Ok(false);
                };
                note.pinned[place] = match value.as_i64() {
                    Some(0) => false,
                    Some(1) => true,
                    Some(_) | None => return Err("must be 0 or 1".to_owned()),
                };
            }
        }
        Ok(true)
    }
}

/// The vendor cleans what users write: scripts go.
fn without_scripts(content: &str) -> String {
    let mut clean = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(start) = rest.to_ascii_lowercase().find("<script") {
        clean.push_str(&rest[..start]);
        let tail = &rest[start..];
        rest = tail
            .to_ascii_lowercase()
            .find("</script>")
            .map_or("", |end| &tail[end + "</script>".len()..]);
    }
    clean.push_str(rest);
    clean
}
