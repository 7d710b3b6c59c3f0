//! Shows records as the API shows them.
//!
//! In: records and what they are linked with. Out: JSON appended to a buffer. It changes nothing.

use super::json;
use super::record::{
    ChangeKind, Company, Contact, Entity, ExternalRef, Link, Origin, Reach, Row, Stamp, primary_of,
};
use super::records::Records;
use super::table::{Listed, OldVersion};

/// Whether a record tells the kind and origin of its last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastChange {
    Told,
    Withheld,
}

impl Records {
    pub(super) fn write_contact(&self, contact: &Contact, last: LastChange, out: &mut String) {
        self.contact_head(contact, out);
        tail(out, contact.stamp.change, contact.stamp.origin, last);
    }

    pub(super) fn write_company(&self, company: &Company, last: LastChange, out: &mut String) {
        self.company_head(company, out);
        tail(out, company.stamp.change, company.stamp.origin, last);
    }

    pub(super) fn write_link(&self, link: &Link, last: LastChange, out: &mut String) {
        link_head(link, out);
        tail(out, link.stamp.change, link.stamp.origin, last);
    }

    /// Any record, deleted or not; false when there is none.
    pub(super) fn write(
        &self,
        entity: Entity,
        id: u64,
        last: LastChange,
        out: &mut String,
    ) -> bool {
        match entity {
            Entity::Contact => self
                .contacts
                .row(id)
                .map(|row| self.write_contact(row, last, out)),
            Entity::Company => self
                .companies
                .row(id)
                .map(|row| self.write_company(row, last, out)),
            Entity::Link => self
                .links
                .row(id)
                .map(|row| self.write_link(row, last, out)),
            Entity::Project => self
                .portfolio
                .projects
                .row(id)
                .map(|row| self.write_project(row, last, out)),
            Entity::Prospect => self
                .portfolio
                .prospects
                .row(id)
                .map(|row| self.write_prospect(row, last, out)),
        }
        .is_some()
    }

    pub(super) fn old_contact(&self, contact: &Contact) -> OldVersion {
        old(contact, |out| self.contact_head(contact, out))
    }

    pub(super) fn old_company(&self, company: &Company) -> OldVersion {
        old(company, |out| self.company_head(company, out))
    }

    pub(super) fn old_link(&self, link: &Link) -> OldVersion {
        old(link, |out| link_head(link, out))
    }

    fn contact_head(&self, contact: &Contact, out: &mut String) {
        opening(out, contact.stamp.id, "contact");
        references(out, &contact.refs);
        json::key_text(out, "firstName", contact.first_name.as_deref());
        json::key_text(out, "lastName", contact.last_name.as_deref());
        json::key_text(out, "email", primary_of(&contact.emails));
        json::key_text(out, "phone", primary_of(&contact.phones));
        json::key(out, "emails");
        json::list(out, '[', &contact.emails, |out, email| {
            reach(out, "{\"address\":", email)
        });
        json::key(out, "phones");
        json::list(out, '[', &contact.phones, |out, phone| {
            reach(out, "{\"number\":", phone)
        });
        json::key_text(out, "linkedInUrl", contact.linked_in.as_deref());
        json::key_text(out, "primaryLanguage", contact.language.as_deref());
        json::key(out, "tags");
        json::list(out, '[', &contact.tags, |out, tag| json::text(out, tag));
        json::key_text(out, "strategy", contact.strategy.as_deref());
        let links = self.links_primary_first(self.link_ids_of_contact(contact.stamp.id));
        let primary = links
            .first()
            .filter(|link| link.primary)
            .map(|link| link.company);
        json::key_id(out, "primaryCompanyId", primary);
        json::key(out, "companies");
        json::list(out, '[', &links, |out, link| {
            self.company_of_contact(out, link)
        });
        json::key_text(out, "profilePictureUrl", None);
        stamp(out, &contact.stamp);
    }

    fn company_head(&self, company: &Company, out: &mut String) {
        opening(out, company.stamp.id, "company");
        references(out, &company.refs);
        json::key_text(out, "name", Some(&company.name));
        json::key_text(out, "countryCode", company.country.as_deref());
        json::key_text(out, "domain", company.domain.as_deref());
        json::key_text(out, "homepageUrl", company.homepage.as_deref());
        json::key_text(out, "linkedInUrl", company.linked_in.as_deref());
        json::key_text(out, "strategy", company.strategy.as_deref());
        json::key(out, "tags");
        json::list(out, '[', &company.tags, |out, tag| json::text(out, tag));
        json::key(out, "contacts");
        let links = self.links_primary_first(self.link_ids_of_company(company.stamp.id));
        json::list(out, '[', &links, |out, link| {
            self.contact_of_company(out, link)
        });
        stamp(out, &company.stamp);
    }

    /// Living links, those that are their contact's primary one first, then in the order they were made.
    pub(super) fn links_primary_first<'a>(&'a self, ids: &'a [u64]) -> Vec<&'a Link> {
        let mut links: Vec<&Link> = self.live_links(ids).collect();
        links.sort_by_key(|link| (!link.primary, link.stamp.id));
        links
    }

    fn company_of_contact(&self, out: &mut String, link: &Link) {
        opening(out, link.company, "company");
        json::key_text(
            out,
            "name",
            self.companies
                .row(link.company)
                .map(|company| company.name.as_str()),
        );
        json::key_text(out, "jobTitle", link.job_title.as_deref());
        json::key_bool(out, "isPrimary", link.primary);
        out.push('}');
    }

    fn contact_of_company(&self, out: &mut String, link: &Link) {
        let Some(contact) = self.contacts.row(link.contact) else {
            return;
        };
        opening(out, link.contact, "contact");
        json::key_text(out, "firstName", contact.first_name.as_deref());
        json::key_text(out, "lastName", contact.last_name.as_deref());
        json::key_text(out, "email", primary_of(&contact.emails));
        json::key_text(out, "jobTitle", link.job_title.as_deref());
        json::key_bool(out, "isPrimary", link.primary);
        out.push('}');
    }

    /// A row of the list of a company's contacts.
    pub(super) fn write_contact_at_company(&self, out: &mut String, link: &Link) {
        let Some(contact) = self.contacts.row(link.contact) else {
            return;
        };
        opening(out, link.contact, "contact");
        json::key_id(out, "linkId", Some(link.stamp.id));
        json::key_text(out, "firstName", contact.first_name.as_deref());
        json::key_text(out, "lastName", contact.last_name.as_deref());
        json::key_text(out, "email", primary_of(&contact.emails));
        json::key_text(out, "jobTitle", link.job_title.as_deref());
        json::key_bool(out, "isPrimary", link.primary);
        json::key_time(out, "createdUtc", Some(contact.stamp.created));
        json::key_time(out, "updatedUtc", Some(contact.stamp.updated));
        out.push('}');
    }
}

/// A row of a list, as it is or as lists still show it.
pub(super) fn write_listed<T>(
    listed: &Listed<'_, T>,
    last: LastChange,
    out: &mut String,
    write: impl FnOnce(&T, LastChange, &mut String),
) {
    match listed {
        Listed::Current(row) => write(row, last, out),
        Listed::Old(version) => {
            out.push_str(&version.head);
            tail(out, version.change, version.origin, last);
        }
    }
}

pub(super) fn old<T: Row>(row: &T, write: impl FnOnce(&mut String)) -> OldVersion {
    let mut head = String::with_capacity(512);
    write(&mut head);
    let stamp = row.stamp();
    OldVersion {
        updated: stamp.updated,
        deleted: stamp.deleted.is_some(),
        ends: row.ends(),
        facets: row.facets(),
        head,
        change: stamp.change,
        origin: stamp.origin,
    }
}

fn link_head(link: &Link, out: &mut String) {
    out.push_str("{\"id\":");
    json::id(out, link.stamp.id);
    json::key_id(out, "contactId", Some(link.contact));
    json::key_id(out, "companyId", Some(link.company));
    json::key_text(out, "jobTitle", link.job_title.as_deref());
    stamp(out, &link.stamp);
}

fn opening(out: &mut String, id: u64, kind: &str) {
    out.push_str("{\"id\":");
    json::id(out, id);
    out.push_str(",\"uri\":\"propstreet://network/");
    out.push_str(kind);
    out.push('/');
    json::number(out, i64::try_from(id).unwrap_or(i64::MAX));
    out.push('"');
}

pub(super) fn references(out: &mut String, refs: &[ExternalRef]) {
    json::key(out, "externalRefs");
    json::list(out, '[', refs, |out, reference| {
        out.push_str("{\"namespace\":");
        json::text(out, &reference.namespace);
        json::key_text(out, "id", Some(&reference.id));
        out.push('}');
    });
}

fn reach(out: &mut String, opening: &str, reach: &Reach) {
    out.push_str(opening);
    json::text(out, &reach.value);
    json::key_text(out, "type", reach.kind.as_deref());
    json::key_bool(out, "isPrimary", reach.primary);
    out.push('}');
}

pub(super) fn stamp(out: &mut String, stamp: &Stamp) {
    json::key_time(out, "createdUtc", Some(stamp.created));
    json::key_time(out, "updatedUtc", Some(stamp.updated));
    json::key_time(out, "deletedUtc", stamp.deleted);
    json::key_text(out, "etag", Some(&json::etag(stamp.version)));
}

pub(super) fn tail(out: &mut String, change: ChangeKind, origin: Origin, last: LastChange) {
    let told = last == LastChange::Told;
    json::key_text(out, "changeType", told.then(|| change.name()));
    json::key_text(out, "changeOrigin", told.then(|| origin.name()));
    out.push('}');
}
