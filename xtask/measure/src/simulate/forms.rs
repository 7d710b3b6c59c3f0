//! The forms that users fill in: one field of one record, as each side's screen writes it.
//!
//! In: a record and a field. Out: the edit, done, in words; nothing when there is nothing to change or the screen refuses.

use emulators::Moment;
use emulators::pipedrive::Entity;
use model::{Kind, Side};
use rand::RngExt;
use serde_json::{Value, json};

use super::sales::forms::{DEAL, DealForm};
use super::words::{LABEL_ONLY_THERE, LABELS};
use super::world::{Place, World};

/// A value that can come back is written so often to one record, lest the engine takes users for a loop.
const TOGGLES_MAX: u32 = 3;

/// One field as users know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Name,
    Email,
    Phone,
    NoPhone,
    Tag,
    Strategy,
    Title,
    Organization,
    Domain,
    Number,
    /// Something that does not travel.
    Own,
    /// A second address or number, which does not travel either.
    Second,
    Deal(DealForm),
}

const PERSON: [(Form, u32); 10] = [
    (Form::Name, 18),
    (Form::Email, 12),
    (Form::Phone, 14),
    (Form::NoPhone, 2),
    (Form::Tag, 12),
    (Form::Strategy, 12),
    (Form::Title, 10),
    (Form::Organization, 10),
    (Form::Own, 5),
    (Form::Second, 5),
];
const ORGANIZATION: [(Form, u32); 4] = [
    (Form::Name, 40),
    (Form::Domain, 25),
    (Form::Number, 15),
    (Form::Own, 20),
];

impl Form {
    pub(super) fn pick(world: &mut World, place: &Place) -> Self {
        let forms: &[(Self, u32)] = match place.1 {
            Kind::Person => &PERSON,
            Kind::Deal => &DEAL,
            Kind::Organization | Kind::Note => &ORGANIZATION,
        };
        let all: u32 = forms.iter().map(|(_, weight)| weight).sum();
        let mut drawn = world.random.random_range(0..all);
        for (form, weight) in forms {
            if drawn < *weight {
                return *form;
            }
            drawn -= weight;
        }
        Self::Name
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::NoPhone => "phone (cleared)",
            Self::Tag => "tags",
            Self::Strategy => "strategy",
            Self::Title => "job title",
            Self::Organization => "organization",
            Self::Domain => "domain",
            Self::Number => "organization number",
            Self::Own => "something of its own",
            Self::Second => "a second address",
            Self::Deal(form) => form.name(),
        }
    }

    const fn can_come_back(self) -> bool {
        match self {
            Self::NoPhone | Self::Tag | Self::Organization => true,
            Self::Deal(form) => form.can_come_back(),
            Self::Name
            | Self::Email
            | Self::Phone
            | Self::Strategy
            | Self::Title
            | Self::Domain
            | Self::Number
            | Self::Own
            | Self::Second => false,
        }
    }

    /// Writes a new value; answers it in words.
    pub(super) fn fill_in(
        self,
        world: &mut World,
        place: &Place,
        record: &Value,
        now: Moment,
    ) -> Option<String> {
        if self.can_come_back() {
            let written = world
                .toggles
                .entry((place.clone(), self.name()))
                .or_default();
            if *written >= TOGGLES_MAX {
                return None;
            }
            *written += 1;
        }
        match (place.0, place.1) {
            (Side::Pipedrive, Kind::Person) => self.person(world, place, record, now),
            (Side::Pipedrive, Kind::Organization) => self.organization(world, place, now),
            (Side::Propstreet, Kind::Person) => self.contact(world, place, record, now),
            (Side::Propstreet, Kind::Organization) => self.company(world, place, record, now),
            (Side::Pipedrive, Kind::Deal) => self.of_deal()?.deal(world, (place, record), now),
            (Side::Propstreet, Kind::Deal) => self.of_deal()?.project(world, (place, record), now),
            (Side::Pipedrive | Side::Propstreet, Kind::Note) => None,
        }
    }

    /// What was done, for the count of events.
    pub(super) const fn verb(self) -> &'static str {
        match self {
            Self::Deal(form) => form.verb(),
            Self::Name
            | Self::Email
            | Self::Phone
            | Self::NoPhone
            | Self::Tag
            | Self::Strategy
            | Self::Title
            | Self::Organization
            | Self::Domain
            | Self::Number
            | Self::Own
            | Self::Second => "edited",
        }
    }

    const fn of_deal(self) -> Option<DealForm> {
        match self {
            Self::Deal(form) => Some(form),
            Self::Name => Some(DealForm::Name),
            Self::Email
            | Self::Phone
            | Self::NoPhone
            | Self::Tag
            | Self::Strategy
            | Self::Title
            | Self::Organization
            | Self::Domain
            | Self::Number
            | Self::Own
            | Self::Second => None,
        }
    }

    fn person(
        self,
        world: &mut World,
        place: &Place,
        record: &Value,
        now: Moment,
    ) -> Option<String> {
        let houses = world.live_ids(Side::Pipedrive, Kind::Organization);
        let label = world.pick(&LABELS)?;
        let house = world.pick(&houses);
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name => json!({"name": words.full_name(random)}),
            Self::Email => json!({"emails": with_primary(&record["emails"], words.email(random))}),
            Self::Phone => json!({"phones": with_primary(&record["phones"], words.phone(random))}),
            Self::NoPhone => json!({"phones": without_primary(&record["phones"])}),
            Self::Tag => {
                json!({"labels": toggled(&labels_of(record, &world.codes.labels), label)})
            }
            Self::Strategy => {
                json!({"custom_fields": {"investor_strategy": words.strategy(random)}})
            }
            Self::Title => json!({"custom_fields": {"job_title": words.title(random)}}),
            Self::Organization if random.random_range(0..6) == 0 => json!({"org_id": null}),
            Self::Organization => json!({"org_id": house?.parse::<i64>().ok()?}),
            Self::Own => json!({"visible_to": if record["visible_to"] == 3 { 1 } else { 3 }}),
            Self::Second => json!({"emails": with_another(&record["emails"], words.email(random))}),
            Self::Domain | Self::Number | Self::Deal(_) => return None,
        };
        world
            .pipedrive
            .screen(now)
            .edit(Entity::Person, place.2.parse().ok()?, &fields)
            .ok()?;
        Some(fields.to_string())
    }

    fn organization(self, world: &mut World, place: &Place, now: Moment) -> Option<String> {
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name => json!({"name": words.house(random)}),
            Self::Domain => json!({"custom_fields": {"domain": words.domain(random)}}),
            Self::Number => {
                let number = words.organization_number();
                json!({"custom_fields": {"org_number": format!("{}-{}", &number[..6], &number[6..])}})
            }
            Self::Own => json!({"employee_count": random.random_range(1..500)}),
            Self::Email
            | Self::Phone
            | Self::NoPhone
            | Self::Tag
            | Self::Strategy
            | Self::Title
            | Self::Organization
            | Self::Second
            | Self::Deal(_) => return None,
        };
        world
            .pipedrive
            .screen(now)
            .edit(Entity::Organization, place.2.parse().ok()?, &fields)
            .ok()?;
        Some(fields.to_string())
    }

    fn contact(
        self,
        world: &mut World,
        place: &Place,
        record: &Value,
        now: Moment,
    ) -> Option<String> {
        if matches!(self, Self::Organization | Self::Title) {
            return self.link(world, place, now);
        }
        let label = world.pick(&[LABELS[0], LABELS[1], LABELS[2], LABELS[3], LABEL_ONLY_THERE])?;
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name if random.random::<bool>() => json!({"lastName": words.family_name(random)}),
            Self::Name => {
                json!({"firstName": words.given_name(), "lastName": words.family_name(random)})
            }
            Self::Email => json!({"email": words.email(random)}),
            Self::Phone => json!({"phone": words.phone(random)}),
            Self::NoPhone => json!({"phone": null}),
            Self::Tag => {
                let mut tags = toggled(&tags_of(record), label);
                tags.reverse();
                json!({ "tags": tags })
            }
            Self::Strategy => json!({"strategy": words.strategy(random)}),
            Self::Own => json!({"linkedInUrl": words.profile()}),
            Self::Second => {
                let mut emails: Vec<Value> =
                    record["emails"].as_array().cloned().unwrap_or_default();
                emails.sort_by_key(|entry| entry["isPrimary"] != true);
                emails.push(json!({"address": words.email(random)}));
                json!({ "emails": emails })
            }
            Self::Title | Self::Organization | Self::Domain | Self::Number | Self::Deal(_) => {
                return None;
            }
        };
        world.propstreet.edit_contact(&place.2, &fields, now).ok()?;
        Some(fields.to_string())
    }

    fn link(self, world: &mut World, place: &Place, now: Moment) -> Option<String> {
        let links = world.propstreet.links_of_contact(&place.2);
        let primary = links.iter().find(|link| link.is_primary);
        if self == Self::Title {
            let title = world.words.title(&mut world.random);
            world
                .propstreet
                .edit_link(&primary?.id, &json!({"jobTitle": title}), now)
                .ok()?;
            return Some(title);
        }
        if let Some(primary) = primary.filter(|_| world.random.random_range(0..6) == 0) {
            world.propstreet.delete_link(&primary.id, now).ok()?;
            return Some(format!("leaves company/{}", primary.company_id));
        }
        let houses = world.live_ids(Side::Propstreet, Kind::Organization);
        let house = world.pick(&houses)?;
        if let Some(known) = links.iter().find(|link| link.company_id == house) {
            world
                .propstreet
                .edit_link(&known.id, &json!({"isPrimary": true}), now)
                .ok()?;
            return Some(format!("mainly at company/{house}"));
        }
        let title = world.words.title(&mut world.random);
        let link = world
            .propstreet
            .add_link((&place.2, &house), Some(&title), now)
            .ok()?;
        world
            .propstreet
            .edit_link(&link, &json!({"isPrimary": true}), now)
            .ok()?;
        Some(format!("moves to company/{house}"))
    }

    fn company(
        self,
        world: &mut World,
        place: &Place,
        record: &Value,
        now: Moment,
    ) -> Option<String> {
        let (words, random) = (&mut world.words, &mut world.random);
        let fields = match self {
            Self::Name => json!({"name": words.house(random)}),
            Self::Domain => json!({"domain": words.domain(random)}),
            Self::Number => {
                let mut references: Vec<Value> = record["externalRefs"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                references.retain(|known| {
                    !known["namespace"]
                        .as_str()
                        .unwrap_or_default()
                        .starts_with("org-number-")
                });
                references
                    .push(json!({"namespace": "org-number-se", "id": words.organization_number()}));
                json!({ "externalRefs": references })
            }
            Self::Own => {
                json!({"strategy": words.strategy(random), "tags": ["Long-term", "Local"]})
            }
            Self::Email
            | Self::Phone
            | Self::NoPhone
            | Self::Tag
            | Self::Strategy
            | Self::Title
            | Self::Organization
            | Self::Second
            | Self::Deal(_) => return None,
        };
        world.propstreet.edit_company(&place.2, &fields, now).ok()?;
        Some(fields.to_string())
    }
}

fn entries(list: &Value) -> Vec<Value> {
    list.as_array().cloned().unwrap_or_default()
}

fn with_primary(list: &Value, value: String) -> Vec<Value> {
    let mut entries = entries(list);
    match entries.iter_mut().find(|entry| entry["primary"] == true) {
        Some(primary) => primary["value"] = json!(value),
        None => entries.push(json!({"value": value, "label": "work", "primary": true})),
    }
    entries
}

fn without_primary(list: &Value) -> Vec<Value> {
    entries(list)
        .into_iter()
        .filter(|entry| entry["primary"] != true)
        .collect()
}

fn with_another(list: &Value, value: String) -> Vec<Value> {
    let mut entries = entries(list);
    let is_first = entries.is_empty();
    entries.push(json!({"value": value, "label": "home", "primary": is_first}));
    entries
}

fn toggled(tags: &[String], tag: &str) -> Vec<String> {
    let mut tags = tags.to_vec();
    match tags.iter().position(|known| known == tag) {
        Some(place) => drop(tags.remove(place)),
        None => tags.push(tag.to_owned()),
    }
    tags
}

fn tags_of(record: &Value) -> Vec<String> {
    record["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn labels_of(record: &Value, labels: &std::collections::BTreeMap<i64, String>) -> Vec<String> {
    let ids = record["label_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64);
    ids.filter_map(|id| labels.get(&id).cloned()).collect()
}
