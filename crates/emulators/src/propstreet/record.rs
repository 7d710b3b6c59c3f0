//! What the organization keeps: its kinds of records, the stamp that each has, and contacts, companies and links.
//!
//! In: nothing. Out: plain data. It has no behaviour beyond small questions about itself.

use serde::{Deserialize, Serialize};

/// Which kind of record. Those of `portfolio` are announced and noted on like the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Entity {
    Contact,
    Company,
    Link,
    Project,
    Prospect,
}

impl Entity {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Link => "link",
            Self::Project => "project",
            Self::Prospect => "prospect",
        }
    }
}

/// The kind of change that gave a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChangeKind {
    Create,
    Update,
    Delete,
}

impl ChangeKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Origin {
    Api,
    Ui,
    System,
}

impl Origin {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Ui => "ui",
            Self::System => "system",
        }
    }
}

/// What every record carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) id: u64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) deleted: Option<i64>,
    pub(super) version: u64,
    pub(super) change: ChangeKind,
    pub(super) origin: Origin,
    /// The key its create call carried.
    pub(super) idempotency_key: Option<String>,
}

impl Stamp {
    /// A record that is not kept yet.
    pub(super) const fn unkept() -> Self {
        Self {
            id: 0,
            created: 0,
            updated: 0,
            deleted: None,
            version: 0,
            change: ChangeKind::Create,
            origin: Origin::Api,
            idempotency_key: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExternalRef {
    pub(super) namespace: String,
    pub(super) id: String,
}

impl ExternalRef {
    /// Namespaces compare without case, ids with it.
    pub(super) fn key(&self) -> String {
        ref_key(&self.namespace, &self.id)
    }
}

pub(super) fn ref_key(namespace: &str, id: &str) -> String {
    let mut key = namespace.to_lowercase();
    key.push('\u{0}');
    key.push_str(id);
    key
}

/// One way to reach a contact: an e-mail address or a phone number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reach {
    pub(super) value: String,
    pub(super) kind: Option<String>,
    pub(super) primary: bool,
}

/// The value of the primary one.
pub(super) fn primary_of(reaches: &[Reach]) -> Option<&str> {
    reaches
        .iter()
        .find(|reach| reach.primary)
        .map(|reach| reach.value.as_str())
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contact {
    pub(super) stamp: Stamp,
    pub(super) refs: Vec<ExternalRef>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) emails: Vec<Reach>,
    pub(super) phones: Vec<Reach>,
    pub(super) linked_in: Option<String>,
    pub(super) language: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) strategy: Option<String>,
    pub(super) blocked: bool,
}

impl Contact {
    pub(super) const fn empty() -> Self {
        Self {
            stamp: Stamp::unkept(),
            refs: Vec::new(),
            first_name: None,
            last_name: None,
            emails: Vec::new(),
            phones: Vec::new(),
            linked_in: None,
            language: None,
            tags: Vec::new(),
            strategy: None,
            blocked: false,
        }
    }

    /// A contact must be known by something.
    pub(super) fn is_known_by_something(&self) -> bool {
        self.first_name.is_some()
            || self.last_name.is_some()
            || !self.emails.is_empty()
            || !self.phones.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Company {
    pub(super) stamp: Stamp,
    pub(super) refs: Vec<ExternalRef>,
    pub(super) name: String,
    pub(super) country: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) homepage: Option<String>,
    pub(super) linked_in: Option<String>,
    pub(super) strategy: Option<String>,
    pub(super) tags: Vec<String>,
}

impl Company {
    pub(super) const fn empty() -> Self {
        Self {
            stamp: Stamp::unkept(),
            refs: Vec::new(),
            name: String::new(),
            country: None,
            domain: None,
            homepage: None,
            linked_in: None,
            strategy: None,
            tags: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) stamp: Stamp,
    pub(super) contact: u64,
    pub(super) company: u64,
    pub(super) job_title: Option<String>,
    pub(super) primary: bool,
}

/// What the tables need to know of a record.
pub(super) trait Row {
    fn stamp(&self) -> &Stamp;
    fn stamp_mut(&mut self) -> &mut Stamp;
    /// The contact and company a link joins; nothing for the others.
    fn ends(&self) -> Option<(u64, u64)> {
        None
    }
    /// What lists can be narrowed by, such as `status=open`.
    fn facets(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Row for Contact {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
}

impl Row for Company {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
}

impl Row for Link {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
    fn ends(&self) -> Option<(u64, u64)> {
        Some((self.contact, self.company))
    }
}
