//! The pages of those who decide: `/admin/submissions`.

use actix_web::{HttpRequest, web};

use super::{Done, Visit, id, in_form, number, shown};
use crate::db::{Actor, Seq};
use crate::error::{Error, Result};
use crate::history::{Side, Sides};
use crate::submissions::views::review::{self as views, Case, QUEUE, Queue};
use crate::submissions::{Decision, Dossier, Listed, Message, State, Step};
use crate::web::extract::{FormBody, Params};
use crate::web::permission::Permission;
use crate::web::respond::Reply;

/// Rows of the queue.
const ROWS: i64 = 50;
/// The prefix of a decision on a field.
const TAKE: &str = "take.";

/// What a person typed who decides, to be shown again.
#[derive(Default)]
struct Typed {
    message: String,
    sides: Sides,
}

/// `GET /admin/submissions`
pub async fn index(request: HttpRequest, visit: Visit) -> Result<Reply> {
    let params = Params::parse(&request, &["state", "before", "done"])?;
    let state = state(&params)?;
    let before = number(&params, "before")?;
    let listed = Listed::In(state.map_or_else(all_handed_in, |state| vec![state]));
    let mut rows = visit
        .submissions
        .list(listed, before, ROWS + 1, visit.at_least)
        .await?
        .value;
    let has_more = rows.len() > usize::try_from(ROWS).unwrap_or_default();
    rows.truncate(usize::try_from(ROWS).unwrap_or_default());
    let words = visit.words_of_all(&rows).await?;
    let queue = Queue {
        state,
        older: rows.last().map(|row| row.submission_id).filter(|_| has_more),
        rows: &rows,
    };
    Ok(shown(views::queue(
        &visit.viewer(),
        &words,
        Done::told(&params)?,
        &queue,
    )))
}

/// `GET /admin/submissions/{id}`
pub async fn show(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    let params = Params::parse(&request, &["done"])?;
    let dossier = visit.case(id(&path)?).await?;
    visit
        .case_page(&dossier, Done::told(&params)?, None, &Typed::default())
        .await
}

/// `POST /admin/submissions/{id}`: approve, ask for changes, or refuse.
pub async fn decide(visit: Visit, path: web::Path<String>, FormBody(sent): FormBody) -> Result<Reply> {
    let at = (id(&path)?, sent.version()?);
    let typed = Typed {
        message: sent.one("message")?.unwrap_or_default().to_owned(),
        sides: sides(&sent)?,
    };
    let decided = match visit.decision(&sent, &typed) {
        Ok(decision) => visit.submissions.decide(visit.origin(), at, decision, None).await,
        Err(error) => Err(error),
    };
    match decided {
        Ok(decided) => {
            let done = match decided.value.0.state {
                State::Approved => Done::Approved,
                State::Refused => Done::Refused,
                _ => Done::Asked,
            };
            Ok(visit.written(&format!("{QUEUE}/{}", at.0), done, decided.seq))
        }
        Err(
            error @ (Error::VersionMismatch { .. }
            | Error::Conflict { .. }
            | Error::MovedOn { .. }
            | Error::Invalid(_)
            | Error::Forbidden { .. }),
        ) => {
            // As the primary has it: a replica may not know yet what somebody else has just decided.
            let visit = Visit {
                at_least: Seq::MAX,
                ..visit
            };
            let dossier = visit.case(at.0).await?;
            let status = error.status();
            let page = visit.case_page(&dossier, None, Some(error), &typed).await?;
            Ok(page.status(status))
        }
        Err(error) => Err(error),
    }
}

/// `POST /admin/submissions/{id}/trust`: what the author hands in is published at once, or no longer.
pub async fn trust(visit: Visit, path: web::Path<String>, FormBody(sent): FormBody) -> Result<Reply> {
    let dossier = visit.case(id(&path)?).await?;
    let Some(Actor::User(user_id)) = Actor::parse(&dossier.submission.author) else {
        return Err(Error::NotFound { what: "person" });
    };
    let trusted = sent.one("trusted")? == Some("yes");
    let saved = visit.submissions.trust(visit.origin(), user_id, trusted).await?;
    let address = format!("{QUEUE}/{}", dossier.submission.submission_id);
    Ok(visit.written(&address, Done::Trust, saved.seq))
}

impl Visit {
    async fn case(&self, submission_id: i32) -> Result<Dossier> {
        Ok(self
            .submissions
            .handed_in(submission_id, self.at_least)
            .await?
            .value)
    }

    fn decision(&self, sent: &Params, typed: &Typed) -> Result<Decision> {
        let (step, message) = match sent.one("decision")? {
            Some("approve") => (Step::Approved, Message::parse(&typed.message)?),
            Some("ask") => (Step::ChangesRequested, Message::reason(&typed.message)?),
            Some("refuse") => (Step::Refused, Message::reason(&typed.message)?),
            _ => {
                let detail = "Press one of the buttons: approve, ask for changes, or refuse.";
                return Err(Error::bad_request("invalid_form", detail));
            }
        };
        Ok(Decision {
            step,
            message,
            product_version: number(sent, "product_version")?,
            sides: typed.sides.clone(),
            may_write: self.principal.may(Permission::WriteCatalog),
        })
    }

    async fn case_page(
        &self,
        dossier: &Dossier,
        done: Option<&str>,
        error: Option<Error>,
        typed: &Typed,
    ) -> Result<Reply> {
        let refused = error.as_ref().and_then(why);
        let faults = match error {
            Some(Error::Invalid(faults)) => in_form(faults),
            _ => Vec::new(),
        };
        let product = match dossier.submission.product_id {
            None => None,
            Some(product_id) => match self.catalog.any_product(product_id, self.at_least).await {
                Ok(found) => Some(found.value),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error),
            },
        };
        let author = Actor::parse(&dossier.submission.author);
        let trusted = match author {
            Some(Actor::User(user_id)) if self.principal.may(Permission::Administer) => {
                Some(self.submissions.is_trusted(user_id).await?)
            }
            _ => None,
        };
        let case = Case {
            dossier,
            product: product.as_ref(),
            done,
            refused: refused.as_deref(),
            faults: &faults,
            message: &typed.message,
            sides: &typed.sides,
            trusted,
        };
        let words = self.words_of(dossier).await?;
        Ok(shown(views::one(&self.viewer(), &words, &case)))
    }
}

/// What is said above the proposal when a decision came to nothing.
fn why(error: &Error) -> Option<String> {
    match error {
        Error::VersionMismatch { .. } => Some(
            "Nothing was decided: somebody else was first, or the author has changed the proposal. This is how it stands \
             now; what you wrote is kept below."
                .to_owned(),
        ),
        Error::MovedOn { .. } => Some(
            "Nothing was decided: the product was changed in the same fields. Choose below, then approve again.".to_owned(),
        ),
        Error::Conflict { detail, .. } | Error::Forbidden { detail, .. } => Some(detail.clone()),
        _ => None,
    }
}

fn all_handed_in() -> Vec<State> {
    let handed_in = |state: &State| *state != State::Draft;
    State::ALL.into_iter().filter(handed_in).collect()
}

/// What waits, unless another state, or all of them, were asked for. Drafts are nobody's business.
fn state(params: &Params) -> Result<Option<State>> {
    match params.one("state")? {
        None => Ok(Some(State::Submitted)),
        Some("all") => Ok(None),
        Some(name) => {
            let known = State::parse(name).filter(|state| *state != State::Draft);
            known.map(Some).ok_or_else(|| {
                Error::bad_request(
                    "invalid_parameter",
                    "`state` must be one of the states that are offered.",
                )
            })
        }
    }
}

/// The decisions on fields in which the product has moved on.
fn sides(sent: &Params) -> Result<Sides> {
    let mut sides = Sides::new();
    for (name, value) in sent.iter() {
        if let Some(field) = name.strip_prefix(TAKE) {
            sides.insert(field.to_owned(), side(value)?);
        }
    }
    Ok(sides)
}

pub(super) fn side(word: &str) -> Result<Side> {
    match word {
        "keep" => Ok(Side::Keep),
        "take" => Ok(Side::PutBack),
        _ => Err(Error::field(
            "/fields",
            "format",
            "must be keep or take for each field",
        )),
    }
}
