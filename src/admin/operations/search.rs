//! How synonyms and redirects describe themselves to programs. Must not know how it is done.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::catalog::schemas::{id, version};
use crate::catalog::{MOST_SYNONYMS, QUERY_LENGTH, RuleKind, TARGET_LENGTH, WORDS_LENGTH};
use crate::web::openapi::{Example, Object, Operation, Schema};

pub fn synonyms() -> Operation {
    list("listSynonyms", "List synonyms", "All synonyms.", synonym_shape())
        .about("Other words for what customers search for, by what they search for.")
        .example(Example::of("/api/admin/search/synonyms"))
}

pub fn create_synonym() -> Operation {
    let body = r#"{"query": "couch", "words": ["sofa", "two seater"], "kind": "two_way"}"#;
    create("createSynonym", "Add a synonym", synonym_shape(), synonym_input())
        .about("Nodes of the shop search by it within a moment. A query has one synonym or redirect.")
        .example(Example::of("/api/admin/search/synonyms").json(body))
}

pub fn synonym() -> Operation {
    show("getSynonym", "Read a synonym", synonym_shape()).example(Example::of("/api/admin/search/synonyms/1"))
}

pub fn replace_synonym() -> Operation {
    replace(
        "replaceSynonym",
        "Replace a synonym",
        synonym_shape(),
        synonym_input(),
    )
    .example(
        Example::of("/api/admin/search/synonyms/1")
            .header("If-Match", "\"v1\"")
            .json(r#"{"query": "settee", "words": ["sofa", "armchair"], "kind": "one_way"}"#),
    )
}

pub fn delete_synonym() -> Operation {
    delete("deleteSynonym", "Delete a synonym")
        .example(Example::of("/api/admin/search/synonyms/2").header("If-Match", "\"v1\""))
}

pub fn redirects() -> Operation {
    list(
        "listRedirects",
        "List redirects",
        "All redirects.",
        redirect_shape(),
    )
    .about("Searches that lead straight to a page of the shop.")
    .example(Example::of("/api/admin/search/redirects"))
}

pub fn create_redirect() -> Operation {
    let body = r#"{"query": "all lamps", "target": "/categories/lighting"}"#;
    create(
        "createRedirect",
        "Add a redirect",
        redirect_shape(),
        redirect_input(),
    )
    .about("The target is a path of this shop. A query has one synonym or redirect.")
    .example(Example::of("/api/admin/search/redirects").json(body))
}

pub fn redirect() -> Operation {
    show("getRedirect", "Read a redirect", redirect_shape())
        .example(Example::of("/api/admin/search/redirects/3"))
}

pub fn replace_redirect() -> Operation {
    replace(
        "replaceRedirect",
        "Replace a redirect",
        redirect_shape(),
        redirect_input(),
    )
    .example(
        Example::of("/api/admin/search/redirects/3")
            .header("If-Match", "\"v1\"")
            .json(r#"{"query": "gift cards", "target": "/products?tag=gift"}"#),
    )
}

pub fn delete_redirect() -> Operation {
    delete("deleteRedirect", "Delete a redirect")
        .example(Example::of("/api/admin/search/redirects/4").header("If-Match", "\"v1\""))
}

fn list(id_of_it: &'static str, summary: &'static str, about: &'static str, shape: Schema) -> Operation {
    let body = Object::new().with("data", Schema::list(shape)).closed();
    Operation::new(MANAGEMENT, id_of_it, summary)
        .fresh()
        .needs_key(Scope::CatalogRead.as_str())
        .answers(200, about, Some(body))
}

fn create(id_of_it: &'static str, summary: &'static str, shape: Schema, input: Schema) -> Operation {
    Operation::new(MANAGEMENT, id_of_it, summary)
        .idempotent()
        .body(input)
        .needs_key(Scope::CatalogWrite.as_str())
        .answers(201, "The new one.", Some(shape))
        .with_version()
        .with_change_seq()
        .with_header("Location", "Its address.", true)
        .with_replay()
}

fn show(id_of_it: &'static str, summary: &'static str, shape: Schema) -> Operation {
    own(id_of_it, summary, Scope::CatalogRead)
        .fresh()
        .answers(200, "What it says.", Some(shape))
        .with_version()
        .revalidates()
}

fn replace(id_of_it: &'static str, summary: &'static str, shape: Schema, input: Schema) -> Operation {
    own(id_of_it, summary, Scope::CatalogWrite)
        .about("What GET returned can be sent back as it is.")
        .if_match()
        .body(input)
        .answers(200, "What it says now.", Some(shape))
        .with_version()
        .with_change_seq()
}

fn delete(id_of_it: &'static str, summary: &'static str) -> Operation {
    own(id_of_it, summary, Scope::CatalogWrite)
        .about("The history can bring it back.")
        .if_match()
        .answers(204, "It is deleted.", None)
        .with_change_seq()
}

fn own(id_of_it: &'static str, summary: &'static str, scope: Scope) -> Operation {
    Operation::new(MANAGEMENT, id_of_it, summary)
        .path("id", id(), "Its id.")
        .needs_key(scope.as_str())
}

fn query() -> Schema {
    Schema::text()
        .at_most(QUERY_LENGTH)
        .example("settee")
        .describe("What customers type; case and accents make no difference.")
}

fn words() -> Schema {
    Schema::list(Schema::text().at_most(WORDS_LENGTH))
        .at_most(MOST_SYNONYMS)
        .describe("Other ways to say it; each may be several words.")
}

fn kind() -> Schema {
    Schema::words(&[RuleKind::TwoWay.name(), RuleKind::OneWay.name()])
        .describe("two_way: each finds what the others find. one_way: only the query finds more.")
}

fn target() -> Schema {
    Schema::text()
        .at_most(TARGET_LENGTH)
        .example("/categories/lighting")
        .describe("A path of this shop.")
}

fn synonym_shape() -> Schema {
    let shape = Object::new()
        .with("synonym_id", id())
        .with("query", query())
        .with("words", words())
        .with("kind", kind())
        .with("version", version());
    Schema::named("Synonym", shape.closed())
}

fn synonym_input() -> Schema {
    let input = Object::new()
        .maybe("synonym_id", id().read_only())
        .with("query", query())
        .with("words", words())
        .maybe("kind", kind().default(RuleKind::TwoWay.name()))
        .maybe("version", version().read_only());
    Schema::named("SynonymInput", input.closed())
}

fn redirect_shape() -> Schema {
    let shape = Object::new()
        .with("redirect_id", id())
        .with("query", query())
        .with("target", target())
        .with("version", version());
    Schema::named("Redirect", shape.closed())
}

fn redirect_input() -> Schema {
    let input = Object::new()
        .maybe("redirect_id", id().read_only())
        .with("query", query())
        .with("target", target())
        .maybe("version", version().read_only());
    Schema::named("RedirectInput", input.closed())
}
