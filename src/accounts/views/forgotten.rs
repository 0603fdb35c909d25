//! What there is to do about a forgotten password. Must not know whether anybody has one.

use maud::{Markup, html};

use super::narrow_page;
use crate::accounts::Purpose;
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, text_field};

const TITLE: &str = "Forgot your password?";

/// Asks for the address that the account is under. `error` is what went wrong last, if that is no field's fault.
pub fn form(email: &str, faults: &[FieldError], error: Option<&str>) -> Markup {
    let main = html! {
        h1 { (TITLE) }
        p { "You get a link by mail that sets a new one. It works once, for " (Purpose::Reset.life()) "." }
        @if let Some(error) = error { p .alert role="alert" { (error) } }
        (fault_summary(faults, &[("email", "E-mail")]))
        form .stack action=(super::FORGOTTEN) method="post" novalidate {
            (text_field(&TextField {
                kind: "email",
                faults,
                required: true,
                autocomplete: Some("username"),
                hint: Some("The address that you sign in with."),
                ..TextField::new("email", "E-mail", email)
            }))
            button .button type="submit" { "Send the link" }
        }
        (back())
    };
    narrow_page(TITLE, &main)
}

/// The answer, the same for everybody.
pub fn asked() -> Markup {
    let title = "Look into your mailbox";
    let main = html! {
        h1 { (title) }
        p .notice role="status" { "If there is an account with this address, a link is on its way there." }
        p { "Nothing comes? It may take some minutes, or lie among the unwanted mails. Otherwise the account is under another address, "
            "or shut: an owner of the shop knows." }
        (back())
    };
    narrow_page(title, &main)
}

/// Where no mail is sent.
pub fn whom_to_ask() -> Markup {
    let main = html! {
        h1 { (TITLE) }
        p { "Ask an owner of the shop: on your page under " strong { "People" } " they make a link for a new password and pass it on to you." }
        p { "You are the owner? Whoever keeps the server makes the link with " code { "vitrine user reset you@example.com --link" } "." }
        (back())
    };
    narrow_page(TITLE, &main)
}

fn back() -> Markup {
    html! { p { a href="/login" { "Back to the sign-in" } } }
}
