//! What the owner says that customers mean by a query. Must not know how anything is searched.

use serde::{Deserialize, Serialize};

use crate::catalog::text;
use crate::db::Entity;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// The query also finds what its words find.
    OneWay,
    /// The query and its words find the same.
    TwoWay,
    /// The query leads to a page of the shop.
    Redirect,
}

impl RuleKind {
    pub const ALL: [RuleKind; 3] = [Self::OneWay, Self::TwoWay, Self::Redirect];

    /// Its name in the database, in JSON and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneWay => "one_way",
            Self::TwoWay => "two_way",
            Self::Redirect => "redirect",
        }
    }

    pub fn parse(name: &str) -> Option<RuleKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What the change log calls a rule of this kind.
    pub fn entity(self) -> Entity {
        match self {
            Self::OneWay | Self::TwoWay => Entity::Synonym,
            Self::Redirect => Entity::Redirect,
        }
    }
}

/// A synonym or a redirect. A query has one at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRule {
    pub rule_id: i32,
    pub kind: RuleKind,
    /// As the owner typed it; customers type it in any case and with any accents.
    pub query: String,
    /// Of a synonym; each may be several words.
    pub words: Vec<String>,
    /// Of a redirect: a path of this shop.
    pub target: Option<String>,
    pub version: i32,
}

impl SearchRule {
    /// By which it is found.
    pub fn key(&self) -> String {
        text::fold(&self.query)
    }

    pub fn entity(&self) -> Entity {
        self.kind.entity()
    }
}
