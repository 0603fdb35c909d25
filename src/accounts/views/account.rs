//! The page of one's own account.

use maud::{Markup, html};

use crate::accounts::model::Party;
use crate::accounts::{OwnAccount, Session, SessionHandle};
use crate::error::FieldError;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::{TextField, fault_summary, hidden, text_field};
use crate::web::permission::Permission;

const NOTICES: [(&str, &str); 6] = [
    (
        "password",
        "Your password is changed. Everywhere else you are signed out.",
    ),
    ("ended", "Signed out there."),
    (
        "second-factor-off",
        "The second factor is off. Everywhere else you are signed out.",
    ),
    (
        "passkey-added",
        "The passkey is kept. You can sign in with it from now on.",
    ),
    (
        "passkey-removed",
        "The passkey opens nothing any more. Everywhere else you are signed out.",
    ),
    (
        "second-factor",
        "This shop wants a second factor of those who work in it. Set one up, then everything opens.",
    ),
];

/// The notice of this name; anything else is none, so that an address cannot put words on the page.
pub fn notice(name: &str) -> Option<&'static str> {
    let found = NOTICES.iter().find(|(known, _)| *known == name);
    found.map(|(_, words)| *words)
}

/// `current` is the session that the page is seen in.
pub fn page(
    viewer: &Viewer<'_>,
    (own, party): (&OwnAccount, Option<&Party>),
    current: &SessionHandle,
    notice: Option<&str>,
    faults: &[FieldError],
) -> Markup {
    let user = &own.user;
    let main = html! {
        @if let Some(notice) = notice { p .notice role="status" { (notice) } }
        div .narrow {
            h1 { "Your account" }
            dl .facts {
                dt { "Name" } dd { (user.name) }
                dt { "E-mail" } dd { (user.email) }
                dt { "Role" } dd { (user.role) }
            }
            @if viewer.site.features.submissions && viewer.may(Permission::Propose) {
                section aria-labelledby="proposals" {
                    h2 #proposals { "Proposals and inbox" }
                    p { a href="/account/proposals" { "What you have proposed, and what you are told" } }
                }
            }
            (password_form(viewer, faults))
            (super::factor::section(viewer, own.second_factor.as_ref()))
            (super::passkeys::section(viewer, party, &own.passkeys))
            (sessions_part(viewer, own, current))
            section aria-labelledby="data" {
                h2 #data { "Your data" }
                p { "What the shop knows about you, as a file that programs can read. To be erased, ask an owner of the shop." }
                p { a .button.quiet href="/account/export" download { "Download my data" } }
            }
        }
    };
    desk::page(&viewer.at("/account"), "Your account", &main)
}

fn password_form(viewer: &Viewer<'_>, faults: &[FieldError]) -> Markup {
    let labels = [("old_password", "Present password"), ("password", "New password")];
    html! {
        section aria-labelledby="password" {
            h2 #password { "Password" }
            (fault_summary(faults, &labels))
            form .stack action="/account/password" method="post" novalidate {
                (hidden("csrf_token", viewer.csrf_token))
                (text_field(&TextField {
                    kind: "password", faults, required: true, autocomplete: Some("current-password"),
                    ..TextField::new("old_password", "Present password", "")
                }))
                (text_field(&TextField {
                    kind: "password", faults, required: true, autocomplete: Some("new-password"),
                    hint: Some("At least 12 characters. Everywhere else you will be signed out."),
                    ..TextField::new("password", "New password", "")
                }))
                button .button type="submit" { "Change password" }
            }
        }
    }
}

fn sessions_part(viewer: &Viewer<'_>, own: &OwnAccount, current: &SessionHandle) -> Markup {
    html! {
        section aria-labelledby="sessions" {
            h2 #sessions { "Where you are signed in" }
            ul .sessions role="list" {
                @for session in &own.sessions {
                    li { (line(viewer, session, session.handle == *current)) }
                }
            }
            @if own.sessions.len() > 1 {
                form action="/account/sessions/end-others" method="post" {
                    (hidden("csrf_token", viewer.csrf_token))
                    button .button.quiet type="submit" { "Sign out everywhere else" }
                }
            }
        }
    }
}

fn line(viewer: &Viewer<'_>, session: &Session, is_current: bool) -> Markup {
    html! {
        p {
            @if is_current { strong { "This browser" } } @else { strong { "Another browser" } }
            br; "since " (moment(session.created_at)) ", last seen " (moment(session.last_seen_at))
        }
        @if !is_current {
            form action="/account/sessions/end" method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                (hidden("session", session.handle.as_str()))
                button .button.quiet type="submit" { "Sign out there" }
            }
        }
    }
}
