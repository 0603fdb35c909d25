//! What changes of the log ask of the index, gathered until it is done at once. Must not know documents.

use std::collections::BTreeSet;

use crate::catalog::{Touched, TouchedTerm, touched};
use crate::db::Change;

/// So many things are gathered at most before they are done.
const MOST: usize = 5_000;

/// What is to be read again.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub products: BTreeSet<i32>,
    pub terms: BTreeSet<TouchedTerm>,
    /// Whether the owner has changed one.
    pub synonyms: bool,
}

impl Batch {
    pub fn take(&mut self, changes: &[Change]) {
        for change in changes {
            match touched(change) {
                Touched::Nothing => {}
                Touched::Synonyms => self.synonyms = true,
                Touched::Product(product_id) => drop(self.products.insert(product_id)),
                Touched::Term(term) => drop(self.terms.insert(term)),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.products.is_empty() && self.terms.is_empty() && !self.synonyms
    }

    pub fn is_full(&self) -> bool {
        self.products.len() + self.terms.len() >= MOST
    }
}
