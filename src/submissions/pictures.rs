//! Pictures that authors upload to their proposals. They stand in the database, where no address leads, until somebody
//! approves: then they become files of the shop in the same transaction. Must not know HTTP.

use super::author::{DAY_S, blocked_for, own_of};
use super::model::{State, Submission, Upload};
use super::{Submissions, repo};
use crate::catalog::Product;
use crate::db::{Actor, AnyConnection, Committed, Moment, Origin, WriteTransaction};
use crate::error::{Error, FieldError, Result};
use crate::media::{MediaStore, Picture, PictureFault};

/// Pictures that a proposal keeps at a time; a product has no more.
pub const MOST_PICTURES: usize = 20;

/// The field that names faults of what was uploaded.
pub const FIELD: &str = "/pictures";

impl Submissions {
    /// Gives pictures to one of the author's own proposals that is still open. What is proposed does not name them yet.
    ///
    /// # Errors
    /// `NotFound`, also when it is another's; `Conflict` when it is decided; `Invalid` with a fault for each that is no
    /// picture, or one too many for a proposal; `TooManyRequests` beyond the day's quota; `Unavailable`; those of the database.
    pub async fn attach(
        &self,
        origin: Origin,
        submission_id: i32,
        sent: Vec<(String, Vec<u8>)>,
    ) -> Result<Committed<Vec<Upload>>> {
        let (actor, count, this) = (origin.actor, sent.len(), self.clone());
        // Asked before anything is decoded, which costs more than all the rest.
        let asked =
            move |connection: &mut AnyConnection| this.has_room(connection, actor, submission_id, count);
        self.db.read_current("submissions.room", asked).await?;
        let pictures = self.redrawn(sent).await?;
        let this = self.clone();
        let work = move |transaction: &mut WriteTransaction<'_>| {
            let (actor, now) = (transaction.actor(), transaction.now());
            let connection = transaction.connection();
            let there = this.has_room(connection, actor, submission_id, pictures.len())?;
            let author = actor.to_string();
            let keep = |picture: &Picture| {
                // The same picture once more is the one that is there.
                let known = there.iter().find(|known| known.address == picture.address);
                known.map_or_else(
                    || repo::pictures::insert(connection, (submission_id, &author), picture, now),
                    |known| Ok(known.clone()),
                )
            };
            pictures.iter().map(keep).collect()
        };
        self.db.write("submissions.attach", origin, work).await
    }

    /// A picture with its content, for its author, and for those who decide once it was handed in.
    ///
    /// # Errors
    /// `NotFound`, also when it is another's or was let go; those of the database.
    pub async fn picture(&self, actor: Actor, reviews: bool, picture_id: i32) -> Result<(Upload, Vec<u8>)> {
        let read = move |connection: &mut AnyConnection| {
            let missing = || Error::NotFound { what: "picture" };
            let (upload, content) = repo::pictures::find(connection, picture_id)?.ok_or_else(missing)?;
            let submission = repo::find(connection, upload.submission_id)?.ok_or_else(missing)?;
            let may_see = submission.is_by(actor) || (reviews && submission.state != State::Draft);
            if may_see {
                Ok((upload, content))
            } else {
                Err(missing())
            }
        };
        self.db.read_current("submissions.picture", read).await
    }

    /// Everything that is sent, drawn anew, or every fault.
    async fn redrawn(&self, sent: Vec<(String, Vec<u8>)>) -> Result<Vec<Picture>> {
        let (mut pictures, mut faults) = (Vec::new(), Vec::new());
        for (name, bytes) in sent {
            match self.media.redraw(bytes).await? {
                Ok(picture) => pictures.push(picture),
                Err(fault) => faults.push(refused(&name, &fault)),
            }
        }
        if faults.is_empty() {
            Ok(pictures)
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// The pictures that are there, if so many more may come.
    fn has_room(
        &self,
        connection: &mut AnyConnection,
        actor: Actor,
        submission_id: i32,
        more: usize,
    ) -> Result<Vec<Upload>> {
        let submission = own_of(connection, actor, submission_id)?;
        if !submission.state.is_open() {
            return Err(Error::Conflict {
                code: "wrong_state",
                detail: "This proposal is decided: it takes no pictures any more.".to_owned(),
            });
        }
        let mut there = repo::pictures::of_submission(connection, submission_id)?;
        there.retain(|picture| picture.is_kept);
        if there.len() + more > MOST_PICTURES {
            let detail = format!("must be at most {MOST_PICTURES} of one proposal");
            return Err(Error::Invalid(vec![FieldError::new(FIELD, "too_many", detail)]));
        }
        let now = Moment::now();
        let recent = repo::pictures::since(connection, &submission.author, now.plus_seconds(-DAY_S))?;
        let most = usize::try_from(self.settings.pictures_per_day).unwrap_or(usize::MAX);
        match blocked_for(&recent, most, more, now) {
            Some(retry_after_s) => Err(Error::TooManyRequests { retry_after_s }),
            None => Ok(there),
        }
    }

    /// Pictures that a proposal names are there: uploaded to it, of the product that it changes, or shown by the shop.
    /// Whoever knows only the address of another's picture cannot have it published.
    pub(super) fn knows_pictures(
        &self,
        connection: &mut AnyConnection,
        submission: &Submission,
    ) -> Result<()> {
        let uploads = repo::pictures::of_submission(connection, submission.submission_id)?;
        let base = submission.base.as_ref().and_then(|base| base.get("images"));
        let was_there = |address: &str| {
            let images = base.and_then(serde_json::Value::as_array).into_iter().flatten();
            images
                .into_iter()
                .any(|image| image.get("url").and_then(|url| url.as_str()) == Some(address))
        };
        let is_unknown = |address: &&str| {
            let uploaded = uploads
                .iter()
                .any(|upload| upload.is_kept && upload.address == *address);
            address.starts_with("/media/") && !uploaded && !was_there(address) && !self.media.has(address)
        };
        if submission.typed.pictures().iter().any(is_unknown) {
            let detail = "names a picture of this shop that is not there: upload it again";
            return Err(Error::Invalid(vec![FieldError::new(
                "/images", "unknown", detail,
            )]));
        }
        Ok(())
    }

    /// Makes files of the shop of the pictures that a product has from its proposal. Should the transaction fail after this,
    /// a picture that somebody had approved has a file that no product shows.
    pub(super) fn publish_pictures(
        &self,
        transaction: &mut WriteTransaction<'_>,
        submission_id: i32,
        product: &Product,
    ) -> Result<()> {
        let uploads = repo::pictures::of_submission(transaction.connection(), submission_id)?;
        let shown = |upload: &&Upload| {
            upload.is_kept && product.images.iter().any(|image| image.url == upload.address)
        };
        for upload in uploads.iter().filter(shown) {
            let found = repo::pictures::find(transaction.connection(), upload.picture_id)?;
            if let Some((_, content)) = found {
                self.media.store(&content).map_err(Error::internal)?;
            }
        }
        Ok(())
    }
}

/// What is let go with a step: everything once it is decided, else what it does not name any more.
pub(super) fn let_go(transaction: &mut WriteTransaction<'_>, submission: &Submission) -> Result<()> {
    let named = match submission.state.is_open() {
        true => submission.typed.pictures(),
        false => Vec::new(),
    };
    let since = transaction.now().plus_seconds(-DAY_S);
    repo::pictures::let_go(transaction.connection(), submission.submission_id, &named, since)
}

/// What browsers are told that a picture is.
pub fn media_type(upload: &Upload) -> &'static str {
    MediaStore::media_type(&upload.address).unwrap_or("application/octet-stream")
}

fn refused(name: &str, fault: &PictureFault) -> FieldError {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let code = match fault {
        PictureFault::Type => "format",
        PictureFault::TooLarge(_) | PictureFault::Pixels(_) => "too_large",
        PictureFault::Broken | PictureFault::Storage(_) => "broken",
    };
    let detail = match name.as_str() {
        "" => fault.to_string(),
        name => format!("“{name}” {fault}"),
    };
    FieldError::new(FIELD, code, detail)
}
