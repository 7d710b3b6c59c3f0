//! `[sync]`: which records are made where, which fields flow which way and who wins.

use engine::settings::{CreateOn, Settings};
use model::{Field, Kind, Side};
use plan::{DeletePolicy, Direction, FieldPolicy, Policies, Winner};

use super::mistake::Mistake;
use super::section::Section;

const LANES_AT_ONCE_MAX: i64 = 256;

const SIDES: [(&str, Side); 2] = [
    ("pipedrive", Side::Pipedrive),
    ("propstreet", Side::Propstreet),
];
const CREATE_ON: [(&str, CreateOn); 4] = [
    (
        "both",
        CreateOn {
            pipedrive: true,
            propstreet: true,
        },
    ),
    (
        "pipedrive",
        CreateOn {
            pipedrive: true,
            propstreet: false,
        },
    ),
    (
        "propstreet",
        CreateOn {
            pipedrive: false,
            propstreet: true,
        },
    ),
    (
        "none",
        CreateOn {
            pipedrive: false,
            propstreet: false,
        },
    ),
];
const DELETES: [(&str, DeletePolicy); 3] = [
    ("unlink", DeletePolicy::Unlink),
    ("propagate", DeletePolicy::Propagate),
    ("ask", DeletePolicy::Ask),
];
/// Whether all of a person's addresses or numbers travel.
const REACHES: [(&str, bool); 2] = [("primary", false), ("all", true)];
pub(super) const DIRECTIONS: [(&str, Direction); 4] = [
    ("both", Direction::Both),
    ("to_propstreet", Direction::ToPropstreet),
    ("to_pipedrive", Direction::ToPipedrive),
    ("off", Direction::Off),
];
pub(super) const WINNERS: [(&str, Winner); 4] = [
    ("pipedrive_wins", Winner::PipedriveWins),
    ("propstreet_wins", Winner::PropstreetWins),
    ("latest", Winner::Latest),
    ("manual", Winner::Manual),
];

/// What is kept in step, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    pub policies: Policies,
    pub create_on: CreateOn,
    pub create_labels: bool,
    pub lanes_at_once: usize,
    pub approve: bool,
}

impl Sync {
    pub(super) fn read(mut section: Section<'_, '_>) -> Self {
        let default = Settings::default();
        let mut policies = default.policies;
        policies.deletes = section.choice("deletes", &DELETES, policies.deletes);
        policies.tie = section.choice("tie", &SIDES, policies.tie);
        let create_on = section.choice("create_on", &CREATE_ON, default.create_on);
        let create_labels = section.flag("create_labels", default.create_labels);
        let approve = section.flag("approve", default.approve);
        let lanes = i64::try_from(default.lanes_at_once).unwrap_or(LANES_AT_ONCE_MAX);
        let lanes = section.integer("lanes_at_once", 1..=LANES_AT_ONCE_MAX, lanes);
        // Of notes there is a section.
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Note) {
            read_fields(section.section(kind.name()), kind, &mut policies);
        }
        read_reaches(&mut section, &mut policies);
        section.finish();
        let lanes_at_once = usize::try_from(lanes).unwrap_or(default.lanes_at_once);
        Self {
            policies,
            create_on,
            create_labels,
            lanes_at_once,
            approve,
        }
    }
}

fn read_fields(mut section: Section<'_, '_>, kind: Kind, policies: &mut Policies) {
    // Whether all addresses travel is a setting of its own.
    let fields = Field::of(kind).iter().copied();
    for field in fields.filter(|field| field.primary().is_none()) {
        let told = read_policy(section.section(field.name()), policies.of(field), field);
        policies.fields.insert(field, told);
    }
    section.finish();
}

/// All addresses and numbers travel the way that the primary one does.
fn read_reaches(section: &mut Section<'_, '_>, policies: &mut Policies) {
    for all in [Field::PersonEmails, Field::PersonPhones] {
        let Some(primary) = all.primary() else {
            continue;
        };
        if section.choice(all.name(), &REACHES, false) {
            let direction = policies.of(primary).direction;
            let winner = policies.of(all).winner;
            let policy = FieldPolicy { direction, winner };
            policies.fields.insert(all, policy);
        }
    }
}

fn read_policy(mut section: Section<'_, '_>, default: FieldPolicy, field: Field) -> FieldPolicy {
    let winner = section.choice("winner", &WINNERS, default.winner);
    let mut direction = section.choice("direction", &DIRECTIONS, default.direction);
    if field == Field::DealPropertyType
        && matches!(direction, Direction::Both | Direction::ToPropstreet)
    {
        let place = section.place();
        let mistake = Mistake::new(
            place,
            "`sync.deal.property_type` can only flow to_pipedrive, or be off",
        )
        .with_help("Propstreet lets nobody change what properties a project is about");
        section.note(mistake);
        direction = default.direction;
    }
    if field == Field::OrganizationCountry
        && matches!(direction, Direction::Both | Direction::ToPipedrive)
    {
        let place = section.place();
        let mistake = Mistake::new(place, "`sync.organization.country` can only flow to_propstreet, or be off").with_help(
            "writing the country of a Pipedrive address would clear its street, city and postal code",
        );
        section.note(mistake);
        direction = default.direction;
    }
    section.finish();
    FieldPolicy { direction, winner }
}
