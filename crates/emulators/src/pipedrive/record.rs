//! What the account remembers, as typed rows: what every record has, and the values of custom fields.
//!
//! In: nothing. Out: the types every other file here works with. They know no request and no answer.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::kinds::{
    ActivityDetails, DealDetails, Entity, LeadDetails, Links, PipelineDetails, ProductDetails,
    StageDetails, Status,
};

/// One record of any kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: i64,
    /// A deal's title, an activity's subject.
    pub(super) name: String,
    pub(super) owner_id: i64,
    /// Seconds.
    pub(super) add_time: i64,
    /// Seconds; nothing until the first change.
    pub(super) update_time: Option<i64>,
    pub(super) visible_to: u8,
    pub(super) label_ids: Vec<i64>,
    /// By the field's number. A field that is not here is unset.
    pub(super) custom: Vec<(u32, CustomValue)>,
    pub(super) is_deleted: bool,
    pub(super) details: Details,
}

impl Record {
    pub(super) fn custom_value(&self, field: u32) -> Option<&CustomValue> {
        self.custom
            .iter()
            .find(|(id, _)| *id == field)
            .map(|(_, value)| value)
    }

    pub(super) fn set_custom(&mut self, field: u32, value: Option<CustomValue>) {
        let place = self.custom.iter().position(|(id, _)| *id == field);
        match (place, value) {
            (Some(place), Some(value)) => self.custom[place].1 = value,
            (Some(place), None) => {
                self.custom.remove(place);
            }
            (None, Some(value)) => {
                let place = self.custom.partition_point(|(id, _)| *id < field);
                self.custom.insert(place, (field, value));
            }
            (None, None) => {}
        }
    }

    pub(super) fn entity(&self) -> Entity {
        match &self.details {
            Details::Person(_) => Entity::Person,
            Details::Organization(_) => Entity::Organization,
            Details::Pipeline(_) => Entity::Pipeline,
            Details::Stage(_) => Entity::Stage,
            Details::Deal(_) => Entity::Deal,
            Details::Product(_) => Entity::Product,
            Details::Lead(_) => Entity::Lead,
            Details::Activity(_) => Entity::Activity,
        }
    }

    /// Whether it takes one of the places for open deals that the plan has.
    pub(super) fn counts_as_open(&self) -> bool {
        let is_open = |deal: &DealDetails| deal.status == Status::Open && !deal.is_archived;
        let is_waiting = |lead: &LeadDetails| !lead.is_archived;
        !self.is_deleted
            && (self.deal().is_some_and(is_open) || self.lead().is_some_and(is_waiting))
    }

    pub(super) fn links(&self) -> Links {
        self.entity().kind().links(self)
    }

    pub(super) fn org_id(&self) -> Option<i64> {
        self.person().and_then(|person| person.org_id)
    }

    /// Sets the name and, for a person, the two parts the vendor cuts it into: the last word is the last name.
    pub(super) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        if let Some(person) = self.person_mut() {
            let trimmed = name.trim();
            (person.first_name, person.last_name) = match trimmed.rsplit_once(char::is_whitespace) {
                Some((first, last)) => (Some(first.trim_end().to_owned()), Some(last.to_owned())),
                None => (Some(trimmed.to_owned()), None),
            };
        }
    }
}

/// A look at the details of one kind; nothing when the record is of another.
macro_rules! details {
    ($($name:ident $name_mut:ident $variant:ident $details:ty;)*) => {
        impl Record {
            $(
                pub(super) fn $name(&self) -> Option<&$details> {
                    if let Details::$variant(details) = &self.details {
                        return Some(details);
                    }
                    None
                }

                pub(super) fn $name_mut(&mut self) -> Option<&mut $details> {
                    if let Details::$variant(details) = &mut self.details {
                        return Some(details);
                    }
                    None
                }
            )*
        }
    };
}

details! {
    person person_mut Person PersonDetails;
    organization organization_mut Organization OrganizationDetails;
    pipeline pipeline_mut Pipeline PipelineDetails;
    stage stage_mut Stage StageDetails;
    deal deal_mut Deal DealDetails;
    product product_mut Product ProductDetails;
    lead lead_mut Lead LeadDetails;
    activity activity_mut Activity ActivityDetails;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Details {
    Person(PersonDetails),
    Organization(OrganizationDetails),
    Pipeline(PipelineDetails),
    Stage(StageDetails),
    Deal(Box<DealDetails>),
    Product(Box<ProductDetails>),
    Lead(Box<LeadDetails>),
    Activity(Box<ActivityDetails>),
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct PersonDetails {
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) org_id: Option<i64>,
    pub(super) phones: Vec<Channel>,
    pub(super) emails: Vec<Channel>,
    /// Only when the company has contact sync.
    pub(super) contact_sync: Option<Box<ContactSync>>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ContactSync {
    pub(super) notes: Option<String>,
    pub(super) im: Vec<Channel>,
    pub(super) birthday: Option<String>,
    pub(super) job_title: Option<String>,
    pub(super) postal_address: Option<Address>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OrganizationDetails {
    pub(super) website: Option<String>,
    pub(super) linkedin: Option<String>,
    pub(super) industry: Option<i64>,
    pub(super) annual_revenue: Option<i64>,
    pub(super) employee_count: Option<i64>,
    pub(super) address: Option<Box<Address>>,
}

/// One e-mail address, phone number or messenger account. The order of the keys is that of the answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Channel {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) primary: bool,
}

/// An address as one text, and the parts a caller may have sent along.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) value: String,
    pub(super) parts: [Option<String>; ADDRESS_PARTS.len()],
}

/// In the order of the answers. The first is left out where it is unset.
pub(super) const ADDRESS_PARTS: [&str; 10] = [
    "subpremise",
    "street_number",
    "route",
    "sublocality",
    "locality",
    "admin_area_level_1",
    "admin_area_level_2",
    "country",
    "postal_code",
    "formatted_address",
];

/// The value of a custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum CustomValue {
    Text(String),
    Number(Number),
    Money {
        value: Number,
        currency: String,
    },
    DateRange {
        from: String,
        until: String,
    },
    Time {
        value: String,
        timezone: String,
    },
    TimeRange {
        from: String,
        until: String,
        timezone: String,
    },
    Choice(i64),
    Choices(Vec<i64>),
    Reference(i64),
    Address(Box<Address>),
}
