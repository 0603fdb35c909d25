//! The people of the shop: all of them, one of them, and the link that lets somebody in.

use maud::{Markup, html};

use crate::accounts::{Link, OwnAccount, Purpose, Role, User};
use crate::error::FieldError;
use crate::web::desk::{self, Viewer, moment};
use crate::web::form::{TextField, fault_summary, hidden, select_field, text_field};
use crate::web::format;

const NOTICES: [(&str, &str); 5] = [
    (
        "role",
        "The role is changed. It counts from the next sign-in, which has to be now.",
    ),
    ("signed-out", "Signed out everywhere."),
    ("disabled", "The account is disabled and signed out everywhere."),
    ("enabled", "The account can be used again."),
    (
        "erased",
        "Name and e-mail address are erased. The history names the person by number only.",
    ),
];

/// The notice of this name; anything else is none, so that an address cannot put words on the page.
pub fn notice(name: &str) -> Option<&'static str> {
    let found = NOTICES.iter().find(|(known, _)| *known == name);
    found.map(|(_, words)| *words)
}

/// What was typed into the form for somebody new.
#[derive(Default)]
pub struct Invitation<'a> {
    pub email: &'a str,
    pub role: &'a str,
    pub faults: &'a [FieldError],
}

fn roles() -> Vec<(String, String)> {
    let words = |role: Role| match role {
        Role::Owner => "Owner: everything",
        Role::Editor => "Editor: keeps the catalog",
        Role::Reviewer => "Reviewer: decides on proposals",
        Role::Submitter => "Submitter: proposes products",
    };
    let option = |role: Role| (role.as_str().to_owned(), words(role).to_owned());
    Role::ALL.map(option).into()
}

fn name(user: &User) -> &str {
    if user.name.is_empty() {
        &user.email
    } else {
        &user.name
    }
}

pub fn list(viewer: &Viewer<'_>, people: &[User], form: &Invitation<'_>, is_mailed: bool) -> Markup {
    let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
    let labels = [("email", "E-mail"), ("role", "Role")];
    let role = if form.role.is_empty() {
        Role::Editor.as_str()
    } else {
        form.role
    };
    let main = html! {
        div .page-head { h1 { "People " span .count { (format::count(count, "person", "people")) } } }
        table .ledger {
            caption .visually-hidden { "People" }
            thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "State" } } }
            tbody {
                @for user in people {
                    tr {
                        td .what { a href={ "/admin/people/" (user.user_id) } { (name(user)) } @if !user.name.is_empty() { br; span .aside { (user.email) } } }
                        td { (user.role) }
                        td { (user.state()) }
                    }
                }
            }
        }
        section .narrow aria-labelledby="invite" {
            h2 #invite { "Invite somebody" }
            p {
                @if is_mailed { "They get a link by mail, and you get one to pass on. The first that is used ends the other" } @else { "You get a link to pass on. It works once" }
                ", for " (Purpose::Invitation.life()) "; whoever opens it sets a name and a password."
            }
            (fault_summary(form.faults, &labels))
            form .stack action="/admin/people" method="post" novalidate {
                (hidden("csrf_token", viewer.csrf_token))
                (text_field(&TextField { kind: "email", faults: form.faults, required: true, ..TextField::new("email", "E-mail", form.email) }))
                (select_field(&TextField { faults: form.faults, ..TextField::new("role", "Role", role) }, &roles()))
                button .button type="submit" { "Make an invitation" }
            }
        }
    };
    desk::page(&viewer.at("/admin/people"), "People", &main)
}

fn crumbs(here: &str) -> Markup {
    html! {
        nav .crumbs aria-label="Breadcrumb" {
            ol role="list" { li { a href="/admin/people" { "People" } } li { span aria-current="page" { (here) } } }
        }
    }
}

pub fn person(viewer: &Viewer<'_>, person: &OwnAccount, notice: Option<&str>) -> Markup {
    let user = &person.user;
    let main = html! {
        @if let Some(notice) = notice { p .notice role="status" { (notice) } }
        (crumbs(name(user)))
        div .narrow {
            h1 { (name(user)) }
            dl .facts {
                dt { "E-mail" } dd { (user.email) }
                dt { "Role" } dd { (user.role) }
                dt { "State" } dd { (user.state()) }
                dt { "Since" } dd { (moment(user.created_at)) }
                dt { "Second factor" } dd { @if person.second_factor.is_some() { "on" } @else { "off" } }
                dt { "Signed in" } dd {
                    @match person.sessions.first() {
                        None => { "nowhere" }
                        Some(latest) => { (person.sessions.len()) ", last seen " (moment(latest.last_seen_at)) }
                    }
                }
            }
            @if !user.is_erased() { (deeds(viewer, person)) }
        }
    };
    desk::page(&viewer.at("/admin/people"), name(user), &main)
}

/// What can be done with an account.
fn deeds(viewer: &Viewer<'_>, person: &OwnAccount) -> Markup {
    let user = &person.user;
    let own = format!("/admin/people/{}", user.user_id);
    let deed = |what: &str, words: &str| {
        html! {
            form action={ (own) "/" (what) } method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                button .button.quiet type="submit" { (words) }
            }
        }
    };
    let link = if user.is_invited {
        "Make a new invitation"
    } else {
        "Make a link for a new password"
    };
    html! {
        h2 { "Role" }
        form .stack action={ (own) "/role" } method="post" {
            (hidden("csrf_token", viewer.csrf_token))
            (select_field(&TextField {
                hint: Some("Changing it signs the person out everywhere."), ..TextField::new("role", "Role", user.role.as_str())
            }, &roles()))
            button .button type="submit" { "Change the role" }
        }
        h2 { "Access" }
        div .ways {
            @if user.disabled_at.is_none() { (deed("link", link)) }
            @if !person.sessions.is_empty() { (deed("sign-out", "Sign out everywhere")) }
            @if user.disabled_at.is_none() { (deed("disable", "Disable")) } @else { (deed("enable", "Enable")) }
            a .button.quiet href={ (own) "/erase" } { "Erase …" }
        }
    }
}

/// The link, this once. `address` is complete.
pub fn link(viewer: &Viewer<'_>, link: &Link, address: &str) -> Markup {
    let (title, what) = match link.purpose {
        Purpose::Reset => ("A link for a new password", "sets a new password"),
        _ => ("An invitation", "sets a name and a password"),
    };
    let main = html! {
        (crumbs(title))
        div .narrow {
            h1 { (title) }
            p .notice role="status" { "Copy the link now: it is shown this once." }
            @if link.is_mailed {
                p { "A link of the same kind is on its way to " strong { (link.user.email) } " by mail. This one is for somebody who gets no mail: the first that "
                    "is used ends the other." }
            }
            p { "Pass it on to " strong { (link.user.email) } ". Whoever opens it " (what) ". It works once, for " (link.purpose.life()) "." }
            div .field {
                label for="link" { "Link" }
                input #link type="text" readonly value=(address);
            }
            p { a .button.quiet href={ "/admin/people/" (link.user.user_id) } { "Done" } }
        }
    };
    desk::page(&viewer.at("/admin/people"), title, &main)
}

pub fn ask_erase(viewer: &Viewer<'_>, user: &User) -> Markup {
    let title = format!("Erase “{}”?", name(user));
    let own = format!("/admin/people/{}", user.user_id);
    let main = html! {
        (crumbs("Erase"))
        div .narrow {
            h1 { (title) }
            p { "Name and e-mail address are replaced, the account is shut for good, and everything stays that the person did: the history "
                "names people by number. This cannot be undone. Backups hold the name until they are deleted." }
            form .ways action={ (own) "/erase" } method="post" {
                (hidden("csrf_token", viewer.csrf_token))
                button .button.danger type="submit" { "Erase" }
                a .button.quiet href=(own) { "Keep it" }
            }
        }
    };
    desk::page(&viewer.at("/admin/people"), &title, &main)
}
