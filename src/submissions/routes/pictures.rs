//! Pictures of proposals over HTTP: with the form, and one by one for those who may see them.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpRequest, web};

use super::Visit;
use crate::catalog::Proposed;
use crate::error::{Error, FieldError, Result};
use crate::submissions::Upload;
use crate::submissions::pictures::{FIELD, media_type};
use crate::submissions::views::form::FILES;
use crate::web::extract::{Params, SentFile, path_id};
use crate::web::permission::Permission;
use crate::web::respond::{self, CachePolicy, Reply};

/// `GET /submit/pictures/{id}`: one's own, and for those who decide any of what was handed in.
pub async fn show(request: HttpRequest, visit: Visit, path: web::Path<String>) -> Result<Reply> {
    Params::parse(&request, &[])?;
    let (upload, content) = visit.picture(&path).await?;
    let reply = respond::bytes(media_type(&upload), content, CachePolicy::PrivateNoStore);
    Ok(reply.header(CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
}

impl Visit {
    pub(super) async fn picture(&self, path: &str) -> Result<(Upload, Vec<u8>)> {
        let reviews = self.principal.may(Permission::Review);
        let picture_id = path_id(path, "picture")?;
        self.submissions
            .picture(self.principal.actor(), reviews, picture_id)
            .await
    }

    /// Keeps the files of a form, and proposes them behind what was typed.
    pub(super) async fn take_files(
        &self,
        submission_id: i32,
        files: Vec<SentFile>,
        typed: &mut Proposed,
    ) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let strays = files.iter().filter(|file| file.field != FILES);
        let strays: Vec<FieldError> = strays
            .map(|file| FieldError::new(format!("/{}", file.field), "unknown", "takes no file"))
            .collect();
        if !strays.is_empty() {
            return Err(Error::Invalid(strays));
        }
        let sent = files.into_iter().map(|file| (file.name, file.bytes)).collect();
        let attached = self.submissions.attach(self.origin(), submission_id, sent).await;
        let uploads = attached.map_err(|error| match error {
            Error::TooManyRequests { .. } => {
                let detail = "are more than the shop takes from one person in a day: come back tomorrow";
                Error::Invalid(vec![FieldError::new(FIELD, "quota", detail)])
            }
            other => other,
        })?;
        for upload in &uploads.value {
            typed.add_picture(&upload.address);
        }
        Ok(())
    }
}
