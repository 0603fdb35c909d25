//! The pages of webhooks: all of them, one with what it was told, the secret that is shown once. Must not know how anything is
//! sent.

use maud::{Markup, html};

use super::{Desk, crumbs, desk_page, overtaken};
use crate::catalog::PUBLIC_KINDS;
use crate::error::FieldError;
use crate::web::desk::moment;
use crate::web::form::{TextField, fault_of, fault_summary, form_end, hidden, select_field, text_field};
use crate::web::format;
use crate::webhooks::{
    Delivery, FORMER_HOURS, MOST_FORMER_HOURS, MOST_REPLAYED, NewWebhook, State, Webhook, WebhookInput,
};

pub const ADDRESS: &str = "/admin/webhooks";

const LABELS: [(&str, &str); 3] = [
    ("url", "Address"),
    ("types", "Events"),
    ("since", "After position"),
];

/// A webhook's own page.
pub fn page_of(webhook_id: i32) -> String {
    format!("{ADDRESS}/{webhook_id}")
}

pub fn list(desk: &Desk<'_>, webhooks: &[Webhook]) -> Markup {
    let total = i64::try_from(webhooks.len()).unwrap_or(i64::MAX);
    let main = html! {
        div .page-head {
            h1 { "Webhooks " span .count { (format::count(total, "webhook", "webhooks")) } }
            a .button href={ (ADDRESS) "/new" } { "New webhook" }
        }
        @if webhooks.is_empty() {
            div .empty {
                h2 { "No webhooks yet" }
                p { "A webhook tells another program of each change of the shop within a moment: a till, a marketplace, a newsletter." }
            }
        } @else {
            table .ledger {
                caption .visually-hidden { "Webhooks" }
                thead { tr { th scope="col" { "Address" } th scope="col" { "Events" } th scope="col" { "State" } } }
                tbody {
                    @for webhook in webhooks {
                        tr {
                            td .what { a href=(page_of(webhook.webhook_id)) { (webhook.url) } }
                            td .aside.names { (types(webhook)) }
                            td { (if webhook.is_active { "On" } else { "Off" }) }
                        }
                    }
                }
            }
        }
    };
    desk_page(desk, "Webhooks", &main)
}

fn types(webhook: &Webhook) -> String {
    if webhook.types.is_empty() {
        return "all".to_owned();
    }
    webhook.types.join(", ")
}

/// The form of a new one.
pub fn new(desk: &Desk<'_>, values: &WebhookInput, faults: &[FieldError]) -> Markup {
    let main = html! {
        (crumbs((ADDRESS, "Webhooks"), "New webhook"))
        div .page-head { h1 { "New webhook" } }
        (fault_summary(faults, &LABELS))
        form .term-form action=(ADDRESS) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            (fields(values, faults))
            (form_end(ADDRESS))
        }
    };
    desk_page(desk, "New webhook", &main)
}

fn fields(values: &WebhookInput, faults: &[FieldError]) -> Markup {
    let url = TextField {
        kind: "url",
        required: true,
        hint: Some("Of the program that is told, for example https://example.com/hooks/shop."),
        faults,
        ..TextField::new("url", "Address", &values.url)
    };
    html! {
        div .sheet {
            (text_field(&url))
            fieldset .field #field-types {
                legend { "Events" }
                p .hint { "None chosen means all." }
                @if let Some(fault) = fault_of(faults, "types") { p .fault { (fault) } }
                ul .checks role="list" {
                    @for kind in PUBLIC_KINDS {
                        li { label .check { input type="checkbox" name="types" value=(kind) checked[values.types.iter().any(|wanted| wanted == kind)]; " " (kind) } }
                    }
                }
            }
            label .check { input #field-is_active type="checkbox" name="is_active" value="true" checked[values.is_active]; " On" }
        }
    }
}

/// What a new one signs with, this once.
pub fn made(desk: &Desk<'_>, made: &NewWebhook) -> Markup {
    secret_page(desk, made, ("New webhook", "The webhook is set up"))
}

/// What one signs with from now on, this once.
pub fn renewed(desk: &Desk<'_>, renewed: &NewWebhook) -> Markup {
    secret_page(desk, renewed, ("New secret", "The webhook has a new secret"))
}

fn secret_page(desk: &Desk<'_>, made: &NewWebhook, (title, heading): (&str, &str)) -> Markup {
    let own = page_of(made.webhook.webhook_id);
    let main = html! {
        (crumbs((ADDRESS, "Webhooks"), title))
        div .narrow {
            h1 { (heading) }
            p { "Copy its secret now: it is not shown again. With it the program at " (made.webhook.url) " makes sure that a message is from this shop." }
            p { code .secret { (made.secret.expose()) } }
            @if let Some(until) = made.webhook.former_secret_until() {
                p { "Until " (moment(until)) " messages are signed with the former secret as well: change the program over by then." }
            }
            form .ways action={ (own) "/ping" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                button .button type="submit" { "Send a test" }
                a .button.quiet href=(own) { "Go to the webhook" }
            }
        }
    };
    desk_page(desk, title, &main)
}

/// How long the former secret may go on, in hours.
const FORMER: [(i64, &str); 4] = [
    (FORMER_HOURS, "for a day"),
    (1, "for an hour"),
    (MOST_FORMER_HOURS, "for a week"),
    (0, "not at all: somebody else knows it"),
];

fn secret(desk: &Desk<'_>, shown: &Shown<'_>, own: &str) -> Markup {
    let options = FORMER.map(|(hours, words)| (hours.to_string(), words.to_owned()));
    let field = TextField {
        hint: Some(
            "So long messages carry two signatures, and the program can be changed over without missing one.",
        ),
        ..TextField::new("former_hours", "The former secret goes on", "")
    };
    html! {
        h2 .part { "Secret" }
        @if let Some(until) = shown.webhook.former_secret_until() {
            p { "Messages are signed with the former secret as well, until " (moment(until)) "." }
        }
        form .term-form action={ (own) "/secret" } method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("version", &shown.webhook.version.to_string()))
            div .sheet { (select_field(&field, &options)) }
            div .form-end { button .button.quiet type="submit" { "Make a new secret" } }
        }
    }
}

/// What a webhook's page shows.
pub struct Shown<'a> {
    pub webhook: &'a Webhook,
    /// What stands in the fields.
    pub values: &'a WebhookInput,
    /// The version that the next save must meet; a refused form keeps the one it was opened with.
    pub version: i32,
    pub overtaken: bool,
    pub faults: &'a [FieldError],
    /// What stands in the field of the replay.
    pub since: &'a str,
    pub deliveries: &'a [Delivery],
    /// Only those in this state are listed.
    pub state: Option<State>,
    pub open: i64,
    pub dead: i64,
}

pub fn one(desk: &Desk<'_>, shown: &Shown<'_>) -> Markup {
    let own = page_of(shown.webhook.webhook_id);
    let now = [
        ("Address", shown.webhook.url.clone()),
        ("Events", types(shown.webhook)),
    ];
    let main = html! {
        (crumbs((ADDRESS, "Webhooks"), &shown.webhook.url))
        div .page-head {
            h1 { (shown.webhook.url) }
            form .ways action={ (own) "/ping" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                button .button.quiet type="submit" { "Send a test" }
            }
        }
        @if shown.overtaken { (overtaken(&shown.webhook.url, &now)) }
        (fault_summary(shown.faults, &LABELS))
        form .term-form action=(own) method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            (hidden("version", &shown.version.to_string()))
            (fields(shown.values, shown.faults))
            (form_end(ADDRESS))
        }
        (log(desk, shown, &own))
        (replay(desk, shown, &own))
        (secret(desk, shown, &own))
        div .delete-form { a .button.danger href={ (own) "/delete" } { "Delete" } }
    };
    desk_page(desk, &shown.webhook.url, &main)
}

fn log(desk: &Desk<'_>, shown: &Shown<'_>, own: &str) -> Markup {
    let dead = State::Dead.name();
    html! {
        h2 #deliveries .part { "Deliveries" }
        dl .figures {
            div { dt { "To be delivered" } dd { (format::number(shown.open)) } }
            div { dt { "Given up" } dd { (format::number(shown.dead)) } }
        }
        nav .chips aria-label="Which deliveries" {
            a .way href={ (own) "#deliveries" } aria-current=[shown.state.is_none().then_some("true")] { "All" }
            a .way href={ (own) "?state=" (dead) "#deliveries" } aria-current=[shown.state.map(|_| "true")] { "Given up" }
        }
        @if shown.deliveries.is_empty() {
            p { "Nothing yet." }
        } @else {
            table .ledger {
                caption .visually-hidden { "The newest deliveries" }
                thead { tr { th scope="col" { "Event" } th scope="col" { "State" } th scope="col" { "Last attempt" } } }
                tbody { @for delivery in shown.deliveries { (row(desk, delivery, own)) } }
            }
        }
    }
}

fn row(desk: &Desk<'_>, delivery: &Delivery, own: &str) -> Markup {
    html! {
        tr {
            td .what {
                (delivery.kind)
                // A test is about nothing.
                @if delivery.subject != delivery.message_id { " " span .aside { (delivery.subject) } }
            }
            td {
                (state(delivery.state))
                @if delivery.state == State::Due && delivery.attempts > 0 { span .aside { ", again at " (moment(delivery.due_at)) } }
                @if delivery.state == State::Dead {
                    form action={ (own) "/again" } method="post" {
                        (hidden("csrf_token", desk.csrf_token))
                        (hidden("delivery", &delivery.delivery_id.to_string()))
                        button .button.quiet type="submit" { "Send again" span .visually-hidden { " " (delivery.kind) " of " (delivery.subject) } }
                    }
                }
            }
            td .aside {
                @if let Some(tried_at) = delivery.tried_at { (format::count(delivery.attempts.into(), "attempt", "attempts")) ", " (moment(tried_at)) }
                @if let Some(answer) = &delivery.answer { ": " (answer) }
            }
        }
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Waiting => "waits for an earlier one",
        State::Due => "to be delivered",
        State::Delivered => "delivered",
        State::Dead => "given up",
    }
}

fn replay(desk: &Desk<'_>, shown: &Shown<'_>, own: &str) -> Markup {
    let since = TextField {
        required: true,
        inputmode: Some("numeric"),
        hint: Some("Each message holds its position as seq; the history shows them, too."),
        faults: shown.faults,
        ..TextField::new("since", "After position", shown.since)
    };
    html! {
        h2 .part { "Tell again" }
        p { "Sends once more what has happened since, at most " (format::number(MOST_REPLAYED)) " changes. Messages keep their names, so a program that has one already can leave it." }
        form .term-form action={ (own) "/replay" } method="post" novalidate {
            (hidden("csrf_token", desk.csrf_token))
            div .sheet { (text_field(&since)) }
            div .form-end { button .button.quiet type="submit" { "Tell again" } }
        }
    }
}

/// The question before one goes.
pub fn delete(desk: &Desk<'_>, webhook: &Webhook) -> Markup {
    let own = page_of(webhook.webhook_id);
    let main = html! {
        (crumbs((ADDRESS, "Webhooks"), "Delete"))
        div .narrow {
            h1 { "Delete the webhook to " (webhook.url) "?" }
            p { "It is told nothing more, and what it was told can no longer be looked up. This cannot be undone: a new one has another secret." }
            form .ways action={ (own) "/delete" } method="post" {
                (hidden("csrf_token", desk.csrf_token))
                button .button.danger type="submit" { "Delete" }
                a .button.quiet href=(own) { "Keep it" }
            }
        }
    };
    desk_page(desk, "Delete the webhook", &main)
}
