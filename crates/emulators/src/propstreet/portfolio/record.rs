//! What a brokerage works on: projects, the investors it considers for each, and properties.
//!
//! In: nothing. Out: plain data. It has no behaviour beyond small questions about itself.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::propstreet::record::{ExternalRef, Row, Stamp};

/// A closed list of words as the API spells them.
pub(in super::super) trait Word: Sized + Copy {
    const NAMES: &'static [&'static str];
    fn name(self) -> &'static str;
    fn of(name: &str) -> Option<Self>;
}

macro_rules! words {
    ($(#[$doc:meta] $kind:ident { $($variant:ident $word:literal)* })*) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub(in super::super) enum $kind { $(#[serde(rename = $word)] $variant),* }

        impl Word for $kind {
            const NAMES: &'static [&'static str] = &[$($word),*];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            fn of(name: &str) -> Option<Self> {
                match name { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}

words! {
    /// Where a project is in its life.
    Status { Open "open" Closed "closed" Deleted "deleted" }
    /// How the brokerage works on it.
    Stage { Draft "draft" Active "active" Inactive "inactive" }
    /// How far its teaser is.
    TeaserStage {
        PropertyAdded "property_added" Drafting "drafting" Published "published" Verified "verified"
        Communicated "communicated"
    }
    /// What the owner agreed to.
    Exclusivity { Exclusive "exclusive" NonExclusive "non_exclusive" Other "other" }
    /// What the value of a price is multiplied with.
    Scale { None "none" Thousands "thousands" Millions "millions" Billions "billions" }
    /// What a prospect thinks of the project.
    Interest {
        NotContacted "not_contacted" Contacted "contacted" Interested "interested" NotInterested "not_interested"
        Bidder "bidder"
    }
    /// Who bought.
    BuyerType { Prospect "prospect" External "external" None "none" }
    /// How a property is held.
    Tenure { Freehold "freehold" Leasehold "leasehold" }
}

impl Scale {
    pub(in super::super) const fn factor(self) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Thousands => 1e3,
            Self::Millions => 1e6,
            Self::Billions => 1e9,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Price {
    pub(in super::super) value: Number,
    pub(in super::super) currency: String,
    pub(in super::super) scale: Scale,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct PriceRange {
    pub(in super::super) min: Option<Number>,
    pub(in super::super) max: Option<Number>,
    pub(in super::super) currency: String,
    pub(in super::super) scale: Scale,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Teaser {
    pub(in super::super) stage: TeaserStage,
    pub(in super::super) version: u64,
    pub(in super::super) published: Option<i64>,
    pub(in super::super) verified: Option<i64>,
    pub(in super::super) communicated: Option<i64>,
}

/// How a project ended. The API takes it and never shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Closing {
    pub(in super::super) buyer: BuyerType,
    pub(in super::super) prospect: Option<u64>,
    pub(in super::super) contact: Option<u64>,
    pub(in super::super) at: i64,
    pub(in super::super) price: Option<Price>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Project {
    pub(in super::super) stamp: Stamp,
    pub(in super::super) refs: Vec<ExternalRef>,
    pub(in super::super) name: String,
    pub(in super::super) status: Status,
    /// Nothing was ever set: shown as a draft.
    pub(in super::super) stage: Option<Stage>,
    pub(in super::super) is_portfolio: bool,
    pub(in super::super) property_count: Option<u64>,
    pub(in super::super) teaser: Option<Teaser>,
    pub(in super::super) exclusivity: Option<Exclusivity>,
    pub(in super::super) price: Option<Price>,
    pub(in super::super) price_range: Option<PriceRange>,
    /// In the order in which they were attached.
    pub(in super::super) properties: Vec<u64>,
    pub(in super::super) closing: Option<Closing>,
}

impl Project {
    pub(in super::super) const fn empty() -> Self {
        Self {
            stamp: Stamp::unkept(),
            refs: Vec::new(),
            name: String::new(),
            status: Status::Open,
            stage: None,
            is_portfolio: false,
            property_count: None,
            teaser: None,
            exclusivity: None,
            price: None,
            price_range: None,
            properties: Vec::new(),
            closing: None,
        }
    }

    pub(in super::super) fn stage(&self) -> Stage {
        self.stage.unwrap_or(Stage::Draft)
    }
}

/// What an investor answered to the teaser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct TeaserAnswer {
    pub(in super::super) accepted: Option<i64>,
    pub(in super::super) deadline: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Prospect {
    pub(in super::super) stamp: Stamp,
    pub(in super::super) project: u64,
    pub(in super::super) refs: Vec<ExternalRef>,
    pub(in super::super) contact: Option<u64>,
    pub(in super::super) company: Option<u64>,
    /// The name of a matched investor who is nobody's contact, and of whom they invest for.
    pub(in super::super) own_names: Option<(String, Option<String>)>,
    pub(in super::super) interest: Interest,
    /// The platform found it, nobody added it.
    pub(in super::super) is_matched: bool,
    pub(in super::super) tags: Vec<String>,
    pub(in super::super) teaser: Option<TeaserAnswer>,
    /// Taken off the list, and not deleted.
    pub(in super::super) is_removed: bool,
}

impl Prospect {
    pub(in super::super) const fn of(project: u64) -> Self {
        Self {
            stamp: Stamp::unkept(),
            project,
            refs: Vec::new(),
            contact: None,
            company: None,
            own_names: None,
            interest: Interest::NotContacted,
            is_matched: false,
            tags: Vec::new(),
            teaser: None,
            is_removed: false,
        }
    }
}

/// Where a property is, in millionths of a degree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in super::super) struct Location {
    pub(in super::super) latitude: Option<i64>,
    pub(in super::super) longitude: Option<i64>,
    pub(in super::super) country: Option<String>,
    pub(in super::super) locality: Option<String>,
}

/// What a property is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Category {
    /// Such as `retail/shopping_mall`.
    pub(in super::super) kind: String,
    pub(in super::super) location_class: Option<String>,
    pub(in super::super) yield_percent: Option<Number>,
    pub(in super::super) rental_income: Option<Price>,
    /// Square metres.
    pub(in super::super) rented_area: Option<Number>,
    pub(in super::super) vacant_area: Option<Number>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Property {
    pub(in super::super) stamp: Stamp,
    pub(in super::super) refs: Vec<ExternalRef>,
    pub(in super::super) name: String,
    pub(in super::super) description: Option<String>,
    pub(in super::super) location: Location,
    pub(in super::super) categories: Vec<Category>,
    pub(in super::super) operating_costs: Option<Price>,
    pub(in super::super) price: Option<Price>,
    /// Square metres.
    pub(in super::super) parcel_area: Option<Number>,
    pub(in super::super) tags: Vec<String>,
    pub(in super::super) tenure: Option<Tenure>,
    pub(in super::super) year_built: Option<Number>,
    pub(in super::super) contract_years: Option<Number>,
}

impl Property {
    pub(in super::super) const fn empty() -> Self {
        Self {
            stamp: Stamp::unkept(),
            refs: Vec::new(),
            name: String::new(),
            description: None,
            location: Location {
                latitude: None,
                longitude: None,
                country: None,
                locality: None,
            },
            categories: Vec::new(),
            operating_costs: None,
            price: None,
            parcel_area: None,
            tags: Vec::new(),
            tenure: None,
            year_built: None,
            contract_years: None,
        }
    }
}

impl Row for Project {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
    fn facets(&self) -> Vec<String> {
        let mut facets = vec![
            format!("status={}", self.status.name()),
            format!("classification={}", self.stage().name()),
        ];
        if let Some(teaser) = &self.teaser {
            facets.push(format!("teaser_stage={}", teaser.stage.name()));
        }
        facets
    }
}

impl Row for Prospect {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
    fn facets(&self) -> Vec<String> {
        let mut facets = vec![format!("classification={}", self.interest.name())];
        if self.is_matched {
            facets.push("capability=chat".to_owned());
        }
        facets.extend(self.tags.iter().map(|tag| format!("tags={tag}")));
        facets
    }
}

impl Row for Property {
    fn stamp(&self) -> &Stamp {
        &self.stamp
    }
    fn stamp_mut(&mut self) -> &mut Stamp {
        &mut self.stamp
    }
    fn facets(&self) -> Vec<String> {
        let mut facets: Vec<String> = self.tags.iter().map(|tag| format!("tags={tag}")).collect();
        facets.extend(
            self.location
                .country
                .iter()
                .map(|code| format!("country={code}")),
        );
        let main = |category: &Category| category.kind.split('/').next().map(str::to_owned);
        let categories = self.categories.iter().filter_map(main);
        facets.extend(categories.map(|category| format!("category={category}")));
        facets
    }
}
