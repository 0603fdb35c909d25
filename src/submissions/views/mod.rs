//! The pages of proposals: for their authors and for those who decide. Functions of data to markup. Must not know how
//! anything is stored.

pub mod author;
pub mod form;
pub mod review;

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::model::{Said, State, Step};
use super::review::Dossier;
use crate::catalog::Attribute;
use crate::db::Actor;
use crate::history::{Difference, plain};
use crate::web::desk::moment;

/// What people call the fields that can be proposed.
const LABELS: [(&str, &str); 10] = [
    ("name", "Name"),
    ("price", "Price"),
    ("description", "Description"),
    ("category", "Category"),
    ("brand", "Brand"),
    ("tags", "Tags"),
    ("stock_quantity", "Stock"),
    ("sku", "Article number"),
    ("images", "Pictures"),
    (form::FILES, "Add pictures"),
];

/// Where pictures of this shop are.
const OWN_PICTURES: &str = "/media/";

/// What words are needed for: people by id, the shop's attributes.
#[derive(Debug, Default)]
pub struct Words {
    pub people: BTreeMap<i32, String>,
    /// What everybody else is called.
    pub others: &'static str,
    pub attributes: Vec<Attribute>,
    /// Pictures that are not public, by their address.
    pub pictures: BTreeMap<String, Seen>,
}

/// Where a picture can be seen that is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// By those whom it concerns, at this address.
    At(String),
    /// Nowhere any more.
    Nowhere,
}

impl Words {
    /// The same with the pictures of a proposal. What was approved is public; what came to nothing was let go.
    pub fn with_pictures(mut self, dossier: &Dossier) -> Words {
        let came_to_nothing = matches!(dossier.submission.state, State::Refused | State::Withdrawn);
        for picture in &dossier.pictures {
            if picture.is_kept {
                let seen = Seen::At(format!("/submit/pictures/{}", picture.picture_id));
                self.pictures.insert(picture.address.clone(), seen);
            } else if came_to_nothing {
                self.pictures.insert(picture.address.clone(), Seen::Nowhere);
            }
        }
        self
    }

    /// A picture of this shop, small; `alt` is read out.
    fn picture(&self, address: &str, alt: &str) -> Markup {
        match self.pictures.get(address) {
            Some(Seen::Nowhere) => html! { p .count { "A picture that is not kept any more" } },
            Some(Seen::At(seen)) => html! { img .preview src=(seen) alt=(alt) loading="lazy"; },
            None => html! { img .preview src=(address) alt=(alt) loading="lazy"; },
        }
    }

    /// Somebody whom the log names.
    pub fn who(&self, actor: &str) -> String {
        match Actor::parse(actor) {
            Some(Actor::User(id)) => match self.people.get(&id) {
                Some(name) => name.clone(),
                None => self.others.to_owned(),
            },
            Some(Actor::Key(id)) => format!("a program (key {id})"),
            Some(Actor::Cli) => "the command line".to_owned(),
            _ => "the shop".to_owned(),
        }
    }

    /// What a field of a state is called.
    pub fn label(&self, field: &str) -> String {
        let key = field
            .strip_prefix("attributes.")
            .or_else(|| field.strip_prefix("attr."));
        if let Some(key) = key {
            let attribute = self.attributes.iter().find(|attribute| attribute.key == key);
            return attribute.map_or_else(|| key.to_owned(), |attribute| attribute.name.clone());
        }
        let known = LABELS.iter().find(|(name, _)| *name == field);
        known.map_or_else(|| field.to_owned(), |(_, label)| (*label).to_owned())
    }
}

/// The head of a list whose rows are cards on a phone; the roles keep it a table to screen readers.
fn headings(columns: &[&str]) -> Markup {
    html! {
        thead role="rowgroup" {
            tr role="row" { @for column in columns { th role="columnheader" scope="col" { (column) } } }
        }
    }
}

/// A state in words.
pub fn state_words(state: State) -> &'static str {
    match state {
        State::Draft => "Draft",
        State::Submitted => "Waiting for review",
        State::ChangesRequested => "Changes asked for",
        State::Approved => "Approved",
        State::Refused => "Refused",
        State::Withdrawn => "Withdrawn",
    }
}

fn badge(state: State) -> Markup {
    let look = match state {
        State::Approved => "badge active",
        State::Refused | State::Withdrawn => "badge deleted",
        State::Draft | State::Submitted | State::ChangesRequested => "badge",
    };
    html! { span class=(look) { (state_words(state)) } }
}

fn step_words(step: Step) -> &'static str {
    match step {
        Step::Saved => "kept a change",
        Step::Submitted => "handed it in",
        Step::Withdrawn => "withdrew it",
        Step::ChangesRequested => "asked for changes",
        Step::Approved => "approved it",
        Step::Refused => "refused it",
    }
}

/// What was said, in order.
fn conversation(words: &Words, said: &[Said]) -> Markup {
    html! {
        @if !said.is_empty() {
            section .conversation aria-labelledby="conversation" {
                h2 #conversation { "What was said" }
                ol role="list" {
                    @for line in said {
                        li {
                            p .count { strong { (words.who(&line.author)) } " " (step_words(line.step)) ", " (moment(line.at)) }
                            @if let Some(body) = &line.body { p .said { (body) } }
                        }
                    }
                }
            }
        }
    }
}

/// Before and after of each field.
fn differences(words: &Words, is_edit: bool, differences: &[Difference]) -> Markup {
    html! {
        table .differences {
            caption .visually-hidden { "What is proposed, field by field" }
            thead { tr {
                th scope="col" { "Field" }
                @if is_edit { th scope="col" { "Was" } }
                th scope="col" { "Proposed" }
            } }
            tbody { @for difference in differences {
                tr {
                    th scope="row" { (words.label(&difference.field)) }
                    @if is_edit { td { (value(words, &difference.field, &difference.was)) } }
                    td { (value(words, &difference.field, &difference.became)) }
                }
            } }
        }
    }
}

/// A value as text. Pictures of our own are shown, with what they show; of others their addresses.
fn value(words: &Words, field: &str, value: &Value) -> Markup {
    if field == "images"
        && let Some(images) = value.as_array()
    {
        let text = |image: &Value, part: &str| image.get(part).and_then(Value::as_str).map(str::to_owned);
        return html! {
            @for image in images {
                @let (url, alt) = (text(image, "url").unwrap_or_default(), text(image, "alt"));
                @if url.starts_with(OWN_PICTURES) {
                    figure .proposed {
                        (words.picture(&url, ""))
                        figcaption { @match alt { Some(alt) => { (alt) } None => { em { "without a description" } } } }
                    }
                } @else { p { (url) @if let Some(alt) = alt { ": " (alt) } } }
            }
        };
    }
    let text = plain(value);
    html! { @if text.is_empty() { em { "empty" } } @else { (text) } }
}
