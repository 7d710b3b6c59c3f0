//! Everything about the engine that a person may choose. Built by the program from its configuration; defaults are sensible
//! without one. Never changed while the engine runs.

use std::collections::BTreeSet;

use model::canonical::country::Country;
use model::{Entity, Field, Kind, Side};
use plan::{Policies, StageMeaning};
use store::FieldEntity;

use crate::intake::webhooks::PipedriveCredentials;

/// How one workspace is kept in step.
#[derive(Debug, Clone)]
pub struct Settings {
    pub policies: Policies,
    /// Whose national phone numbers and organization numbers are meant when a text does not say.
    pub default_country: Option<Country>,
    pub fields: FieldNames,
    /// Which deals are kept in step with projects; `None` mirrors both only.
    pub deals: Option<DealSettings>,
    /// Which notes are kept in step; `None` mirrors them only.
    pub notes: Option<NoteSettings>,
    /// Whose field definitions are read, besides those that a name above is about.
    pub definitions_of: BTreeSet<FieldEntity>,
    /// What is mirrored beside the records that take part in pairs.
    pub mirrored: Vec<Entity>,
    /// Of which records every version is kept.
    pub versions_of: BTreeSet<Entity>,
    /// How the participants of deals are followed; `None` does not mirror them.
    pub participants: Option<ParticipantsPace>,
    /// Requests a minute for each round over what has no list of its own: prospects, and notes of Propstreet.
    pub rounds_per_minute: u32,
    /// The side on which missing records are made: both, one, or none.
    pub create_on: CreateOn,
    /// A tag that Pipedrive has no label for gets one.
    pub create_labels: bool,
    pub timing: Timing,
    pub webhooks: WebhookSettings,
    /// Lanes worked on at once, per stage.
    pub lanes_at_once: usize,
    /// Write without waiting for a person to approve the first plan.
    pub approve: bool,
}

/// Which deals are kept in step with projects, and how. Names are the readable ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealSettings {
    /// Whose deals take part.
    pub pipelines: Vec<String>,
    /// What stages mean, in the order in which they are looked through.
    pub stages: Vec<StageMeaning>,
    /// A person has written the table; otherwise it is the example of Propstreet's guide.
    pub stages_are_chosen: bool,
    /// Where the deal of a project is made: the first of the pipelines without it.
    pub new_deal_pipeline: Option<String>,
    /// The first stage of the pipeline without it.
    pub new_deal_stage: Option<String>,
    /// Name or e-mail address of a user; the user of the token without it.
    pub new_deal_owner: Option<String>,
    /// Prospects that the platform found by itself take part in the deal, too.
    pub matched_prospects: bool,
}

/// Which notes are kept in step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSettings {
    /// The kinds of records whose notes travel.
    pub of: BTreeSet<Kind>,
}

impl NoteSettings {
    /// The notes of persons, organizations and deals.
    #[must_use]
    pub fn of_all() -> Self {
        Self {
            of: BTreeSet::from([Kind::Organization, Kind::Person, Kind::Deal]),
        }
    }
}

impl DealSettings {
    /// The deals of these pipelines, with the stages of Propstreet's guide.
    #[must_use]
    pub fn of_pipelines(pipelines: Vec<String>) -> Self {
        Self {
            pipelines,
            stages: stages_of_guide(),
            stages_are_chosen: false,
            new_deal_pipeline: None,
            new_deal_stage: None,
            new_deal_owner: None,
            matched_prospects: false,
        }
    }
}

/// The table of Propstreet's guide.
#[must_use]
pub fn stages_of_guide() -> Vec<StageMeaning> {
    let rows = [
        ("Lead In", "draft", None),
        ("Property Added", "draft", None),
        ("Teaser Drafting", "active", Some("published")),
        ("Investor Outreach", "active", Some("communicated")),
        ("Due Diligence", "active", Some("communicated")),
        ("Closing", "active", Some("communicated")),
    ];
    let row = |(stage, classification, teaser): (&str, &str, Option<&str>)| StageMeaning {
        stage: stage.to_owned(),
        status: plan::OPEN.to_owned(),
        classification: Some(classification.to_owned()),
        teaser: teaser.map(str::to_owned),
    };
    rows.into_iter().map(row).collect()
}

/// How often it is looked who takes part in deals. Both become longer while the day's tokens run short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParticipantsPace {
    /// How often the open deals are listed with the number of their participants, in milliseconds.
    pub interval: i64,
    /// Within which time every open deal's participants are read, whether or not their number moves.
    pub rotation: i64,
}

impl Default for ParticipantsPace {
    /// 500 open deals take 1,440 tokens a day for their numbers and 3,333 for the rotation: with 240 reads a day because a number
    /// has moved, that is a hundredth of what it takes to read them all every ten minutes.
    fn default() -> Self {
        Self {
            interval: 10 * MINUTE,
            rotation: 36 * HOUR,
        }
    }
}

/// Where records that exist on one side only are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateOn {
    pub pipedrive: bool,
    pub propstreet: bool,
}

impl CreateOn {
    #[must_use]
    pub const fn allows(self, side: Side) -> bool {
        match side {
            Side::Pipedrive => self.pipedrive,
            Side::Propstreet => self.propstreet,
        }
    }
}

/// The readable names of the Pipedrive custom fields in use; `setup` makes those that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNames {
    pub person_marker: String,
    pub person_strategy: String,
    pub person_job_title: String,
    pub organization_marker: String,
    pub organization_domain: String,
    pub organization_number: String,
    pub deal_marker: String,
    pub deal_portfolio: String,
    pub deal_property_count: String,
    /// Empty where kinds of properties do not travel.
    pub deal_property_type: String,
    /// Empty where what prospects think does not travel.
    pub deal_classification: String,
    /// Whether the fields of deals are in use.
    pub of_deals: bool,
}

/// All waits and intervals, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How long a request whose answer was lost may still be carried out, plus how long lists may lag behind. Only after
    /// this is a lost create looked for, and only then made again.
    pub grace: i64,
    /// How long to wait for our own webhook before the changelog is read.
    pub audit_wait: i64,
    pub poll_interval: i64,
    /// How long the interval may become of what takes part in no pair, while nothing changes or tokens run short.
    pub poll_interval_longest: i64,
    /// How far a delta poll looks back behind what it has seen: list lag, clock skew and a second.
    pub poll_overlap: i64,
    pub sweep_interval: i64,
    pub definitions_interval: i64,
    /// First and longest wait of a record whose calls fail.
    pub retry_first: i64,
    pub retry_longest: i64,
    /// Failures in a row after which a record is quarantined.
    pub attempts_max: u32,
    /// How long inbox bodies are kept.
    pub inbox_bodies_kept: i64,
    /// How long a changed record has to be quiet before it is planned, and the longest that it waits for that. Nothing waits when
    /// it is 0.
    pub settle: i64,
    pub settle_longest: i64,
    /// How long versions of records are kept after they were replaced; for ever without it.
    pub versions_kept: Option<i64>,
}

/// Where the services send their webhooks and how they prove themselves.
#[derive(Debug, Clone, Default)]
pub struct WebhookSettings {
    /// The workspace's name in the address.
    pub workspace: String,
    /// What Pipedrive proves itself with; `None` takes none of its deliveries.
    pub pipedrive: Option<PipedriveCredentials>,
    /// The address under which the services reach this program, without a slash at the end. `None` polls only.
    pub public_url: Option<String>,
}

impl Settings {
    /// Of which fields of persons all entries are kept in step.
    pub(crate) fn all_of(&self) -> BTreeSet<Field> {
        let sets = [Field::PersonEmails, Field::PersonPhones].into_iter();
        sets.filter(|field| !self.policies.of(*field).direction.is_off())
            .collect()
    }

    /// Whether records of this entity are kept in the mirror.
    #[must_use]
    pub fn mirrors(&self, entity: Entity) -> bool {
        entity.is_always_paired() || self.mirrored.contains(&entity)
    }
}

impl Settings {
    /// The entities under whose records an entity is asked for. Notes are mirrored of paired records only, and projects are in pairs
    /// where pipelines are chosen.
    pub(crate) fn asked_under(&self, entity: Entity) -> impl Iterator<Item = Entity> + '_ {
        let under = entity.listed_under().iter().copied();
        under.filter(move |above| {
            self.mirrors(*above)
                && (entity != Entity::TimelineNote
                    || *above != Entity::Project
                    || self.deals.is_some())
        })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policies: Policies::default_policies(),
            default_country: model::canonical::country::country("SE"),
            fields: FieldNames::default(),
            deals: None,
            notes: None,
            definitions_of: FieldEntity::ALL.into(),
            mirrored: Vec::new(),
            versions_of: BTreeSet::new(),
            participants: None,
            rounds_per_minute: 30,
            create_on: CreateOn {
                pipedrive: true,
                propstreet: true,
            },
            create_labels: false,
            timing: Timing::default(),
            webhooks: WebhookSettings::default(),
            lanes_at_once: 16,
            approve: false,
        }
    }
}

impl Default for FieldNames {
    fn default() -> Self {
        Self {
            person_marker: "propstreet_contact_id".into(),
            person_strategy: "investor_strategy".into(),
            person_job_title: "job_title".into(),
            organization_marker: "propstreet_company_id".into(),
            organization_domain: "domain".into(),
            organization_number: "org_number".into(),
            deal_marker: "propstreet_project_id".into(),
            deal_portfolio: "is_portfolio".into(),
            deal_property_count: "property_count".into(),
            deal_property_type: String::new(),
            deal_classification: String::new(),
            of_deals: false,
        }
    }
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Default for Timing {
    fn default() -> Self {
        Self {
            grace: 90 * SECOND,
            audit_wait: MINUTE,
            poll_interval: 5 * MINUTE,
            poll_interval_longest: 30 * MINUTE,
            poll_overlap: 2 * MINUTE,
            sweep_interval: 24 * HOUR,
            definitions_interval: 24 * HOUR,
            retry_first: 5 * SECOND,
            retry_longest: HOUR,
            attempts_max: 12,
            inbox_bodies_kept: 14 * 24 * HOUR,
            settle: 0,
            settle_longest: 5 * MINUTE,
            versions_kept: None,
        }
    }
}
