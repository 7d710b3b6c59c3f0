//! Which resource a path names.
//!
//! In: a path. Out: a place, its methods and the name under which its calls are counted. It looks nothing up.

use super::notes::Owner;
use super::portfolio::route::Place as PortfolioPlace;
use super::query::decode;
use super::registry::Place as RegistryPlace;

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
    Notes(Owner),
    Note(Owner, u64),
    Actions(Owner),
    Links,
    Link(u64),
    Hooks,
    Hook(u64),
    HookTest(u64),
    HookReplay(u64),
    HookDeliveries(u64),
    Portfolio(PortfolioPlace),
    Registry(RegistryPlace),
    Search,
    Files,
    File(u64),
}

pub(super) fn id(segment: &str) -> u64 {
    segment.parse().unwrap_or(0)
}

impl Place {
    pub(super) fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/v1/")?;
        if let Some(rest) = rest.strip_prefix("network/") {
            return Self::in_network(rest);
        }
        if rest.starts_with("pro") {
            let segments: Vec<&str> = rest.split('/').collect();
            return Self::in_project(&segments)
                .or_else(|| PortfolioPlace::of(&segments).map(Self::Portfolio));
        }
        if rest.starts_with("auth/") {
            let segments: Vec<&str> = rest.split('/').collect();
            return RegistryPlace::of(&segments).map(Self::Registry);
        }
        let mut segments = rest.split('/');
        let parts = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        );
        match parts {
            (Some("search"), None, None, None) => Some(Self::Search),
            (Some("files"), None, None, None) => Some(Self::Files),
            (Some("files"), Some(file), None, None) => Some(Self::File(id(file))),
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
            ["contacts", contact, rest @ ..] => Self::of_owner(Owner::Contact(id(contact)), rest),
            ["companies", company, rest @ ..] => Self::of_owner(Owner::Company(id(company)), rest),
            ["links"] => Some(Self::Links),
            ["links", link] => Some(Self::Link(id(link))),
            _ => None,
        }
    }

    /// Notes and timelines of projects and prospects.
    fn in_project(segments: &[&str]) -> Option<Self> {
        match segments {
            ["projects", project, "prospects", prospect, rest @ ..] => {
                let (project, id) = (id(project), id(prospect));
                Self::of_owner(Owner::Prospect { project, id }, rest)
            }
            ["projects", project, rest @ ..] => Self::of_owner(Owner::Project(id(project)), rest),
            _ => None,
        }
    }

    fn of_owner(owner: Owner, rest: &[&str]) -> Option<Self> {
        match rest {
            ["notes"] => Some(Self::Notes(owner)),
            ["notes", note] => Some(Self::Note(owner, id(note))),
            ["actions"] => Some(Self::Actions(owner)),
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
            Self::Notes(owner) => match owner {
                Owner::Contact(_) => "/api/v1/network/contacts/{id}/notes",
                Owner::Company(_) => "/api/v1/network/companies/{id}/notes",
                Owner::Project(_) => "/api/v1/projects/{id}/notes",
                Owner::Prospect { .. } => "/api/v1/projects/{id}/prospects/{id}/notes",
            },
            Self::Note(owner, _) => match owner {
                Owner::Contact(_) => "/api/v1/network/contacts/{id}/notes/{id}",
                Owner::Company(_) => "/api/v1/network/companies/{id}/notes/{id}",
                Owner::Project(_) => "/api/v1/projects/{id}/notes/{id}",
                Owner::Prospect { .. } => "/api/v1/projects/{id}/prospects/{id}/notes/{id}",
            },
            Self::Actions(owner) => match owner {
                Owner::Contact(_) => "/api/v1/network/contacts/{id}/actions",
                Owner::Company(_) => "/api/v1/network/companies/{id}/actions",
                Owner::Project(_) => "/api/v1/projects/{id}/actions",
                Owner::Prospect { .. } => "/api/v1/projects/{id}/prospects/{id}/actions",
            },
            Self::Links => "/api/v1/network/links",
            Self::Link(_) => "/api/v1/network/links/{id}",
            Self::Hooks => "/api/v1/webhooks",
            Self::Hook(_) => "/api/v1/webhooks/{id}",
            Self::HookTest(_) => "/api/v1/webhooks/{id}/test",
            Self::HookReplay(_) => "/api/v1/webhooks/{id}/replay",
            Self::HookDeliveries(_) => "/api/v1/webhooks/{id}/deliveries",
            Self::Portfolio(place) => place.template(),
            Self::Registry(place) => place.template(),
            Self::Search => "/api/v1/search",
            Self::Files => "/api/v1/files",
            Self::File(_) => "/api/v1/files/{id}",
        }
    }

    pub(super) const fn methods(&self) -> &'static str {
        match self {
            Self::Contacts | Self::Companies | Self::Links | Self::Hooks => "GET, POST",
            Self::Contact(_) | Self::Company(_) | Self::Link(_) | Self::Hook(_) => {
                "GET, PATCH, DELETE"
            }
            Self::ContactExternal(..) | Self::CompanyExternal(..) => "GET, PATCH",
            Self::Portfolio(place) => place.methods(),
            Self::Registry(place) => place.methods(),
            Self::Note(..) => "PATCH",
            Self::CompanyContacts(_)
            | Self::Actions(..)
            | Self::HookDeliveries(_)
            | Self::File(_) => "GET",
            Self::Search
            | Self::Files
            | Self::FindDuplicates
            | Self::Notes(..)
            | Self::HookTest(_)
            | Self::HookReplay(_) => "POST",
        }
    }
}
