//! The keys of programs: all of them, and a new one, shown once.

use maud::{Markup, html};

use crate::accounts::{ApiKey, NewApiKey};
use crate::db::Moment;
use crate::error::FieldError;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::{TextField, fault_summary, hidden, select_field, text_field};

const SCOPES: [(&str, &str); 3] = [
    ("catalog:read", "Read the catalog"),
    ("catalog:write", "Read and change the catalog"),
    ("admin", "Everything"),
];

/// Days until a new key expires unless somebody says otherwise.
const USUAL_LIFE_DAYS: &str = "365";

pub struct List<'a> {
    pub keys: &'a [ApiKey],
    pub now: Moment,
    /// One has just been revoked.
    pub is_revoked: bool,
    pub form: Typed<'a>,
}

/// What was typed into the form of a new key.
pub struct Typed<'a> {
    pub name: &'a str,
    pub scope: &'a str,
    pub days: &'a str,
    pub faults: &'a [FieldError],
}

impl Default for Typed<'_> {
    fn default() -> Self {
        Self {
            name: "",
            scope: "catalog:read",
            days: USUAL_LIFE_DAYS,
            faults: &[],
        }
    }
}

pub fn list(viewer: &Viewer<'_>, list: &List<'_>) -> Markup {
    let main = html! {
        @if list.is_revoked { p .notice role="status" { "The key counts for nothing any more." } }
        div .page-head { h1 { "Keys of programs" } }
        @if list.keys.is_empty() {
            div .empty { h2 { "No keys yet" } p { "A program that works with the shop sends a key with each call." } }
        } @else {
            ul .sessions role="list" { @for key in list.keys { li { (line(viewer, key, list.now)) } } }
        }
        section .narrow aria-labelledby="new" { h2 #new { "New key" } (form(viewer, &list.form)) }
    };
    desk::page(&viewer.at("/admin/keys"), "Keys", &main)
}

fn line(viewer: &Viewer<'_>, key: &ApiKey, now: Moment) -> Markup {
    let state = key.state(now);
    html! {
        p {
            strong { (key.name) } " (number " (key.key_id) ", " (key.scopes) ")"
            br; (state) ", made " (moment(key.created_at))
            ", " @match key.last_used_at { Some(used) => { "last used " (moment(used)) } None => { "never used" } }
            @if let Some(expires_at) = key.expires_at { ", expires " (moment(expires_at)) }
        }
        @if state == "valid" {
            form action={ "/admin/keys/" (key.key_id) "/revoke" } method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                button .button.quiet type="submit" { "Revoke" }
            }
        }
    }
}

fn form(viewer: &Viewer<'_>, typed: &Typed<'_>) -> Markup {
    let labels = [
        ("name", "Name"),
        ("scope", "May"),
        ("expires_days", "Days until it expires"),
    ];
    let scopes = SCOPES.map(|(scope, words)| (scope.to_owned(), words.to_owned()));
    let faults = typed.faults;
    html! {
        (fault_summary(faults, &labels))
        form .stack action="/admin/keys" method="post" novalidate {
            (hidden("csrf_token", viewer.csrf_token))
            (text_field(&TextField {
                faults, required: true, hint: Some("What it is for, so that you know it again."), ..TextField::new("name", "Name", typed.name)
            }))
            (select_field(&TextField { faults, ..TextField::new("scope", "May", typed.scope) }, &scopes))
            (text_field(&TextField {
                faults, inputmode: Some("numeric"), hint: Some("Empty: until it is revoked."),
                ..TextField::new("expires_days", "Days until it expires", typed.days)
            }))
            button .button type="submit" { "Make a key" }
        }
    }
}

/// The key, this once.
pub fn made(viewer: &Viewer<'_>, made: &NewApiKey) -> Markup {
    let key = &made.key;
    let main = html! {
        div .narrow {
            h1 { "The key “" (key.name) "”" }
            p .notice role="status" { "Copy it now: it is shown this once, and the shop keeps its hash only." }
            div .field {
                label for="key" { "Key" }
                input #key type="text" readonly value=(made.secret.expose());
            }
            p { "Programs send it as " code { "Authorization: Bearer vk_…" } "."
                @if let Some(expires_at) = key.expires_at { " It expires " (moment(expires_at)) "." } }
            p { a .button.quiet href="/admin/keys" { "Done" } }
        }
    };
    desk::page(&viewer.at("/admin/keys"), "New key", &main)
}
