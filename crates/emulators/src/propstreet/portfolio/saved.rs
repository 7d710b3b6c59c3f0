//! Projects, prospects and properties as they are kept in a file between two runs.
//!
//! In: the tables, or what was saved. Out: the other.

use serde::{Deserialize, Serialize};

use super::record::{Project, Property, Prospect};
use super::{FIRST_PROJECT, FIRST_PROPERTY, FIRST_PROSPECT, Portfolio};

#[derive(Serialize, Deserialize)]
pub(in super::super) struct SavedPortfolio {
    last_ids: [u64; 3],
    projects: Vec<Project>,
    prospects: Vec<Prospect>,
    properties: Vec<Property>,
}

impl Default for SavedPortfolio {
    /// What a file says that knows of none.
    fn default() -> Self {
        Self {
            last_ids: [FIRST_PROJECT, FIRST_PROSPECT, FIRST_PROPERTY],
            projects: Vec::new(),
            prospects: Vec::new(),
            properties: Vec::new(),
        }
    }
}

impl Portfolio {
    pub(in super::super) fn save(&self) -> SavedPortfolio {
        SavedPortfolio {
            last_ids: [
                self.projects.last_id(),
                self.prospects.last_id(),
                self.properties.last_id(),
            ],
            projects: self.projects.all().cloned().collect(),
            prospects: self.prospects.all().cloned().collect(),
            properties: self.properties.all().cloned().collect(),
        }
    }

    pub(in super::super) fn load(saved: SavedPortfolio) -> Self {
        let mut portfolio = Self::starting_after(saved.last_ids);
        for project in saved.projects {
            portfolio.put_project(project);
        }
        for prospect in saved.prospects {
            portfolio.put_prospect(prospect);
        }
        for property in saved.properties {
            portfolio.put_property(property);
        }
        portfolio
    }
}
