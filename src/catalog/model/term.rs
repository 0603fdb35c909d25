//! What products are sorted by: categories in a tree, brands, tags. Must not know how they are stored.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::db::Entity;

/// A way to sort products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taxonomy {
    /// A tree; a product stands in one of them.
    Category,
    /// A product has at most one.
    Brand,
    /// A product has any number.
    Tag,
}

impl Taxonomy {
    pub const ALL: [Taxonomy; 3] = [Self::Category, Self::Brand, Self::Tag];

    /// Its name in the database, in addresses and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Tag => "tag",
        }
    }

    pub fn parse(name: &str) -> Option<Taxonomy> {
        Self::ALL.into_iter().find(|taxonomy| taxonomy.name() == name)
    }

    /// What its terms are in the change log.
    pub fn entity(self) -> Entity {
        match self {
            Self::Category => Entity::Category,
            Self::Brand => Entity::Brand,
            Self::Tag => Entity::Tag,
        }
    }

    /// Longest name in characters.
    pub fn longest_name(self) -> usize {
        match self {
            Self::Category | Self::Brand => 100,
            Self::Tag => 50,
        }
    }
}

/// A category, a brand or a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub term_id: i32,
    pub taxonomy: Taxonomy,
    pub name: String,
    /// Its address below `/categories/`, and what filters take.
    pub slug: String,
    /// The category above; `None` for one of the top and for brands and tags.
    pub parent_id: Option<i32>,
    /// Its place among its siblings; equal ones go by name.
    pub position: i32,
    /// Plain text, shown above its products.
    pub description: Option<String>,
    pub image_url: Option<String>,
    pub version: i32,
}

/// Terms in the order in which they are shown: each parent before its children. Small enough to be read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermTree {
    terms: Vec<Term>,
    /// How deep each one stands; the top is 0.
    depths: Vec<usize>,
}

/// Levels of categories that people can make.
pub const MOST_LEVELS: usize = 5;

/// What is said of one more.
pub const TOO_DEEP: &str = "would make more than 5 levels";

/// Deepest category: bounds every walk, also over rows that somebody made into a circle by hand.
pub const DEEPEST: usize = 8;

impl TermTree {
    /// Brings terms that are sorted by position and name into the order of the tree.
    pub fn new(mut unsorted: Vec<Term>) -> TermTree {
        let mut tree = TermTree::default();
        tree.take_children(None, 0, &mut unsorted);
        // What has lost its parent is shown at the top rather than nowhere.
        for term in unsorted {
            tree.terms.push(term);
            tree.depths.push(0);
        }
        tree
    }

    fn take_children(&mut self, parent_id: Option<i32>, depth: usize, unsorted: &mut Vec<Term>) {
        let (children, rest) = std::mem::take(unsorted)
            .into_iter()
            .partition(|term| term.parent_id == parent_id && depth <= DEEPEST);
        *unsorted = rest;
        let children: Vec<Term> = children;
        for child in children {
            let id = child.term_id;
            self.terms.push(child);
            self.depths.push(depth);
            self.take_children(Some(id), depth + 1, unsorted);
        }
    }

    /// Only the terms that `keep` names, and those above them.
    pub fn retain(&mut self, keep: impl Fn(&Term) -> bool) {
        let kept: HashSet<i32> = self
            .terms
            .iter()
            .filter(|term| keep(term))
            .flat_map(|term| self.path(term.term_id))
            .map(|term| term.term_id)
            .collect();
        let both = std::mem::take(&mut self.terms)
            .into_iter()
            .zip(std::mem::take(&mut self.depths));
        (self.terms, self.depths) = both.filter(|(term, _)| kept.contains(&term.term_id)).unzip();
    }

    /// All terms in order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// All terms in order with their depth.
    pub fn with_depths(&self) -> impl Iterator<Item = (&Term, usize)> {
        self.terms.iter().zip(self.depths.iter().copied())
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn find(&self, term_id: i32) -> Option<&Term> {
        self.terms.iter().find(|term| term.term_id == term_id)
    }

    pub fn named(&self, name: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.name == name)
    }

    pub fn children(&self, parent_id: Option<i32>) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(move |term| term.parent_id == parent_id)
    }

    /// The term and those above it, the top first.
    pub fn path(&self, term_id: i32) -> Vec<&Term> {
        let mut path = Vec::new();
        let mut next = self.find(term_id);
        while let Some(term) = next.filter(|_| path.len() <= DEEPEST) {
            path.insert(0, term);
            next = term.parent_id.and_then(|parent| self.find(parent));
        }
        path
    }

    /// The term and everything below it.
    pub fn subtree(&self, term_id: i32) -> Vec<&Term> {
        let Some(start) = self.terms.iter().position(|term| term.term_id == term_id) else {
            return Vec::new();
        };
        let depth = self.depths.get(start).copied().unwrap_or_default();
        let below = self
            .with_depths()
            .skip(start + 1)
            .take_while(|(_, other)| *other > depth);
        self.terms
            .get(start)
            .into_iter()
            .chain(below.map(|(term, _)| term))
            .collect()
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A category with this id, name and parent.
    pub fn category(term_id: i32, name: &str, parent_id: Option<i32>) -> Term {
        Term {
            term_id,
            taxonomy: Taxonomy::Category,
            name: name.to_owned(),
            slug: name.to_lowercase(),
            parent_id,
            position: 0,
            description: None,
            image_url: None,
            version: 1,
        }
    }

    fn names(terms: &[&Term]) -> Vec<String> {
        terms.iter().map(|term| term.name.clone()).collect()
    }

    fn tree() -> TermTree {
        TermTree::new(vec![
            category(1, "Garden", None),
            category(2, "Pots", Some(1)),
            category(3, "Home", None),
            category(4, "Lamps", Some(3)),
            category(5, "Desk", Some(4)),
        ])
    }

    #[test]
    fn parents_stand_before_their_children_and_know_all_below() {
        let tree = tree();
        let shown: Vec<_> = tree
            .with_depths()
            .map(|(term, depth)| (&*term.name, depth))
            .collect();
        assert_eq!(
            shown,
            [("Garden", 0), ("Pots", 1), ("Home", 0), ("Lamps", 1), ("Desk", 2)]
        );
        assert_eq!(names(&tree.subtree(3)), ["Home", "Lamps", "Desk"]);
        assert_eq!(names(&tree.path(5)), ["Home", "Lamps", "Desk"]);
        assert!(tree.subtree(9).is_empty() && tree.path(9).is_empty());
    }

    #[test]
    fn what_is_kept_keeps_what_is_above_it() {
        let mut tree = tree();
        tree.retain(|term| term.name == "Desk");
        assert_eq!(
            names(&tree.terms().iter().collect::<Vec<_>>()),
            ["Home", "Lamps", "Desk"]
        );
    }

    #[test]
    fn a_circle_made_by_hand_ends() {
        let tree = TermTree::new(vec![category(1, "A", Some(2)), category(2, "B", Some(1))]);
        assert_eq!(tree.terms().len(), 2);
        assert!(tree.path(1).len() <= DEEPEST + 1 && !tree.subtree(1).is_empty());
    }
}
