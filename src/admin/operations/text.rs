//! How the shop's pages of text describe themselves to programs. Must not know how it is done.

use super::MANAGEMENT;
use crate::accounts::Scope;
use crate::catalog::schemas::{id, version};
use crate::catalog::{BODY_LENGTH, TITLE_LENGTH};
use crate::web::openapi::{Example, Object, Operation, Schema};

pub fn index() -> Operation {
    let body = Object::new().with("data", Schema::list(shape())).closed();
    Operation::new(MANAGEMENT, "listPages", "List pages of text")
        .about("What the shop says of itself, hidden pages too, in the order in which they are linked.")
        .fresh()
        .needs_key(Scope::CatalogRead.as_str())
        .answers(200, "All pages.", Some(body))
        .example(Example::of("/api/admin/pages"))
}

pub fn create() -> Operation {
    let body = r##"{"title": "Workshop visits", "body": "# When\n\nEvery *first* Friday."}"##;
    Operation::new(MANAGEMENT, "createPage", "Add a page of text")
        .about("It is linked at the foot of every page and shown at /pages/{slug}. Its text is CommonMark; HTML in it is shown as text.")
        .idempotent()
        .body(input())
        .needs_key(Scope::CatalogWrite.as_str())
        .answers(201, "The new page.", Some(shape()))
        .with_version()
        .with_change_seq()
        .with_header("Location", "Its address.", true)
        .with_replay()
        .example(Example::of("/api/admin/pages").json(body))
}

pub fn show() -> Operation {
    own("getPage", "Read a page of text", Scope::CatalogRead)
        .fresh()
        .answers(200, "The page.", Some(shape()))
        .with_version()
        .revalidates()
        .example(Example::of("/api/admin/pages/1"))
}

pub fn replace() -> Operation {
    let body = r#"{"title": "About us", "slug": "about-us", "body": "We are two people and a kiln."}"#;
    own("replacePage", "Replace a page of text", Scope::CatalogWrite)
        .about("What GET returned can be sent back as it is. A page whose address changes is found under the old one too.")
        .if_match()
        .body(input())
        .answers(200, "The page as it is now.", Some(shape()))
        .with_version()
        .with_change_seq()
        .example(
            Example::of("/api/admin/pages/1")
                .header("If-Match", "\"v1\"")
                .json(body),
        )
}

pub fn delete() -> Operation {
    own("deletePage", "Delete a page of text", Scope::CatalogWrite)
        .about("The history can bring it back.")
        .if_match()
        .answers(204, "It is deleted.", None)
        .with_change_seq()
        .example(Example::of("/api/admin/pages/2").header("If-Match", "\"v1\""))
}

fn own(id_of_it: &'static str, summary: &'static str, scope: Scope) -> Operation {
    Operation::new(MANAGEMENT, id_of_it, summary)
        .path("id", id(), "Its id.")
        .needs_key(scope.as_str())
}

fn title() -> Schema {
    Schema::text()
        .at_most(TITLE_LENGTH)
        .describe("Its heading, and what links to it are called.")
}

fn slug() -> Schema {
    Schema::text()
        .example("about")
        .describe("Its address below /pages/; made from the title unless said.")
}

fn body() -> Schema {
    Schema::text().at_most(BODY_LENGTH).describe("CommonMark.")
}

fn position() -> Schema {
    Schema::integer().describe("Pages with lower ones are linked first.")
}

fn is_published() -> Schema {
    Schema::boolean().describe("Whether customers can see it.")
}

fn shape() -> Schema {
    let shape = Object::new()
        .with("page_id", id())
        .with("title", title())
        .with("slug", slug())
        .with("body", body())
        .with("position", position())
        .with("is_published", is_published())
        .with("version", version())
        .with("updated_at", Schema::moment());
    Schema::named("Page", shape.closed())
}

fn input() -> Schema {
    let input = Object::new()
        .maybe("page_id", id().read_only())
        .with("title", title())
        .maybe("slug", slug())
        .with("body", body())
        .maybe("position", position().default(0))
        .maybe("is_published", is_published().default(true))
        .maybe("version", version().read_only())
        .maybe("updated_at", Schema::moment().read_only());
    Schema::named("PageInput", input.closed())
}
