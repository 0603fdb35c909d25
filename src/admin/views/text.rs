//! The owner's pages about the shop's pages of text: the list, the form with a look at the page, the question before one
//! goes.

use maud::{Markup, html};

use super::{Desk, crumbs, desk_page, overtaken};
use crate::catalog::{BODY_LENGTH, MOST_PAGES, TITLE_LENGTH, TextPage, TextPageInput};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, hidden, label_of, text_field};
use crate::web::{assets, format, markdown};

/// Where the list is; everything else is below.
pub const ADDRESS: &str = "/admin/pages";

const LABELS: [(&str, &str); 5] = [
    ("title", "Title"),
    ("body", "Text"),
    ("slug", "Address"),
    ("position", "Place"),
    ("is_published", "Visible in the shop"),
];

/// What the form shows.
pub struct Form<'a> {
    /// `None` for one that does not exist yet.
    pub standing: Option<Standing<'a>>,
    /// What stands in the fields.
    pub values: &'a TextPageInput,
    pub faults: &'a [FieldError],
    /// The page as it would be, if somebody asked.
    pub preview: Option<&'a TextPage>,
}

/// The page that is edited.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    pub stored: &'a TextPage,
    /// The version that the next save must meet; a refused form keeps the one it was opened with.
    pub version: i32,
    /// Somebody else changed it while this form was open.
    pub overtaken: bool,
}

pub fn list(desk: &Desk<'_>, pages: &[TextPage]) -> Markup {
    let total = i64::try_from(pages.len()).unwrap_or(i64::MAX);
    let main = html! {
        div .page-head {
            h1 { "Pages " span .count { (format::count(total, "page", "pages")) } }
            @if pages.len() < MOST_PAGES { a .button href={ (ADDRESS) "/new" } { "New page" } }
        }
        p .lead { "What the shop says of itself: who it is, how to reach it, what the law wants to be told. The visible ones are linked at the foot of every page." }
        @if pages.is_empty() {
            div .empty {
                h2 { "No pages yet" }
                p { "Most shops need at least an imprint or contact page, and one about privacy." }
            }
        } @else {
            table .ledger {
                caption .visually-hidden { "Pages" }
                thead { tr { th scope="col" { "Title" } th scope="col" { "Address" } th scope="col" { "State" } th scope="col" .key { "Last change" } } }
                tbody { @for page in pages { (row(desk, page)) } }
            }
        }
    };
    desk_page(desk, "Pages", &main)
}

fn row(desk: &Desk<'_>, page: &TextPage) -> Markup {
    let shown_at = format!("/pages/{}", page.slug);
    html! {
        tr {
            td .what { a href={ (ADDRESS) "/" (page.page_id) } { (page.title) } }
            td .aside { @if page.is_published && desk.site.features.catalog { a href=(shown_at) { (shown_at) } } @else { (shown_at) } }
            td .aside { @if page.is_published { "Visible" } @else { "Hidden" } }
            td .aside.key { time datetime=(page.updated_at) { (page.updated_at.to_date()) } }
        }
    }
}

pub fn form(desk: &Desk<'_>, form: &Form<'_>) -> Markup {
    let title = form
        .standing
        .map_or("New page", |standing| standing.stored.title.as_str());
    let action = form.standing.map_or_else(
        || ADDRESS.to_owned(),
        |standing| format!("{ADDRESS}/{}", standing.stored.page_id),
    );
    let main = html! {
        (crumbs((ADDRESS, "Pages"), title))
        div .page-head {
            h1 { (title) }
            @if let Some(standing) = form.standing && standing.stored.is_published && desk.site.features.catalog {
                p .count { a href={ "/pages/" (standing.stored.slug) } { "See it in the shop" } }
            }
        }
        @if let Some(standing) = form.standing && standing.overtaken {
            (overtaken(&standing.stored.title, &differences(form.values, standing.stored)))
        }
        (fault_summary(form.faults, &LABELS))
        form .term-form action=(action) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            @if let Some(standing) = form.standing { (hidden("version", &standing.version.to_string())) }
            (fields(form))
            @if let Some(page) = form.preview { (preview(page)) }
            div .form-end {
                button .button type="submit" { "Save" }
                button .button.quiet type="submit" name="intent" value="preview" { "See how it looks" }
                a .button.quiet href=(ADDRESS) { "Cancel" }
            }
        }
        @if form.standing.is_some() {
            div .delete-form { a .button.danger href={ (action) "/delete" } { "Delete" } }
        }
        script src=(assets::url("length.js")) defer {}
    };
    desk_page(desk, title, &main)
}

fn fields(form: &Form<'_>) -> Markup {
    let field = |name| TextField {
        faults: form.faults,
        ..TextField::new(name, label_of(&LABELS, name), value(form.values, name))
    };
    let marks = "An empty line starts a new paragraph. # begins a heading, - an entry of a list; *word* is emphasised, [words](https://…) is a link. HTML is shown as text.";
    let address = if form.standing.is_some() {
        "The end of its address. The old one leads to the new one."
    } else {
        "The end of its address. Left empty, it is made from the title."
    };
    html! {
        div .sheet {
            (text_field(&TextField { required: true, longest: Some(TITLE_LENGTH), ..field("title") }))
            (text_field(&TextField { kind: "textarea", required: true, hint: Some(marks), longest: Some(BODY_LENGTH), ..field("body") }))
            (text_field(&TextField { hint: Some(address), ..field("slug") }))
            (text_field(&TextField { inputmode: Some("numeric"), hint: Some("A whole number; pages with lower ones are linked first."), ..field("position") }))
            div .field {
                label .check {
                    input #field-is_published type="checkbox" name="is_published" value="true" checked[form.values.is_published];
                    (label_of(&LABELS, "is_published"))
                }
            }
        }
    }
}

fn preview(page: &TextPage) -> Markup {
    html! {
        section .preview-of #preview aria-label="Preview" {
            p .hint { "Not saved yet. It would look like this at /pages/" (page.slug) ":" }
            h2 .preview-title { (page.title) }
            div .prose { (markdown::markup(&page.body)) }
        }
    }
}

/// The question before a page goes.
pub fn delete(desk: &Desk<'_>, page: &TextPage, is_overtaken: bool) -> Markup {
    let own = format!("{ADDRESS}/{}", page.page_id);
    let title = format!("Delete the page “{}”?", page.title);
    let main = html! {
        (crumbs((ADDRESS, "Pages"), "Delete"))
        div .narrow {
            h1 { (title) }
            @if is_overtaken {
                p .notice role="alert" { "It was changed while you were here. Nothing is deleted yet: look once more, then decide." }
            }
            p { "Its address leads nowhere from then on. The history can bring it back. To take it out of the shop for a while, make it invisible instead." }
            form .ways action={ (own) "/delete" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                (hidden("version", &page.version.to_string()))
                button .button.danger type="submit" { "Delete" }
                a .button.quiet href=(own) { "Keep it" }
            }
        }
    };
    desk_page(desk, &title, &main)
}

fn value<'a>(values: &'a TextPageInput, name: &str) -> &'a str {
    match name {
        "title" => &values.title,
        "body" => &values.body,
        "slug" => &values.slug,
        "position" => &values.position,
        _ if values.is_published => "yes",
        _ => "no",
    }
}

/// What the shop has by now where it is not what was typed.
fn differences(values: &TextPageInput, stored: &TextPage) -> Vec<(&'static str, String)> {
    let theirs = TextPageInput::of(stored);
    let differs = |name| {
        let lines = |text: &str| text.trim().lines().map(str::to_owned).collect::<Vec<_>>();
        lines(value(values, name)) != lines(value(&theirs, name))
    };
    let differing = LABELS.into_iter().filter(|(name, _)| differs(name));
    differing
        .map(|(name, label)| (label, value(&theirs, name).to_owned()))
        .collect()
}
