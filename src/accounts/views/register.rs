//! The page on which strangers make an account to propose products with.

use maud::{Markup, html};

use super::narrow_page;
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, text_field};

pub fn form(name: &str, email: &str, faults: &[FieldError], sends_mail: bool) -> Markup {
    let labels = [
        ("name", "Your name"),
        ("email", "E-mail"),
        ("password", "Password"),
    ];
    let main = html! {
        h1 { "Register" }
        p { "With an account you can propose products, and follow what becomes of your proposals." }
        (fault_summary(faults, &labels))
        form .stack action="/register" method="post" novalidate {
            (text_field(&TextField {
                faults,
                required: true,
                autocomplete: Some("name"),
                hint: Some("Those who decide on proposals see it."),
                ..TextField::new("name", "Your name", name)
            }))
            (text_field(&TextField {
                kind: "email",
                faults,
                required: true,
                autocomplete: Some("username"),
                hint: Some(if sends_mail {
                    "To sign in with, and for a link if you forget the password. Nothing else is sent."
                } else {
                    "To sign in with. No mail is sent."
                }),
                ..TextField::new("email", "E-mail", email)
            }))
            (text_field(&TextField {
                kind: "password",
                faults,
                required: true,
                autocomplete: Some("new-password"),
                hint: Some("At least 12 characters. A sentence is easier to remember than a riddle."),
                ..TextField::new("password", "Password", "")
            }))
            button .button type="submit" { "Register" }
        }
        p { "You have an account? " a href="/login?next=/submit" { "Sign in" } }
    };
    narrow_page("Register", &main)
}

pub fn by_invitation() -> Markup {
    let main = html! {
        h1 { "By invitation" }
        p { "Whoever wants to propose products is invited by the shop, with a link that works once. Ask for one: " a href="/pages" { "how to reach the shop" } "." }
        p { "You have an account? " a href="/login?next=/submit" { "Sign in" } }
        p { "You keep this shop? " a href="/admin/people#invite" { "Invite somebody" } " as a submitter, and pass the link on." }
    };
    narrow_page("By invitation", &main)
}
