//! The shop's pages of text.

use maud::{Markup, html};

use crate::catalog::TextPage;
use crate::web::layout::{Head, NavLink, Shell, page};
use crate::web::markdown;

/// One page of text.
pub fn text_page(shell: &Shell<'_>, text: &TextPage) -> Markup {
    let head = Head {
        title: &text.title,
        description: &markdown::plain(&text.body),
        canonical: Some(shell.path),
        ..Head::default()
    };
    let main = html! {
        div .wrap {
            (crumbs(&text.title))
            article .text-page {
                h1 { (text.title) }
                div .prose { (markdown::markup(&text.body)) }
            }
        }
    };
    page(shell, &head, main)
}

/// All of them.
pub fn text_pages(shell: &Shell<'_>, pages: &[NavLink]) -> Markup {
    let head = Head {
        title: "About the shop",
        description: "What the shop says of itself.",
        canonical: Some("/pages"),
        ..Head::default()
    };
    let main = html! {
        div .wrap {
            (crumbs("About the shop"))
            article .text-page {
                h1 { "About the shop" }
                @if pages.is_empty() {
                    p { "The shop has not written anything here yet." }
                } @else {
                    ul .text-pages role="list" { @for page in pages { li { a href=(page.path) { (page.label) } } } }
                }
            }
        }
    };
    page(shell, &head, main)
}

fn crumbs(title: &str) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" { li { a href="/" { "Home" } } li { span aria-current="page" { (title) } } }
        }
    }
}
