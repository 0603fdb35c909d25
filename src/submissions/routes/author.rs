//! The pages of authors: `/submit` and `/account/proposals`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

pub use super::pictures::show as picture;
use super::typed::input;
use super::{Done, Visit, handing_in, id, in_form, number, shown};
use crate::catalog::{Product, Proposed};
use crate::error::{Error, FieldError, Result};
use crate::submissions::views::Words;
use crate::submissions::views::author::{self as views, OWN, Target, Told};
use crate::submissions::views::form::Filled;
use crate::submissions::{Dossier, Listed, Message, State, Submission};
use crate::web::extract::{FilesForm, Params, SentFile};
use crate::web::respond::Reply;

/// Proposals that the list shows: more than anybody makes in months.
const SHOWN: i64 = 100;

/// `GET /submit`, with `?product=` for a change of one that there is.
pub async fn new(request: HttpRequest, visit: Visit) -> Result<Reply> {
    let params = Params::parse(&request, &["product"])?;
    let product = visit.target(number(&params, "product")?).await?;
    let typed = product.as_ref().map(Proposed::of).unwrap_or_default();
    let version = product.as_ref().map(|product| product.version);
    visit.empty_form(product.as_ref(), version, &typed, "", &[]).await
}

/// `POST /submit`. What brings pictures is a draft first, so that they have a place whatever is wrong with the rest.
pub async fn create(visit: Visit, FilesForm { fields: sent, files }: FilesForm) -> Result<Reply> {
    let (typed, message) = input(&sent)?;
    let product = visit.target(number(&sent, "product")?).await?;
    let seen = number(&sent, "product_version")?;
    let hands_in = sends(&sent)?;
    let began = match handing_in(&typed, &message, hands_in && files.is_empty()) {
        Ok(input) => {
            let target = product.as_ref().map(|product| (product.product_id, seen));
            visit.submissions.begin(visit.origin(), target, input, None).await
        }
        Err(error) => Err(error),
    };
    match began {
        Ok(began) if files.is_empty() => Ok(visit.kept(&began.value.0, began.seq)),
        Ok(began) => {
            let at = (began.value.0.submission_id, began.value.0.version);
            visit.keep(at, (typed, message), files, hands_in).await
        }
        Err(error) => {
            let (status, faults) = told(error)?;
            let page = visit
                .empty_form(product.as_ref(), seen, &typed, &message, &faults)
                .await?;
            Ok(page.status(status))
        }
    }
}

/// `GET /submit/{id}`
pub async fn show(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    let params = Params::parse(&request, &["done"])?;
    let dossier = visit.own(id(&path)?).await?;
    let told = Told {
        done: Done::told(&params)?,
        refused: None,
    };
    let typed = dossier.submission.typed.clone();
    visit.page(&dossier, &told, &typed, "", &[]).await
}

/// `POST /submit/{id}`: save, send or withdraw.
pub async fn save(
    visit: Visit,
    path: web::Path<String>,
    FilesForm { fields: sent, files }: FilesForm,
) -> Result<Reply> {
    let at = (id(&path)?, sent.version()?);
    if sent.one("action")? == Some("withdraw") {
        return visit.withdraw(at).await;
    }
    visit.keep(at, input(&sent)?, files, sends(&sent)?).await
}

/// `GET /account/proposals`
pub async fn list(request: HttpRequest, visit: Visit) -> Result<Reply> {
    let params = Params::parse(&request, &["done"])?;
    let own = Listed::Of(visit.principal.actor().to_string());
    let own = visit
        .submissions
        .list(own, None, SHOWN, visit.at_least)
        .await?
        .value;
    Ok(shown(views::list(&visit.viewer(), Done::told(&params)?, &own)))
}

impl Visit {
    /// The product that is to be changed, if customers see it.
    async fn target(&self, product_id: Option<i32>) -> Result<Option<Product>> {
        match product_id {
            None => Ok(None),
            Some(product_id) => Ok(Some(self.catalog.product(product_id, self.at_least).await?.value)),
        }
    }

    /// Keeps what was typed and the pictures that came with it, or shows all of it again.
    async fn keep(
        &self,
        at: (i32, i32),
        (mut typed, message): (Proposed, String),
        files: Vec<SentFile>,
        hands_in: bool,
    ) -> Result<Reply> {
        let taken = self.take_files(at.0, files, &mut typed).await;
        let saved = match taken.and_then(|()| handing_in(&typed, &message, hands_in)) {
            Ok(input) => self.submissions.save(self.origin(), at, input).await,
            Err(error) => Err(error),
        };
        match saved {
            Ok(saved) => Ok(self.kept(&saved.value, saved.seq)),
            Err(error) => self.refused(at.0, error, &typed, &message).await,
        }
    }

    async fn own(&self, submission_id: i32) -> Result<Dossier> {
        let author = self.principal.actor();
        Ok(self.submissions.own(author, submission_id).await?.value)
    }

    async fn empty_form(
        &self,
        product: Option<&Product>,
        version: Option<i32>,
        typed: &Proposed,
        message: &str,
        faults: &[FieldError],
    ) -> Result<Reply> {
        let words = self.words(std::iter::empty()).await?;
        let offered = self.offered().await?;
        let target = product.map(|product| Target {
            product_id: product.product_id,
            name: &product.name,
            version: version.unwrap_or(product.version),
        });
        let filled = Filled {
            typed,
            message,
            faults,
            offered: &offered,
        };
        Ok(shown(views::new(
            &self.viewer(),
            &words,
            target.as_ref(),
            &filled,
        )))
    }

    async fn page(
        &self,
        dossier: &Dossier,
        told: &Told<'_>,
        typed: &Proposed,
        message: &str,
        faults: &[FieldError],
    ) -> Result<Reply> {
        // Who decides for the shop is not for strangers to know.
        let words = Words {
            others: "The shop",
            ..self
                .words([dossier.submission.author.as_str()].into_iter())
                .await?
                .with_pictures(dossier)
        };
        let offered = self.offered().await?;
        let filled = Filled {
            typed,
            message,
            faults,
            offered: &offered,
        };
        Ok(shown(views::one(&self.viewer(), &words, dossier, told, &filled)))
    }

    /// The page again with what was typed, and why it was not kept.
    async fn refused(
        &self,
        submission_id: i32,
        error: Error,
        typed: &Proposed,
        message: &str,
    ) -> Result<Reply> {
        let dossier = self.own(submission_id).await?;
        let meanwhile = match &error {
            Error::VersionMismatch { .. } => Some(
                "Not saved: the proposal was changed or decided meanwhile. What you typed still stands here; what was \
                 said stands above.",
            ),
            Error::Conflict { .. } => Some("Not saved: this cannot be done with the proposal any more."),
            _ => None,
        };
        let (status, faults) = match meanwhile {
            Some(_) => (error.status(), Vec::new()),
            None => told(error)?,
        };
        let told = Told {
            done: None,
            refused: meanwhile,
        };
        Ok(self
            .page(&dossier, &told, typed, message, &faults)
            .await?
            .status(status))
    }

    async fn withdraw(&self, at: (i32, i32)) -> Result<Reply> {
        let withdrawn = self
            .submissions
            .withdraw(self.origin(), at, Message::default())
            .await;
        match withdrawn {
            Ok(withdrawn) => {
                let done = withdrawn.value.map_or(Done::Discarded, |_| Done::Withdrawn);
                Ok(self.written(OWN, done, withdrawn.seq))
            }
            Err(error @ (Error::VersionMismatch { .. } | Error::Conflict { .. })) => {
                let dossier = self.own(at.0).await?;
                let typed = dossier.submission.typed.clone();
                self.refused(at.0, error, &typed, "").await
            }
            Err(error) => Err(error),
        }
    }

    fn kept(&self, submission: &Submission, seq: crate::db::Seq) -> Reply {
        let done = match submission.state {
            State::Approved => Done::Published,
            State::Submitted => Done::Sent,
            _ => Done::Saved,
        };
        self.written(&format!("/submit/{}", submission.submission_id), done, seq)
    }
}

/// Whether the form is handed in; without scripts that is what Enter does, so it is also what no button means.
fn sends(sent: &Params) -> Result<bool> {
    Ok(sent.one("action")? != Some("save"))
}

/// What is shown above the form again; whatever is not about the form is an error page.
fn told(error: Error) -> Result<(StatusCode, Vec<FieldError>)> {
    let status = error.status();
    match error {
        Error::Invalid(faults) => Ok((status, in_form(faults))),
        Error::TooManyRequests { retry_after_s } => {
            let hours = retry_after_s.div_ceil(3_600);
            let detail = format!(
                "You have handed in as many proposals as the shop takes in a day. Save it, and send it in {hours} hours."
            );
            Ok((status, vec![FieldError::new("/", "quota", detail)]))
        }
        Error::Conflict { code, detail } => Ok((status, vec![FieldError::new("/", code, detail)])),
        other => Err(other),
    }
}
