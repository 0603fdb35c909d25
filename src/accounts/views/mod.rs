//! Signing in, setting up the first owner, and going on after a session ended, without losing what was typed.
//! Must not know how a password is checked.

pub mod account;
pub mod factor;
pub mod forgotten;
pub mod keys;
pub mod passkeys;
pub mod people;
pub mod register;

use maud::{Markup, html};

use crate::accounts::model::Party;
use crate::accounts::{Linked, Purpose};
use crate::error::FieldError;
use crate::web::form::{TextField, fault_summary, hidden, text_field};
use crate::web::layout::{mark, owner_page};

/// Where somebody goes who has forgotten the password.
pub const FORGOTTEN: &str = "/login/forgotten";

/// Values that say something to the person who typed them; the rest travels unseen.
const SHOWN: [(&str, &str); 14] = [
    ("name", "Name"),
    ("email", "E-mail"),
    ("role", "Role"),
    ("scope", "May"),
    ("code", "Code"),
    ("expires_days", "Days until it expires"),
    ("slug", "Slug"),
    ("sku", "SKU"),
    ("brand", "Brand"),
    ("description", "Description"),
    ("price", "Price"),
    ("category", "Category"),
    ("stock_quantity", "Stock"),
    ("image_url", "Picture address"),
];

/// The sign-in page. `carry` is a form that was sent without a session, `error` why the last try failed.
/// Without a `party` nobody has a passkey here.
pub fn sign_in(
    party: Option<&Party>,
    next: &str,
    email: &str,
    carry: Option<&str>,
    error: Option<&str>,
) -> Markup {
    let why = if carry.is_some() { Some(EXPIRED) } else { None };
    sign_in_page("Sign in", why, party, next, email, carry, error)
}

const EXPIRED: &str = "You were away for a while, so you were signed out. What you typed is kept: sign in, and you can save it.";

/// In place of an answer to a form that was sent after its session ended.
pub fn session_expired(party: Option<&Party>, next: &str, carry: &str) -> Markup {
    let title = "Please sign in again";
    sign_in_page(title, Some(EXPIRED), party, next, "", Some(carry), None)
}

/// In place of an answer to a form that needs a fresh sign-in.
pub fn prove_again(party: Option<&Party>, next: &str, carry: Option<&str>) -> Markup {
    let why = "This decides who gets in, so it asks for your password again. What you typed is kept.";
    sign_in_page("Please sign in again", Some(why), party, next, "", carry, None)
}

/// The page behind a link that works once: an invitation, or a new password.
pub fn link(token: &str, linked: &Linked, name: &str, faults: &[FieldError]) -> Markup {
    let labels = [("name", "Your name"), ("password", "Password")];
    let (title, is_new) = match linked.purpose {
        Purpose::Reset => ("Set a new password", false),
        _ => ("Welcome", true),
    };
    let fields = html! {
        (hidden("token", token))
        @if is_new {
            (text_field(&TextField { faults, required: true, autocomplete: Some("name"), ..TextField::new("name", "Your name", name) }))
        }
        (text_field(&TextField {
            kind: "password",
            faults,
            required: true,
            autocomplete: Some("new-password"),
            hint: Some("At least 12 characters. A sentence is easier to remember than a riddle."),
            ..TextField::new("password", "Password", "")
        }))
        button .button type="submit" { @if is_new { "Begin" } @else { "Set the password" } }
    };
    narrow_page(
        title,
        &html! {
            h1 { (title) }
            p { "This link works once. It is for " strong { (linked.user.email) } ", whose role is " (linked.user.role) "." }
            (fault_summary(faults, &labels))
            form .stack action="/account/link" method="post" novalidate { (fields) }
        },
    )
}

fn sign_in_page(
    title: &str,
    why: Option<&str>,
    party: Option<&Party>,
    next: &str,
    email: &str,
    carry: Option<&str>,
    error: Option<&str>,
) -> Markup {
    let fields = html! {
        (hidden("next", next))
        @if let Some(carry) = carry { (hidden("carry", carry)) }
        (text_field(&TextField { kind: "email", autocomplete: Some("username"), required: true, ..TextField::new("email", "E-mail", email) }))
        (text_field(&TextField {
            kind: "password", autocomplete: Some("current-password"), required: true, ..TextField::new("password", "Password", "")
        }))
        button .button type="submit" { "Sign in" }
    };
    narrow_page(
        title,
        &html! {
            h1 { (title) }
            @if let Some(why) = why { p { (why) } }
            @if let Some(error) = error { p .alert role="alert" { (error) } }
            form .stack action="/login" method="post" novalidate { (fields) }
            p { a href=(FORGOTTEN) { "Forgot your password?" } }
            @if let Some(party) = party { (passkeys::sign_in(party, next, carry)) }
        },
    )
}

/// The second step of signing in: the password was right, the code is still to come.
pub fn second_step(token: &str, next: &str, carry: Option<&str>, error: Option<&str>) -> Markup {
    let fields = html! {
        (hidden("token", token))
        (hidden("next", next))
        @if let Some(carry) = carry { (hidden("carry", carry)) }
        (text_field(&TextField {
            required: true,
            autocomplete: Some("one-time-code"),
            hint: Some("The six digits that your app shows. Without it: one of your recovery codes."),
            ..TextField::new("code", "Code", "")
        }))
        button .button type="submit" { "Sign in" }
    };
    narrow_page(
        "Your second factor",
        &html! {
            h1 { "Your second factor" }
            p { "Your password is right. Now the code, within " (Purpose::SecondStep.life()) "." }
            @if let Some(error) = error { p .alert role="alert" { (error) } }
            form .stack action="/login/code" method="post" novalidate { (fields) }
            p { a href="/login" { "Begin anew" } }
        },
    )
}

/// The page behind the one-time link that the first start prints.
pub fn set_up(token: &str, name: &str, email: &str, faults: &[FieldError]) -> Markup {
    let labels = [
        ("name", "Your name"),
        ("email", "E-mail"),
        ("password", "Password"),
    ];
    let fields = html! {
        (hidden("token", token))
        (text_field(&TextField { faults, required: true, autocomplete: Some("name"), ..TextField::new("name", "Your name", name) }))
        (text_field(&TextField {
            kind: "email", faults, required: true, autocomplete: Some("username"), ..TextField::new("email", "E-mail", email)
        }))
        (text_field(&TextField {
            kind: "password",
            faults,
            required: true,
            autocomplete: Some("new-password"),
            hint: Some("At least 12 characters. A sentence is easier to remember than a riddle."),
            ..TextField::new("password", "Password", "")
        }))
        button .button type="submit" { "Create the shop's owner" }
    };
    narrow_page(
        "Set up your shop",
        &html! {
            h1 { "Set up your shop" }
            p { "This link works once. It makes the account with which you add and change products." }
            (fault_summary(faults, &labels))
            form .stack action="/admin/setup" method="post" novalidate { (fields) }
        },
    )
}

/// After signing in again: what was typed, one click away from where it was meant to go.
pub fn continue_form(action: &str, fields: &[(String, String)], csrf_token: &str) -> Markup {
    let shown: Vec<(&str, &str)> = SHOWN
        .iter()
        .filter_map(|(name, label)| {
            let (_, value) = fields
                .iter()
                .find(|(field, value)| field == name && !value.trim().is_empty())?;
            Some((*label, value.as_str()))
        })
        .collect();
    let verb = match action.rsplit('/').next() {
        Some("delete") => "Delete",
        Some("restore") => "Restore",
        Some("disable") => "Disable",
        Some("enable") => "Enable",
        Some("erase") => "Erase",
        Some("revoke") => "Revoke",
        Some("link") => "Make the link",
        Some("second-factor") => "Set it up",
        Some("confirm") => "Switch it on",
        Some("codes") => "Make new codes",
        Some("off") => "Switch it off",
        Some("remove") => "Remove",
        _ => "Save",
    };
    narrow_page(
        "Not saved yet",
        &html! {
            h1 { "Not saved yet" }
            p .notice role="status" { "You are signed in again. Your changes are not saved yet." }
            @if !shown.is_empty() {
                dl .facts.typed { @for (label, value) in &shown { dt { (label) } dd { (value) } } }
            }
            form .ways action=(action) method="post" {
                (hidden("csrf_token", csrf_token))
                @for (name, value) in fields { (hidden(name, value)) }
                button .button type="submit" { (verb) }
                a .button.quiet href="/admin" { "Leave it" }
            }
        },
    )
}

/// The owner's pages before anybody is signed in: one narrow column under the program's own sign.
fn narrow_page(title: &str, main: &Markup) -> Markup {
    let header = html! {
        header .desk-header {
            div .wrap { a .brand href="/admin" { (mark()) span { "Vitrine" } } }
        }
    };
    owner_page(title, &header, &html! { div .narrow { (main) } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_travels_through_every_page_as_text() {
        let typed = "name=%22%3E%3Cscript%3E&price=5";
        assert!(
            session_expired(None, "/admin/products/7", typed)
                .into_string()
                .contains("name=\"carry\" value=\"name=%22%3E%3Cscript%3E&amp;price=5\"")
        );
        let fields = [
            ("name".to_owned(), "\"><script>".to_owned()),
            ("version".to_owned(), "3".to_owned()),
        ];
        let page = continue_form("/admin/products/7", &fields, "t0ken").into_string();
        assert!(
            page.contains("name=\"name\" value=\"&quot;&gt;&lt;script&gt;\"")
                && page.contains("name=\"version\" value=\"3\"")
        );
        assert!(page.contains("name=\"csrf_token\" value=\"t0ken\"") && page.contains(">Save</button>"));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn going_on_says_what_it_will_do() {
        assert!(
            continue_form("/admin/products/7/delete", &[], "")
                .into_string()
                .contains(">Delete</button>")
        );
    }

    #[test]
    fn a_failed_sign_in_keeps_the_address_and_says_why() {
        let page = sign_in(
            None,
            "/admin",
            "olive@shop.example",
            None,
            Some("Wrong e-mail or password."),
        )
        .into_string();
        assert!(page.contains("value=\"olive@shop.example\"") && page.contains("role=\"alert\""));
        assert!(!page.contains("name=\"carry\""));
    }
}
