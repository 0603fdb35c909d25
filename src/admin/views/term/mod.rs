//! One set of pages for the three ways to sort products: categories, brands, tags.

mod delete;
mod form;
mod list;
mod merge;

use crate::catalog::{Taxonomy, Term, TermInput, TermTree};

pub use delete::{Deleting, delete};
pub use form::{Form, Standing, form};
pub use list::{Found, list};
pub use merge::{Merging, merge};

/// A way to sort products, with its words and where its pages are.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    pub taxonomy: Taxonomy,
    /// One of them, inside a sentence.
    pub one: &'static str,
    /// All of them, as a heading.
    pub all: &'static str,
    /// Where the list is; everything else is below.
    pub address: &'static str,
}

impl Kind {
    const ALL: [Kind; 3] = [
        Kind {
            taxonomy: Taxonomy::Category,
            one: "category",
            all: "Categories",
            address: "/admin/categories",
        },
        Kind {
            taxonomy: Taxonomy::Brand,
            one: "brand",
            all: "Brands",
            address: "/admin/brands",
        },
        Kind {
            taxonomy: Taxonomy::Tag,
            one: "tag",
            all: "Tags",
            address: "/admin/tags",
        },
    ];

    /// The kind whose pages an address belongs to.
    pub fn at(path: &str) -> Option<&'static Kind> {
        const { &Kind::ALL }.iter().find(|kind| {
            path.strip_prefix(kind.address)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub fn page_of(&self, term_id: i32) -> String {
        format!("{}/{term_id}", self.address)
    }

    /// Whether one can stand below another, in an order of their own.
    fn is_tree(&self) -> bool {
        self.taxonomy == Taxonomy::Category
    }

    /// The fields of the form by name and label.
    fn labels(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            ("name", "Name"),
            ("slug", "Address"),
            ("parent", "Below"),
            ("position", "Place"),
            ("description", "Description"),
            ("image_url", "Picture"),
        ];
        let in_tree = ["parent", "position"];
        all.into_iter()
            .filter(|(name, _)| self.is_tree() || !in_tree.contains(name))
            .collect()
    }

    /// Where customers see its products.
    fn shown_at(&self, term: &Term) -> String {
        match self.taxonomy {
            Taxonomy::Category => format!("/categories/{}", term.slug),
            Taxonomy::Brand => format!("/products?brand={}", term.slug),
            Taxonomy::Tag => format!("/products?tag={}", term.slug),
        }
    }
}

/// A term as it stands in the form.
pub fn typed(term: &Term) -> TermInput {
    TermInput {
        name: term.name.clone(),
        slug: term.slug.clone(),
        parent: term.parent_id.map(|id| id.to_string()).unwrap_or_default(),
        position: term.position.to_string(),
        description: term.description.clone().unwrap_or_default(),
        image_url: term.image_url.clone().unwrap_or_default(),
    }
}

/// Terms to choose from, each as deep as it stands. `keep` says which.
fn choices(tree: &TermTree, keep: impl Fn(&Term) -> bool) -> Vec<(String, String)> {
    tree.with_depths()
        .filter(|(term, _)| keep(term))
        .map(|(term, depth)| {
            (
                term.term_id.to_string(),
                format!("{}{}", "– ".repeat(depth), term.name),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_the_addresses_of_its_pages() {
        let taxonomy = |path| Kind::at(path).map(|kind| kind.taxonomy);
        assert_eq!(taxonomy("/admin/categories"), Some(Taxonomy::Category));
        assert_eq!(taxonomy("/admin/brands/7/merge"), Some(Taxonomy::Brand));
        assert_eq!(taxonomy("/admin/tagsoup"), None);
    }
}
