//! Field definitions: the built-in fields of persons and organizations, and the custom ones made by users.
//!
//! In: calls that make, rename and remove fields and options. Out: the catalog that writing and rendering look things up
//! in. It touches no record: whoever removes a field or an option removes the stored values too.

use serde::{Deserialize, Serialize};

use super::kinds::Entity;
use super::record::{CustomValue, Record};

/// The fields that every company has: code, name and type.
const PERSON: [(&str, &str, FieldKind); 13] = [
    ("name", "Name", FieldKind::Varchar),
    ("label_ids", "Labels", FieldKind::Set),
    ("first_name", "First name", FieldKind::Varchar),
    ("last_name", "Last name", FieldKind::Varchar),
    ("phones", "Phone", FieldKind::Phone),
    ("emails", "Email", FieldKind::Varchar),
    ("id", "ID", FieldKind::Int),
    ("org_id", "Organization", FieldKind::Org),
    ("owner_id", "Owner", FieldKind::User),
    ("add_time", "Person created", FieldKind::Date),
    ("update_time", "Update time", FieldKind::Date),
    ("visible_to", "Visible to", FieldKind::VisibleTo),
    ("picture_id", "Profile picture", FieldKind::Picture),
];
const ORGANIZATION: [(&str, &str, FieldKind); 13] = [
    ("name", "Name", FieldKind::Varchar),
    ("label_ids", "Labels", FieldKind::Set),
    ("id", "ID", FieldKind::Int),
    ("owner_id", "Owner", FieldKind::User),
    ("address", "Address", FieldKind::Address),
    ("add_time", "Organization created", FieldKind::Date),
    ("update_time", "Update time", FieldKind::Date),
    ("visible_to", "Visible to", FieldKind::VisibleTo),
    ("website", "Website", FieldKind::Varchar),
    ("linkedin", "LinkedIn profile", FieldKind::Varchar),
    ("industry", "Industry", FieldKind::Enum),
    ("annual_revenue", "Annual revenue", FieldKind::Int),
    ("employee_count", "Number of employees", FieldKind::Int),
];
const DEAL: [(&str, &str, FieldKind); 14] = [
    ("title", "Title", FieldKind::Varchar),
    ("value", "Value", FieldKind::Double),
    ("currency", "Currency", FieldKind::Varchar),
    ("label_ids", "Labels", FieldKind::Set),
    ("id", "ID", FieldKind::Int),
    ("person_id", "Contact person", FieldKind::People),
    ("org_id", "Organization", FieldKind::Org),
    ("owner_id", "Owner", FieldKind::User),
    (
        "expected_close_date",
        "Expected close date",
        FieldKind::Date,
    ),
    ("lost_reason", "Lost reason", FieldKind::Varchar),
    ("probability", "Probability", FieldKind::Int),
    ("add_time", "Deal created", FieldKind::Date),
    ("update_time", "Update time", FieldKind::Date),
    ("visible_to", "Visible to", FieldKind::VisibleTo),
];
const ACTIVITY: [(&str, &str, FieldKind); 15] = [
    ("subject", "Subject", FieldKind::Varchar),
    ("type", "Type", FieldKind::Varchar),
    ("due_date", "Due date", FieldKind::Date),
    ("due_time", "Due time", FieldKind::Time),
    ("duration", "Duration", FieldKind::Time),
    ("note", "Note", FieldKind::Text),
    ("public_description", "Public description", FieldKind::Text),
    ("location", "Location", FieldKind::Address),
    ("priority", "Priority", FieldKind::Enum),
    ("id", "ID", FieldKind::Int),
    ("person_id", "Contact person", FieldKind::People),
    ("org_id", "Organization", FieldKind::Org),
    ("owner_id", "Assigned to user", FieldKind::User),
    ("add_time", "Add time", FieldKind::Date),
    ("update_time", "Update time", FieldKind::Date),
];
const PRODUCT: [(&str, &str, FieldKind); 11] = [
    ("name", "Name", FieldKind::Varchar),
    ("code", "Product code", FieldKind::Varchar),
    ("category", "Category", FieldKind::Enum),
    ("unit", "Unit", FieldKind::Varchar),
    ("description", "Description", FieldKind::Text),
    ("tax", "Tax", FieldKind::Double),
    ("id", "ID", FieldKind::Int),
    ("owner_id", "Owner", FieldKind::User),
    ("add_time", "Product created", FieldKind::Date),
    ("update_time", "Update time", FieldKind::Date),
    ("visible_to", "Visible to", FieldKind::VisibleTo),
];

/// Types of fields, as they are spelled on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldKind {
    Varchar,
    VarcharAuto,
    Text,
    Double,
    Monetary,
    Date,
    Daterange,
    Time,
    Timerange,
    Set,
    Enum,
    Phone,
    Address,
    Org,
    People,
    User,
    // Built-in fields only.
    Int,
    Picture,
    VisibleTo,
}

impl FieldKind {
    /// The kinds a user may make.
    pub(super) fn creatable(name: &str) -> Option<Self> {
        Some(match name {
            "varchar" => Self::Varchar,
            "varchar_auto" => Self::VarcharAuto,
            "text" => Self::Text,
            "double" => Self::Double,
            "monetary" => Self::Monetary,
            "date" => Self::Date,
            "daterange" => Self::Daterange,
            "time" => Self::Time,
            "timerange" => Self::Timerange,
            "set" => Self::Set,
            "enum" => Self::Enum,
            "phone" => Self::Phone,
            "address" => Self::Address,
            "org" => Self::Org,
            "people" => Self::People,
            "user" => Self::User,
            _ => return None,
        })
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Varchar => "varchar",
            Self::VarcharAuto => "varchar_auto",
            Self::Text => "text",
            Self::Double => "double",
            Self::Monetary => "monetary",
            Self::Date => "date",
            Self::Daterange => "daterange",
            Self::Time => "time",
            Self::Timerange => "timerange",
            Self::Set => "set",
            Self::Enum => "enum",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::Org => "org",
            Self::People => "people",
            Self::User => "user",
            Self::Int => "int",
            Self::Picture => "picture",
            Self::VisibleTo => "visible_to",
        }
    }

    /// Whether searches look at texts of this type.
    pub(super) const fn is_searchable(self) -> bool {
        matches!(
            self,
            Self::Varchar | Self::VarcharAuto | Self::Text | Self::Phone
        )
    }

    pub(super) const fn has_options(self) -> bool {
        matches!(self, Self::Set | Self::Enum)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FieldOption {
    pub(super) id: i64,
    pub(super) label: String,
    pub(super) color: Option<String>,
    /// Seconds.
    pub(super) add_time: i64,
    pub(super) update_time: Option<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Field {
    pub(super) id: u32,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) kind: FieldKind,
    pub(super) options: Vec<FieldOption>,
    pub(super) is_custom: bool,
}

impl Field {
    pub(super) fn option(&self, id: i64) -> Option<&FieldOption> {
        self.options.iter().find(|option| option.id == id)
    }
}

/// All fields of one entity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Catalog {
    pub(super) fields: Vec<Field>,
    next_id: u32,
}

impl Catalog {
    /// The fields every account has.
    pub(super) fn built_in(entity: Entity) -> Self {
        let of_entity: &[_] = match entity {
            Entity::Person => &PERSON,
            Entity::Organization => &ORGANIZATION,
            Entity::Deal => &DEAL,
            Entity::Product => &PRODUCT,
            Entity::Activity => &ACTIVITY,
            Entity::Pipeline | Entity::Stage | Entity::Lead => &[],
        };
        let mut catalog = Self {
            fields: Vec::new(),
            next_id: 1,
        };
        for (code, name, kind) in of_entity {
            catalog.add(code, name, *kind, false);
        }
        catalog
    }

    /// A new field at the end; its number.
    pub(super) fn add(&mut self, code: &str, name: &str, kind: FieldKind, is_custom: bool) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.fields.push(Field {
            id,
            code: code.to_owned(),
            name: name.to_owned(),
            description: None,
            kind,
            options: Vec::new(),
            is_custom,
        });
        id
    }

    pub(super) fn by_code(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == code)
    }

    pub(super) fn by_code_mut(&mut self, code: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|field| field.code == code)
    }

    /// A custom field by the name users see.
    pub(super) fn custom_by_name(&self, name: &str) -> Option<&Field> {
        self.custom().find(|field| field.name == name)
    }

    pub(super) fn custom_by_code(&self, code: &str) -> Option<&Field> {
        self.custom().find(|field| field.code == code)
    }

    pub(super) fn custom(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.is_custom)
    }

    /// Every custom field with the record's value of it.
    pub(super) fn values_of<'a>(
        &'a self,
        record: &'a Record,
    ) -> impl Iterator<Item = (&'a Field, Option<&'a CustomValue>)> {
        self.custom()
            .map(|field| (field, record.custom_value(field.id)))
    }

    pub(super) fn labels(&self) -> &[FieldOption] {
        self.by_code("label_ids")
            .map_or(&[], |field| &field.options)
    }

    pub(super) fn remove(&mut self, code: &str) -> Option<Field> {
        let place = self
            .fields
            .iter()
            .position(|field| field.is_custom && field.code == code)?;
        Some(self.fields.remove(place))
    }
}
