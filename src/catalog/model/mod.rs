//! What a catalog holds: products, the narrow rows of lists, terms, attributes. Must not know how they are stored.

mod attribute;
mod choices;
mod pricing;
mod product;
mod resource;
mod search_rule;
mod term;
mod text_page;

pub use attribute::{Attribute, AttributeKind, AttributeValue, Attributes, thousandths};
pub use choices::{AttributeChoices, Choices, Counts, Holding, MOST_OFFERED, Offered};
pub use pricing::{Clockwork, Offer, Sale, lowest_before};
pub use product::{AtAddress, Image, Product, ProductCard};
pub use resource::Resource;
pub use search_rule::{RuleKind, SearchRule};
pub use term::{MOST_LEVELS, TOO_DEEP, Taxonomy, Term, TermTree};
pub use text_page::{PageLink, TextPage};

/// What tests of other modules are made of.
#[cfg(test)]
pub mod tests {
    pub use super::product::tests::product;
    pub use super::term::tests::category;
}
