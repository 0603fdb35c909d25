//! HTTP of proposals. Must not know what makes a value valid or how anything is stored.

pub mod api;
pub mod author;
mod pictures;
pub mod review;
mod typed;

use std::collections::BTreeMap;

use actix_web::{FromRequest, HttpRequest, dev, web};

use super::views::Words;
use super::views::form::Offered;
use super::{Dossier, Input, Message, Submissions, Summary};
use crate::accounts::{Accounts, Principal};
use crate::catalog::{Catalog, Proposed, Taxonomy, flat_name};
use crate::db::{Actor, Origin, Seq};
use crate::error::{Error, FieldError, Result};
use crate::web::client::RequestId;
use crate::web::desk::Viewer;
use crate::web::extract::{MinSeq, Params, path_id};
use crate::web::respond::{self, Reply, own_page as shown};
use crate::web::site::Site;

/// Who does something about proposals: everything that the handlers need.
pub struct Visit {
    site: web::Data<Site>,
    submissions: web::Data<Submissions>,
    catalog: web::Data<Catalog>,
    accounts: web::Data<Accounts>,
    principal: Principal,
    request_id: RequestId,
    at_least: Seq,
    path: String,
}

impl Visit {
    fn origin(&self) -> Origin {
        self.principal.origin(&self.request_id)
    }

    fn viewer(&self) -> Viewer<'_> {
        Viewer {
            site: &self.site,
            name: self.principal.name(),
            csrf_token: self.principal.csrf_token(),
            permissions: self.principal.permissions(),
            path: &self.path,
            unread: self.principal.unread(),
        }
    }

    /// The words for what these people and keys have done.
    async fn words<'a>(&self, actors: impl Iterator<Item = &'a str>) -> Result<Words> {
        let mut ids: Vec<i32> = actors
            .filter_map(|actor| match Actor::parse(actor) {
                Some(Actor::User(user_id)) => Some(user_id),
                _ => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Words {
            people: self.accounts.names(ids).await?,
            others: "Somebody",
            pictures: BTreeMap::new(),
            attributes: self.catalog.attributes(self.at_least).await?.value,
        })
    }

    async fn words_of(&self, dossier: &Dossier) -> Result<Words> {
        let said = dossier.said.iter().map(|said| said.author.as_str());
        let words = self
            .words(said.chain([dossier.submission.author.as_str()]))
            .await?;
        Ok(words.with_pictures(dossier))
    }

    async fn words_of_all(&self, summaries: &[Summary]) -> Result<Words> {
        self.words(summaries.iter().map(|summary| summary.author.as_str()))
            .await
    }

    async fn offered(&self) -> Result<Offered> {
        let terms =
            async |taxonomy| -> Result<_> { Ok(self.catalog.terms(taxonomy, self.at_least).await?.value) };
        Ok(Offered {
            categories: terms(Taxonomy::Category).await?,
            brands: terms(Taxonomy::Brand).await?,
        })
    }

    /// On to a page which the browser shall see as it was just written.
    fn written(&self, address: &str, done: Done, seq: Seq) -> Reply {
        let address = format!("{address}?done={}", done.name());
        respond::see_other(&address).cookie(respond::seq_cookie(seq, self.site.is_https()))
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        fn part<T: 'static>(request: &HttpRequest) -> Result<web::Data<T>> {
            let missing = || Error::internal("proposals were mounted without their contexts");
            request.app_data::<web::Data<T>>().cloned().ok_or_else(missing)
        }
        let mut read = || -> Result<Visit> {
            Ok(Visit {
                site: part(request)?,
                submissions: part(request)?,
                catalog: part(request)?,
                accounts: part(request)?,
                principal: Principal::from_request(request, payload).into_inner()?,
                request_id: RequestId::from_request(request, payload)
                    .into_inner()
                    .map_err(Error::internal)?,
                at_least: MinSeq::of(request)?.at_least(),
                path: request.path().to_owned(),
            })
        };
        std::future::ready(read())
    }
}

/// What was just done, said on the page that follows; it travels there as `?done=`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Saved,
    Sent,
    Published,
    Withdrawn,
    Discarded,
    Approved,
    Asked,
    Refused,
    Trust,
}

impl Done {
    const ALL: [(Done, &'static str, &'static str); 9] = [
        (Done::Saved, "saved", "Saved. Only you see it until you send it."),
        (
            Done::Sent,
            "sent",
            "Sent. You are told when somebody has decided.",
        ),
        (Done::Published, "published", "Published: it is in the shop."),
        (Done::Withdrawn, "withdrawn", "Withdrawn."),
        (Done::Discarded, "discarded", "The draft is gone."),
        (
            Done::Approved,
            "approved",
            "Approved: it is in the shop. The history of the product can take it back.",
        ),
        (
            Done::Asked,
            "asked",
            "Sent back: its author is told what to change.",
        ),
        (Done::Refused, "refused", "Refused: its author is told why."),
        (
            Done::Trust,
            "trust",
            "Saved: that holds for what this author hands in from now on.",
        ),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(done, _, _)| *done == self);
        found.map_or("", |(_, name, _)| name)
    }

    /// The sentence for what an address says; nothing for what is not known.
    fn told(params: &Params) -> Result<Option<&'static str>> {
        let name = params.one("done")?;
        let found = Self::ALL.iter().find(|(_, known, _)| Some(*known) == name);
        Ok(found.map(|(_, _, words)| *words))
    }
}

/// The id in an address; anything but a number names nothing.
fn id(text: &str) -> Result<i32> {
    path_id(text, "proposal")
}

/// A number that a form carries; `None` where it was left out.
fn number(sent: &Params, name: &str) -> Result<Option<i32>> {
    let text = sent.one(name)?;
    text.map(|text| {
        text.parse().map_err(|_| {
            Error::bad_request("invalid_form", "The form was changed on its way: open it again.")
        })
    })
    .transpose()
}

fn handing_in(typed: &Proposed, message: &str, hands_in: bool) -> Result<Input> {
    Ok(Input {
        typed: typed.clone(),
        message: Message::parse(message)?,
        hands_in,
    })
}

/// Faults under the names that the form's fields have.
fn in_form(faults: Vec<FieldError>) -> Vec<FieldError> {
    let named = |fault: FieldError| {
        let name = match flat_name(&fault.pointer) {
            name if name == "image_url" => "images".to_owned(),
            name => name,
        };
        FieldError {
            pointer: format!("/{name}"),
            ..fault
        }
    };
    faults.into_iter().map(named).collect()
}
