//! All records of the organization with their indexes, versions and the changes of the operation at hand.
//!
//! In: whole records to keep. Out: stamped records, found by id, reference or address, and the list of what changed. It
//! checks uniqueness on request; what a caller may write is decided elsewhere.

use rustc_hash::FxHashMap;

use super::normalise::email_key;
use super::portfolio::Portfolio;
use super::problem::{Refused, exists};
use super::record::{
    ChangeKind, Company, Contact, Entity, ExternalRef, Link, Origin, Stamp, ref_key,
};
use super::switches::PropstreetSwitches;
use super::table::Table;
use super::timeline::Timeline;

const FIRST_CONTACT: u64 = 5_000;
const FIRST_COMPANY: u64 = 300;
const FIRST_LINK: u64 = 90_000;
const FIRST_VERSION: u64 = 0x2b00;

/// When, by whom and how visibly something is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    /// The given time.
    pub(super) now: i64,
    /// The same moment on the vendor's clock.
    pub(super) at: i64,
    pub(super) origin: Origin,
    pub(super) lag: i64,
    pub(super) key: Option<&'a str>,
    /// The OAuth client that calls.
    pub(super) client: Option<&'a str>,
    /// Whether timelines tell of it.
    pub(super) is_told: bool,
}

/// One record that an operation changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) entity: Entity,
    pub(super) id: u64,
    pub(super) kind: ChangeKind,
}

/// The organization's records.
#[derive(Debug)]
pub(super) struct Records {
    pub(super) contacts: Table<Contact>,
    pub(super) companies: Table<Company>,
    pub(super) links: Table<Link>,
    pub(super) portfolio: Portfolio,
    pub(super) version: u64,
    pub(super) timeline: Timeline,
    /// Of the organization, as of the call at hand.
    pub(super) switches: PropstreetSwitches,
    contact_by_email: FxHashMap<String, u64>,
    contact_by_ref: FxHashMap<String, u64>,
    company_by_ref: FxHashMap<String, u64>,
    links_of_contact: FxHashMap<u64, Vec<u64>>,
    links_of_company: FxHashMap<u64, Vec<u64>>,
    changes: Vec<Change>,
}

impl Records {
    pub(super) fn empty() -> Self {
        Self::starting_after([FIRST_CONTACT, FIRST_COMPANY, FIRST_LINK], FIRST_VERSION)
    }

    pub(super) fn starting_after(last_ids: [u64; 3], version: u64) -> Self {
        let [contact, company, link] = last_ids;
        Self {
            contacts: Table::starting_after(contact),
            companies: Table::starting_after(company),
            links: Table::starting_after(link),
            portfolio: Portfolio::empty(),
            version,
            timeline: Timeline::default(),
            switches: PropstreetSwitches::default(),
            contact_by_email: FxHashMap::default(),
            contact_by_ref: FxHashMap::default(),
            company_by_ref: FxHashMap::default(),
            links_of_contact: FxHashMap::default(),
            links_of_company: FxHashMap::default(),
            changes: Vec::new(),
        }
    }

    /// What the operation changed; the next one starts with nothing.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn contact_with_email(&self, address: &str) -> Option<u64> {
        self.contact_by_email.get(&email_key(address)).copied()
    }

    /// The contact holding a reference, deleted or not.
    pub(super) fn contact_with_ref(&self, namespace: &str, id: &str) -> Option<u64> {
        self.contact_by_ref.get(&ref_key(namespace, id)).copied()
    }

    /// The company holding a reference, deleted or not.
    pub(super) fn company_with_ref(&self, namespace: &str, id: &str) -> Option<u64> {
        self.company_by_ref.get(&ref_key(namespace, id)).copied()
    }

    /// All links a contact ever had.
    pub(super) fn link_ids_of_contact(&self, id: u64) -> &[u64] {
        self.links_of_contact.get(&id).map_or(&[], Vec::as_slice)
    }

    /// All links a company ever had.
    pub(super) fn link_ids_of_company(&self, id: u64) -> &[u64] {
        self.links_of_company.get(&id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn live_links<'a>(&'a self, ids: &'a [u64]) -> impl Iterator<Item = &'a Link> {
        ids.iter().filter_map(|&id| self.links.live(id))
    }

    /// Refuses a contact whose reference or address belongs to another. `besides` is a deleted contact whose reference may
    /// be taken over.
    pub(super) fn refuse_taken_contact(
        &self,
        next: &Contact,
        besides: Option<u64>,
    ) -> Result<(), Refused> {
        let is_other = |&id: &u64| id != next.stamp.id && Some(id) != besides;
        let keeps = |&id: &u64| self.contacts.live(id).is_some() || !self.frees_references();
        refuse_taken_refs(&next.refs, |key| {
            let known = self.contact_by_ref.get(key);
            known.is_some_and(|id| is_other(id) && keeps(id))
        })?;
        for email in &next.emails {
            let known = self.contact_by_email.get(&email_key(&email.value));
            if known.is_some_and(|id| is_other(id) && self.has_address(*id, &email.value)) {
                return Err(exists("Another contact has this email address."));
            }
        }
        Ok(())
    }

    pub(super) fn refuse_taken_company(
        &self,
        next: &Company,
        besides: Option<u64>,
    ) -> Result<(), Refused> {
        let is_other = |&id: &u64| id != next.stamp.id && Some(id) != besides;
        let keeps = |&id: &u64| self.companies.live(id).is_some() || !self.frees_references();
        refuse_taken_refs(&next.refs, |key| {
            let known = self.company_by_ref.get(key);
            known.is_some_and(|id| is_other(id) && keeps(id))
        })?;
        let is_alike = |company: &Company| {
            company.stamp.deleted.is_none()
                && company.stamp.id != next.stamp.id
                && company.domain == next.domain
        };
        let has_domain = self.switches.domains_are_unique && next.domain.is_some();
        if has_domain && self.companies.all().any(is_alike) {
            return Err(exists("Another company has this domain."));
        }
        Ok(())
    }

    /// Whether what is deleted has its references no more.
    pub(super) const fn frees_references(&self) -> bool {
        self.switches.deleted_records_free_their_references
    }

    /// Whether nobody else may have the address because this contact has it.
    fn has_address(&self, id: u64, address: &str) -> bool {
        let is_it = |contact: &Contact| contact.emails.iter().any(|email| email.value == address);
        let switches = &self.switches;
        !switches.addresses_may_be_shared
            && (!switches.addresses_differ_by_case || self.contacts.live(id).is_some_and(is_it))
    }

    /// Keeps a contact under a new version, and a new id when it has none.
    pub(super) fn keep_contact(
        &mut self,
        mut next: Contact,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.contacts.take_id(), when);
        }
        let id = next.stamp.id;
        self.show_contact_a_while(id, when);
        self.renew(&mut next.stamp, kind, when);
        let old = self.contacts.row(id);
        self.timeline.contact_kept(old, &next, kind, when);
        self.put_contact(next);
        self.note(Entity::Contact, id, kind);
        id
    }

    /// Puts a stamped contact in its place in table and indexes.
    pub(super) fn put_contact(&mut self, next: Contact) {
        let id = next.stamp.id;
        if let Some(old) = self.contacts.row(id) {
            let emails: Vec<String> = old
                .emails
                .iter()
                .map(|email| email_key(&email.value))
                .collect();
            forget(&mut self.contact_by_email, emails.iter(), id);
            let keys: Vec<String> = old.refs.iter().map(ExternalRef::key).collect();
            forget(&mut self.contact_by_ref, keys.iter(), id);
        }
        let live = next.stamp.deleted.is_none();
        for reference in &next.refs {
            claim(&mut self.contact_by_ref, reference.key(), id, live);
        }
        if live {
            for email in &next.emails {
                self.contact_by_email.insert(email_key(&email.value), id);
            }
        }
        self.contacts.put(next);
    }

    /// Keeps a company under a new version, and a new id when it has none.
    pub(super) fn keep_company(
        &mut self,
        mut next: Company,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.companies.take_id(), when);
        }
        let id = next.stamp.id;
        self.show_company_a_while(id, when);
        self.renew(&mut next.stamp, kind, when);
        let old = self.companies.row(id);
        self.timeline.company_kept(old, &next, kind, when);
        self.put_company(next);
        self.note(Entity::Company, id, kind);
        id
    }

    pub(super) fn put_company(&mut self, next: Company) {
        let id = next.stamp.id;
        if let Some(old) = self.companies.row(id) {
            let keys: Vec<String> = old.refs.iter().map(ExternalRef::key).collect();
            forget(&mut self.company_by_ref, keys.iter(), id);
        }
        let live = next.stamp.deleted.is_none();
        for reference in &next.refs {
            claim(&mut self.company_by_ref, reference.key(), id, live);
        }
        self.companies.put(next);
    }

    /// Keeps a link under a new version, and a new id when it has none. Its ends never change.
    pub(super) fn keep_link(
        &mut self,
        mut next: Link,
        kind: ChangeKind,
        when: &Occasion<'_>,
    ) -> u64 {
        if next.stamp.id == 0 {
            next.stamp = first_stamp(self.links.take_id(), when);
        }
        let id = next.stamp.id;
        self.show_link_a_while(id, when);
        self.renew(&mut next.stamp, kind, when);
        let old = self.links.row(id);
        self.timeline.link_kept(old, &next, kind, when);
        self.put_link(next);
        self.note(Entity::Link, id, kind);
        id
    }

    /// Keeps a link that gained or lost the primary flag, which its version does not tell.
    pub(super) fn move_flag(&mut self, next: Link, when: &Occasion<'_>) {
        let old = self.links.row(next.stamp.id);
        self.timeline
            .link_kept(old, &next, ChangeKind::Update, when);
        self.put_link(next);
    }

    pub(super) fn put_link(&mut self, next: Link) {
        let id = next.stamp.id;
        if self.links.row(id).is_none() {
            self.links_of_contact
                .entry(next.contact)
                .or_default()
                .push(id);
            self.links_of_company
                .entry(next.company)
                .or_default()
                .push(id);
        }
        self.links.put(next);
    }

    /// A new version for a contact whose embedded companies are about to change.
    pub(super) fn bump_contact(&mut self, id: u64, when: &Occasion<'_>) {
        if self.has_changed(Entity::Contact, id) || self.contacts.live(id).is_none() {
            return;
        }
        self.show_contact_a_while(id, when);
        self.version += 1;
        let version = self.version;
        self.contacts
            .restamp(id, |stamp| restamp(stamp, version, when));
        self.note(Entity::Contact, id, ChangeKind::Update);
    }

    /// A new version for a company whose embedded contacts are about to change.
    pub(super) fn bump_company(&mut self, id: u64, when: &Occasion<'_>) {
        if self.has_changed(Entity::Company, id) || self.companies.live(id).is_none() {
            return;
        }
        self.show_company_a_while(id, when);
        self.version += 1;
        let version = self.version;
        self.companies
            .restamp(id, |stamp| restamp(stamp, version, when));
        self.note(Entity::Company, id, ChangeKind::Update);
    }

    pub(super) fn renew(&mut self, stamp: &mut Stamp, kind: ChangeKind, when: &Occasion<'_>) {
        self.version += 1;
        restamp(stamp, self.version, when);
        stamp.change = kind;
    }

    fn has_changed(&self, entity: Entity, id: u64) -> bool {
        self.changes
            .iter()
            .any(|change| change.entity == entity && change.id == id)
    }

    pub(super) fn note(&mut self, entity: Entity, id: u64, kind: ChangeKind) {
        match self
            .changes
            .iter_mut()
            .find(|change| change.entity == entity && change.id == id)
        {
            Some(known) if kind == ChangeKind::Delete => known.kind = kind,
            Some(_) => {}
            None => self.changes.push(Change { entity, id, kind }),
        }
    }

    fn show_contact_a_while(&mut self, id: u64, when: &Occasion<'_>) {
        if when.lag > 0 {
            let shown = self.contacts.row(id).map(|row| self.old_contact(row));
            self.contacts
                .keep_shown(id, (when.now, when.now + when.lag), shown);
        }
    }

    fn show_company_a_while(&mut self, id: u64, when: &Occasion<'_>) {
        if when.lag > 0 {
            let shown = self.companies.row(id).map(|row| self.old_company(row));
            self.companies
                .keep_shown(id, (when.now, when.now + when.lag), shown);
        }
    }

    fn show_link_a_while(&mut self, id: u64, when: &Occasion<'_>) {
        if when.lag > 0 {
            let shown = self.links.row(id).map(|row| self.old_link(row));
            self.links
                .keep_shown(id, (when.now, when.now + when.lag), shown);
        }
    }
}

pub(super) fn first_stamp(id: u64, when: &Occasion<'_>) -> Stamp {
    let key = when.key.map(str::to_owned);
    Stamp {
        id,
        created: when.at,
        idempotency_key: key,
        ..Stamp::unkept()
    }
}

pub(super) fn restamp(stamp: &mut Stamp, version: u64, when: &Occasion<'_>) {
    stamp.version = version;
    stamp.updated = when.at;
    stamp.change = ChangeKind::Update;
    stamp.origin = when.origin;
}

pub(super) fn refuse_taken_refs(
    refs: &[ExternalRef],
    is_taken: impl Fn(&String) -> bool,
) -> Result<(), Refused> {
    for reference in refs {
        if is_taken(&reference.key()) {
            let ExternalRef { namespace, id } = reference;
            return Err(exists(&format!(
                "The external reference {namespace}/{id} is taken."
            )));
        }
    }
    Ok(())
}

pub(super) fn forget<'a>(
    index: &mut FxHashMap<String, u64>,
    keys: impl Iterator<Item = &'a String>,
    id: u64,
) {
    for key in keys {
        if index.get(key) == Some(&id) {
            index.remove(key);
        }
    }
}

/// A deleted record keeps its reference only while no living one has it.
pub(super) fn claim(index: &mut FxHashMap<String, u64>, key: String, id: u64, live: bool) {
    if live {
        index.insert(key, id);
    } else {
        index.entry(key).or_insert(id);
    }
}
