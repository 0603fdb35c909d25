//! Proposals as programs see them.

use serde_json::{Map, Value, json};

use crate::db::Snapshot;
use crate::error::Result;
use crate::submissions::{Dossier, Submission, Summary, Upload};
use crate::web::extract::MinSeq;
use crate::web::respond::{self, CachePolicy, Reply};

pub(super) fn confirmed(fresh: MinSeq, found: Snapshot<Dossier>) -> Result<Reply> {
    let dossier = fresh.confirm(found)?.value;
    let mut shown = resource(&dossier.submission);
    // Who decides for the shop is not for strangers to know.
    let said = dossier.said.iter().map(|said| {
        json!({
            "by": if said.author == dossier.submission.author { "author" } else { "shop" },
            "step": said.step,
            "message": said.body,
            "at": said.at,
        })
    });
    shown.insert("conversation".to_owned(), said.collect());
    let kept = dossier.pictures.iter().filter(|upload| upload.is_kept);
    let pictures = kept.map(|upload| Value::Object(picture(upload)));
    shown.insert("pictures".to_owned(), pictures.collect());
    let reply = respond::json(&Value::Object(shown), CachePolicy::PrivateNoStore)?;
    Ok(reply.version(dossier.submission.version))
}

pub(super) fn answer(submission: &Submission) -> Result<Reply> {
    let shown = Value::Object(resource(submission));
    Ok(respond::json(&shown, CachePolicy::PrivateNoStore)?.version(submission.version))
}

fn resource(submission: &Submission) -> Map<String, Value> {
    let changes = submission
        .changes()
        .into_iter()
        .map(|change| json!({ "field": change.field, "was": change.was, "proposed": change.became }));
    let shown = json!({
        "submission_id": submission.submission_id,
        "author": submission.author,
        "state": submission.state,
        "is_edit": submission.is_edit(),
        "product_id": submission.product_id,
        "product": submission.typed,
        "changes": changes.collect::<Vec<_>>(),
        "version": submission.version,
        "created_at": submission.created_at,
        "updated_at": submission.updated_at,
        "submitted_at": submission.submitted_at,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

pub(super) fn row(summary: &Summary) -> Value {
    json!({
        "submission_id": summary.submission_id,
        "author": summary.author,
        "state": summary.state,
        "is_edit": summary.is_edit,
        "product_id": summary.product_id,
        "name": summary.name,
        "version": summary.version,
        "updated_at": summary.updated_at,
    })
}

pub(super) fn picture(upload: &Upload) -> Map<String, Value> {
    let pairs = [
        ("picture_id", json!(upload.picture_id)),
        ("submission_id", json!(upload.submission_id)),
        ("url", json!(upload.address)),
        ("width", json!(upload.width)),
        ("height", json!(upload.height)),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}
