//! Which of the resources of projects, prospects and properties a path names.
//!
//! In: the segments of a path. Out: a place, its methods and the name under which its calls are counted. It looks nothing up.

use crate::propstreet::query::decode;
use crate::propstreet::route::id;

/// A resource. Ids that are no number are 0, which nothing has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Place {
    Projects,
    Project(u64),
    ProjectExternal(String, String),
    Close(u64),
    PropertiesOf(u64),
    Prospects(u64),
    Prospect(u64, u64),
    ProspectExternal(u64, String, String),
    Remove(u64, u64),
    Classify(u64),
    Batch(u64),
    Properties,
    Property(u64),
    PropertyExternal(String, String),
    PropertySearch,
}

impl Place {
    pub(in super::super) fn of(segments: &[&str]) -> Option<Self> {
        let text = |segment: &str| decode(segment, false);
        Some(match segments {
            ["projects"] => Self::Projects,
            ["projects", "external", namespace, own] => {
                Self::ProjectExternal(text(namespace), text(own))
            }
            ["projects", project] => Self::Project(id(project)),
            ["projects", project, rest @ ..] => return Self::in_project(id(project), rest),
            ["properties"] => Self::Properties,
            ["properties", "external", namespace, own] => {
                Self::PropertyExternal(text(namespace), text(own))
            }
            ["properties", "search"] => Self::PropertySearch,
            ["properties", property] => Self::Property(id(property)),
            _ => return None,
        })
    }

    fn in_project(project: u64, segments: &[&str]) -> Option<Self> {
        let text = |segment: &str| decode(segment, false);
        Some(match segments {
            ["close"] => Self::Close(project),
            ["properties"] => Self::PropertiesOf(project),
            ["prospects"] => Self::Prospects(project),
            ["prospects:batch"] => Self::Batch(project),
            ["prospects", "classify"] => Self::Classify(project),
            ["prospects", "external", namespace, own] => {
                Self::ProspectExternal(project, text(namespace), text(own))
            }
            ["prospects", prospect] => Self::Prospect(project, id(prospect)),
            ["prospects", prospect, "remove"] => Self::Remove(project, id(prospect)),
            _ => return None,
        })
    }

    pub(in super::super) const fn template(&self) -> &'static str {
        match self {
            Self::Projects => "/api/v1/projects",
            Self::Project(_) => "/api/v1/projects/{id}",
            Self::ProjectExternal(..) => "/api/v1/projects/external/{namespace}/{id}",
            Self::Close(_) => "/api/v1/projects/{id}/close",
            Self::PropertiesOf(_) => "/api/v1/projects/{id}/properties",
            Self::Prospects(_) => "/api/v1/projects/{id}/prospects",
            Self::Prospect(..) => "/api/v1/projects/{id}/prospects/{id}",
            Self::ProspectExternal(..) => {
                "/api/v1/projects/{id}/prospects/external/{namespace}/{id}"
            }
            Self::Remove(..) => "/api/v1/projects/{id}/prospects/{id}/remove",
            Self::Classify(_) => "/api/v1/projects/{id}/prospects/classify",
            Self::Batch(_) => "/api/v1/projects/{id}/prospects:batch",
            Self::Properties => "/api/v1/properties",
            Self::Property(_) => "/api/v1/properties/{id}",
            Self::PropertySearch => "/api/v1/properties/search",
            Self::PropertyExternal(..) => "/api/v1/properties/external/{namespace}/{id}",
        }
    }

    pub(in super::super) const fn methods(&self) -> &'static str {
        match self {
            Self::Projects | Self::Prospects(_) | Self::Properties => "GET, POST",
            Self::Project(_) | Self::Prospect(..) | Self::Property(_) => "GET, PATCH, DELETE",
            Self::ProjectExternal(..)
            | Self::PropertiesOf(_)
            | Self::ProspectExternal(..)
            | Self::PropertyExternal(..) => "GET",
            Self::Close(_)
            | Self::Remove(..)
            | Self::Classify(_)
            | Self::Batch(_)
            | Self::PropertySearch => "POST",
        }
    }
}
