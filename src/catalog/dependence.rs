//! On what the answers of the catalog depend, in tags: reads name what they show, changes of the log what they change.
//! Whoever keeps answers compares the two. Must not know who that is.
//!
//! Every list of products bears `list` and every change of a product changes it: which lists a product is on before and
//! after would have to be asked of each filter and sort.

use serde::Deserialize;

use super::Catalog;
use super::model::{AtAddress, Term, TermTree};
use super::shelves::Display;
use crate::db::reader::Dependence;
use crate::db::{Action, AnyConnection, Change, Entity, Moment, Seq, Snapshot, Tag};
use crate::error::Result;

/// Any list of products.
const LIST: &str = "list";

/// The categories that have something to show, and the pages of text, as every page lists them.
const NAVIGATION: &str = "navigation";

/// What brands, tags, categories and attributes there are and how they are called.
const VOCABULARY: &str = "vocabulary";

/// One product, by its number.
const PRODUCT: &str = "product";

/// An address below `/products/`, whether something is there or not.
const SLUG: &str = "slug";

/// A category, by its name.
const CATEGORY: &str = "category";

/// A page that would name more categories than this depends on every list instead.
const MOST_CATEGORIES: usize = 50;

impl Catalog {
    /// Reads what customers are shown. It holds until something changes that `depends` names, or until a moment comes that
    /// changes any product.
    pub(super) async fn shown<T, F, D>(
        &self,
        operation: &'static str,
        at_least: Seq,
        query: F,
        depends: D,
    ) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
        D: Fn(&T) -> Vec<Tag> + Send + Sync + 'static,
    {
        let known = self.known.clone();
        let read = move |connection: &mut AnyConnection| {
            // Before the value: a moment that comes in between ends what is kept at once.
            let until = known.read(connection)?.until;
            let value = query(connection)?;
            let tags = depends(&value);
            Ok((value, Dependence { tags, until }))
        };
        self.db.read_kept(operation, at_least, read).await
    }

    /// Reads a list of products. Matches of words ignore snapshots on some databases, so nobody knows what state they show.
    pub(super) async fn shown_list<T, F>(
        &self,
        operation: &'static str,
        at_least: Seq,
        has_words: bool,
        query: F,
    ) -> Result<Snapshot<T>>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T> + Send + Sync + 'static,
    {
        if has_words {
            return self.db.read_at_least(operation, at_least, query).await;
        }
        self.shown(operation, at_least, query, |_| of_lists()).await
    }
}

/// What every list of products shows.
pub(super) fn of_lists() -> Vec<Tag> {
    [LIST, NAVIGATION, VOCABULARY].map(Tag::named).to_vec()
}

/// What is known of the terms and the attributes.
pub(super) fn of_terms() -> Vec<Tag> {
    [NAVIGATION, VOCABULARY].map(Tag::named).to_vec()
}

/// What the API shows of a product, or that there is none.
pub(super) fn of_product(product_id: i32) -> Vec<Tag> {
    vec![Tag::of(PRODUCT, product_id), Tag::named(VOCABULARY)]
}

/// What stands at the address of a product: its page, the way to its page, or nothing.
pub(super) fn of_address(slug: &str, found: Option<&AtAddress<Display>>) -> Vec<Tag> {
    let mut tags = of_terms();
    tags.push(Tag::of(SLUG, slug));
    match found {
        None => {}
        Some(AtAddress::MovedTo(slug)) => tags.push(Tag::of(SLUG, slug)),
        Some(AtAddress::Here(display)) => {
            tags.push(Tag::of(PRODUCT, display.product.product_id));
            let category = display.product.category.as_deref();
            tags.extend(
                category
                    .iter()
                    .flat_map(|name| below(&display.navigation.categories, name)),
            );
        }
    }
    tags
}

/// The category of this name and all below it. One that has nothing to show yet is none of them, but when it does, the
/// navigation changes.
fn below(categories: &TermTree, name: &str) -> Vec<Tag> {
    let Some(top) = categories.terms().iter().find(|term| term.name == name) else {
        return vec![Tag::named(LIST)];
    };
    let mut found = vec![top];
    let mut next = 0;
    while let Some(term) = found.get(next) {
        found.extend(categories.children(Some(term.term_id)));
        next += 1;
        if found.len() > MOST_CATEGORIES {
            return vec![Tag::named(LIST)];
        }
    }
    found
        .into_iter()
        .map(|term: &Term| Tag::of(CATEGORY, &term.name))
        .collect()
}

/// The names that tags of the catalog have, for people.
pub const TAG_NAMES: [&str; 6] = [
    LIST,
    NAVIGATION,
    VOCABULARY,
    "product:ID",
    "slug:SLUG",
    "category:NAME",
];

/// A name as the tags here are made of it; `None` when none of them is ever called so.
pub fn tag_name(text: &str) -> Option<String> {
    if [LIST, NAVIGATION, VOCABULARY].contains(&text) {
        return Some(text.to_owned());
    }
    match text.split_once(':')? {
        (PRODUCT, id) => {
            let digits = id.bytes().all(|byte| byte.is_ascii_digit());
            let id: i32 = id.parse().ok().filter(|id| digits && *id > 0)?;
            Some(format!("{PRODUCT}:{id}"))
        }
        (SLUG | CATEGORY, thing) if !thing.is_empty() => Some(text.to_owned()),
        _ => None,
    }
}

/// The part of a product's state that decides which answers it stands in.
#[derive(Debug, Default, PartialEq, Deserialize)]
struct Place {
    #[serde(default)]
    slug: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    is_active: bool,
    #[serde(default)]
    publish_at: Option<Moment>,
    #[serde(default)]
    deleted_at: Option<Moment>,
}

impl Place {
    fn read(state: Option<&String>) -> Option<Place> {
        state.map(|state| serde_json::from_str(state).unwrap_or_default())
    }

    /// Whether the same categories have something to show with either.
    fn shows_the_same(&self, other: &Place) -> bool {
        let of = |place: &Place| {
            (
                place.category.clone(),
                place.is_active,
                place.publish_at,
                place.deleted_at.is_some(),
            )
        };
        of(self) == of(other)
    }
}

/// What a change of the log changes.
pub fn tags_of(change: &Change) -> Vec<Tag> {
    match Entity::parse(&change.entity) {
        Some(Entity::Product) => of_product_change(change),
        // Every page links the pages of text.
        Some(Entity::Category | Entity::Brand | Entity::Tag | Entity::Attribute | Entity::Page) => of_terms(),
        // Which lists have words in them is not known.
        Some(Entity::Synonym | Entity::Redirect) => of_lists(),
        // A fork has given history another name: nothing that was kept before it is looked at any more.
        Some(
            Entity::Submission
            | Entity::User
            | Entity::Key
            | Entity::Webhook
            | Entity::Cache
            | Entity::History,
        ) => Vec::new(),
        // Of a newer release: whatever it is, nothing that was kept before it can be trusted.
        None => of_lists(),
    }
}

fn of_product_change(change: &Change) -> Vec<Tag> {
    let (before, after) = (
        Place::read(change.state_before.as_ref()),
        Place::read(change.state_after.as_ref()),
    );
    let mut tags = vec![Tag::named(LIST), Tag::of(PRODUCT, change.entity_id)];
    for place in [&before, &after].into_iter().flatten() {
        tags.push(Tag::of(SLUG, &place.slug));
        tags.extend(place.category.iter().map(|category| Tag::of(CATEGORY, category)));
    }
    let stays = match (&before, &after) {
        (Some(before), Some(after)) => before.shows_the_same(after),
        _ => false,
    };
    if !stays || Action::parse(&change.action) == Some(Action::Published) {
        tags.push(Tag::named(NAVIGATION));
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_answer_can_depend_on_is_a_name() {
        for (text, name) in [
            ("list", Some("list")),
            ("navigation", Some("navigation")),
            ("vocabulary", Some("vocabulary")),
            ("product:7", Some("product:7")),
            ("product:007", Some("product:7")),
            ("slug:desk-lamp", Some("slug:desk-lamp")),
            ("category:Desk: lamps", Some("category:Desk: lamps")),
            ("", None),
            ("all", None),
            ("List", None),
            ("list:", None),
            ("product", None),
            ("product:", None),
            ("product:0", None),
            ("product:-7", None),
            ("product:+7", None),
            ("product:7 ", None),
            ("product:lamp", None),
            ("product:99999999999", None),
            ("slug:", None),
            ("category:", None),
            ("brand:Windward", None),
        ] {
            assert_eq!(tag_name(text).as_deref(), name, "{text}");
        }
        for (name, tag) in [("product:7", Tag::of(PRODUCT, 7)), ("list", of_lists()[0])] {
            assert_eq!(Tag::named(&tag_name(name).unwrap()), tag);
        }
    }
}
