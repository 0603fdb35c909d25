//! Passkeys as people see them: their part of the account's page, the page where one is made, and the way in by one. All of it needs
//! `static/passkey.js`, since only scripts can ask a browser for a passkey; the forms appear when it runs.

use maud::{Markup, html};

use crate::accounts::Passkey;
use crate::accounts::model::Party;
use crate::error::FieldError;
use crate::web::assets;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::{TextField, fault_summary, hidden, text_field};
use crate::web::permission::Permission;

pub const ADDRESS: &str = "/account/passkeys";

/// On the page of the account.
pub fn section(viewer: &Viewer<'_>, party: Option<&Party>, passkeys: &[Passkey]) -> Markup {
    html! {
        @if party.is_some() || !passkeys.is_empty() || viewer.may(Permission::Administer) {
            section aria-labelledby="passkeys" {
                h2 #passkeys { "Passkeys" }
                p { "A passkey is kept by your phone, computer or password manager, which makes sure that it is you. It signs in instead of "
                    "password and second factor; both stay as they are." }
                @if !passkeys.is_empty() {
                    ul .sessions role="list" { @for passkey in passkeys { li { (line(viewer, passkey)) } } }
                }
                @match party {
                    Some(_) => { p { a .button.quiet href=(ADDRESS) { "Add a passkey" } } }
                    None => { p { "Nobody can make one here as long as " code { "server.public_url" } " is no name that browsers reach by https." } }
                }
            }
        }
    }
}

fn line(viewer: &Viewer<'_>, passkey: &Passkey) -> Markup {
    html! {
        p {
            strong { (passkey.name) }
            br; "since " (moment(passkey.created_at)) ", "
            @match passkey.last_used_at {
                Some(last_used_at) => { "last used " (moment(last_used_at)) }
                None => { "not used yet" }
            }
        }
        form action="/account/passkeys/remove" method="post" {
            (hidden("csrf_token", viewer.csrf_token))
            (hidden("passkey", &passkey.passkey_id.to_string()))
            button .button.quiet type="submit" { "Remove" span .visually-hidden { " " (passkey.name) } }
        }
    }
}

/// Where a new one gets its name and is made.
pub fn new(viewer: &Viewer<'_>, party: &Party, name: &str, faults: &[FieldError]) -> Markup {
    let title = "Add a passkey";
    let fields = html! {
        (hidden("csrf_token", viewer.csrf_token))
        (text_field(&TextField {
            faults, required: true,
            hint: Some("By which you know it again, such as the device it is in."),
            ..TextField::new("name", "Name", name)
        }))
        div .form-end {
            button .button type="submit" { "Make it" }
            a .button.quiet href="/account" { "Cancel" }
        }
    };
    let main = html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" { li { a href="/account" { "Account" } } li { span aria-current="page" { (title) } } }
        }
        div .narrow {
            h1 { (title) }
            p { "Your browser asks where to keep it and who you are: by fingerprint, face, or the code of the device." }
            (fault_summary(faults, &[("name", "Name")]))
            (asking(party, (ADDRESS, "/account/passkeys/question"), &["client_data", "authenticator_data"], &fields))
            p .alert data-scriptless { "Passkeys need JavaScript, which does not run in this browser. Your password goes on working without." }
        }
    };
    desk::page(viewer, title, &main)
}

/// Below the form that asks for the password, which stays the way in without scripts.
pub fn sign_in(party: &Party, next: &str, carry: Option<&str>) -> Markup {
    let parts = [
        "credential",
        "client_data",
        "authenticator_data",
        "signature",
        "user_handle",
    ];
    let fields = html! {
        (hidden("next", next))
        @if let Some(carry) = carry { (hidden("carry", carry)) }
        button .button.quiet type="submit" { "Sign in with a passkey" }
    };
    html! {
        (asking(party, ("/login/passkey", "/login/passkey/question"), &parts, &fields))
        p .hint data-scriptless { "Signing in with a passkey needs JavaScript." }
    }
}

/// A form that is sent with a browser's answer to a question.
fn asking(party: &Party, (action, question): (&str, &str), parts: &[&str], fields: &Markup) -> Markup {
    html! {
        form .stack.passkey action=(action) method="post" data-question=(question) data-origin=(party.origin()) hidden {
            (hidden("token", ""))
            @for part in parts { (hidden(part, "")) }
            (fields)
            p .alert role="alert" hidden {}
        }
        script src=(assets::url("passkey.js")) defer {}
    }
}
