//! Which resource a path names.
//!
//! In: a path. Out: a place, its methods and the name under which its calls are counted. It looks nothing up.

use super::query::decode;
use super::record::Entity;

/// A resource of the API. Ids that are no number are 0, which nothing has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Contacts,
    Contact(u64),
    ContactExternal(String, String),
    Companies,
    Company(u64),
    CompanyContacts(u64),
    CompanyExternal(String, String),
    FindDuplicates,
    Notes(Entity, u64),
    Actions(Entity, u64),
    Links,
    Link(u64),
    Hooks,
    Hook(u64),
    HookTest(u64),
    HookReplay(u64),
    HookDeliveries(u64),
}

fn id(segment: &str) -> u64 {
    segment.parse().unwrap_or(0)
}

impl Place {
    pub(super) fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/v1/")?;
        if let Some(rest) = rest.strip_prefix("network/") {
            return Self::in_network(rest);
        }
        let mut segments = rest.split('/');
        let parts = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        );
        match parts {
            (Some("companies"), Some("find-duplicates"), None, None) => Some(Self::FindDuplicates),
            (Some("webhooks"), None, None, None) => Some(Self::Hooks),
            (Some("webhooks"), Some(hook), None, None) => Some(Self::Hook(id(hook))),
            (Some("webhooks"), Some(hook), Some("test"), None) => Some(Self::HookTest(id(hook))),
            (Some("webhooks"), Some(hook), Some("replay"), None) => {
                Some(Self::HookReplay(id(hook)))
            }
            (Some("webhooks"), Some(hook), Some("deliveries"), None) => {
                Some(Self::HookDeliveries(id(hook)))
            }
            _ => None,
        }
    }

    fn in_network(rest: &str) -> Option<Self> {
        let segments: Vec<&str> = rest.split('/').collect();
        match segments.as_slice() {
            ["contacts"] => Some(Self::Contacts),
            ["contacts", contact] => Some(Self::Contact(id(contact))),
            ["contacts", "external", namespace, own] => Some(Self::ContactExternal(
                decode(namespace, false),
                decode(own, false),
            )),
            ["companies"] => Some(Self::Companies),
            ["companies", company] => Some(Self::Company(id(company))),
            ["companies", company, "contacts"] => Some(Self::CompanyContacts(id(company))),
            ["companies", "external", namespace, own] => Some(Self::CompanyExternal(
                decode(namespace, false),
                decode(own, false),
            )),
            ["contacts", contact, "notes"] => Some(Self::Notes(Entity::Contact, id(contact))),
            ["contacts", contact, "actions"] => Some(Self::Actions(Entity::Contact, id(contact))),
            ["companies", company, "notes"] => Some(Self::Notes(Entity::Company, id(company))),
            ["companies", company, "actions"] => Some(Self::Actions(Entity::Company, id(company))),
            ["links"] => Some(Self::Links),
            ["links", link] => Some(Self::Link(id(link))),
            _ => None,
        }
    }

    pub(super) const fn template(&self) -> &'static str {
        match self {
            Self::Contacts => "/api/v1/network/contacts",
            Self::Contact(_) => "/api/v1/network/contacts/{id}",
            Self::ContactExternal(..) => "/api/v1/network/contacts/external/{namespace}/{id}",
            Self::Companies => "/api/v1/network/companies",
            Self::Company(_) => "/api/v1/network/companies/{id}",
            Self::CompanyContacts(_) => "/api/v1/network/companies/{id}/contacts",
            Self::CompanyExternal(..) => "/api/v1/network/companies/external/{namespace}/{id}",
            Self::FindDuplicates => "/api/v1/companies/find-duplicates",
            Self::Notes(Entity::Company, _) => "/api/v1/network/companies/{id}/notes",
            Self::Notes(Entity::Contact | Entity::Link, _) => "/api/v1/network/contacts/{id}/notes",
            Self::Actions(Entity::Company, _) => "/api/v1/network/companies/{id}/actions",
            Self::Actions(Entity::Contact | Entity::Link, _) => {
                "/api/v1/network/contacts/{id}/actions"
            }
            Self::Links => "/api/v1/network/links",
            Self::Link(_) => "/api/v1/network/links/{id}",
            Self::Hooks => "/api/v1/webhooks",
            Self::Hook(_) => "/api/v1/webhooks/{id}",
            Self::HookTest(_) => "/api/v1/webhooks/{id}/test",
            Self::HookReplay(_) => "/api/v1/webhooks/{id}/replay",
            Self::HookDeliveries(_) => "/api/v1/webhooks/{id}/deliveries",
        }
    }

    pub(super) const fn methods(&self) -> &'static str {
        match self {
            Self::Contacts | Self::Companies | Self::Links | Self::Hooks => "GET, POST",
            Self::Contact(_) | Self::Company(_) | Self::Link(_) | Self::Hook(_) => {
                "GET, PATCH, DELETE"
            }
            Self::ContactExternal(..) | Self::CompanyExternal(..) => "GET, PATCH",
            Self::CompanyContacts(_) | Self::Actions(..) | Self::HookDeliveries(_) => "GET",
            Self::FindDuplicates | Self::Notes(..) | Self::HookTest(_) | Self::HookReplay(_) => {
                "POST"
            }
        }
    }
}
