//! What people read when something went wrong: what happened, and ways on. It asks no database, so it can be shown
//! when that is what went wrong.

use maud::{Markup, html};

use super::layout::{Head, Shell, page, search_box};
use crate::error::Problem;

/// The page for a refused or failed request.
pub fn error_page(shell: &Shell<'_>, problem: &Problem) -> Markup {
    let headline = headline(problem.status);
    let head = Head {
        title: headline,
        description: &problem.detail,
        ..Head::default()
    };
    let features = shell.site.features;
    page(
        shell,
        &head,
        html! {
            div .wrap {
                div .fault {
                    p .fault-code { "Error " (problem.status) }
                    h1 { (headline) }
                    p { (problem.detail) " " (advice(problem.status)) }
                    @if problem.status == 404 && features.catalog && features.search { (search_box("/search", "Search the shop", "", None)) }
                    p .ways {
                        @if features.catalog {
                            a .button href="/" { "To the front page" }
                            a .button.quiet href="/products" { "All products" }
                        } @else if features.admin {
                            a .button href="/admin/products" { "To the products" }
                        }
                    }
                    @if problem.status >= 500 && !problem.request_id.is_empty() {
                        p .request-id { "If you tell the shop about it, please name this number: " code { (problem.request_id) } }
                    }
                }
            }
        },
    )
}

fn headline(status: u16) -> &'static str {
    match status {
        401 => "Please sign in",
        403 => "This is not for everybody",
        404 => "We cannot find this page",
        405 => "This address works differently",
        408 => "That took too long",
        409 | 412 => "Somebody else was faster",
        413 => "That is too large",
        414 => "This address is too long",
        421 => "This shop goes by another name",
        429 => "A little slower, please",
        500 => "Something went wrong on our side",
        503 => "The shop is catching its breath",
        400..=499 => "We cannot answer this request",
        _ => "Something went wrong on our side",
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        404 => "It may have moved, or the product is no longer sold.",
        400 | 414 | 422 => "Check the address, or start again from one of these pages.",
        429 | 503 => "Please try again in a moment.",
        500..=599 => "Please try again in a moment.",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;
    use crate::web::site::tests::site;

    fn shown(status: StatusCode) -> String {
        let site = site(None);
        let shell = Shell {
            site: &site,
            nav: &[],
            pages: None,
            path: "",
            query: "",
            signed_in: false,
        };
        let problem = Problem {
            request_id: "0123456789".to_owned(),
            ..Problem::new(status, "code", "<What happened>.")
        };
        error_page(&shell, &problem).into_string()
    }

    #[test]
    fn a_fault_of_ours_names_the_request_and_a_wrong_address_offers_ways_on() {
        let ours = shown(StatusCode::INTERNAL_SERVER_ERROR);
        assert!(ours.contains("0123456789") && ours.contains("href=\"/\""));
        let theirs = shown(StatusCode::NOT_FOUND);
        assert!(!theirs.contains("0123456789") && theirs.contains("href=\"/products\""));
        assert!(theirs.contains("&lt;What happened&gt;") && theirs.contains("noindex"));
    }
}
