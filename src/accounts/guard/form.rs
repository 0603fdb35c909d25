//! What a person typed into a form, held on to when the form cannot be accepted right now.

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::web::Bytes;

use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::web::extract::{FilesForm, Params, collect, is_multipart};

const FORM: &str = "application/x-www-form-urlencoded";
pub const TOKEN_FIELD: &str = "csrf_token";

/// The fields of a form in their order, its CSRF token apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedForm {
    fields: Vec<(String, String)>,
    csrf_token: String,
}

impl TypedForm {
    /// Reads the body and puts it back for the handler. A body that is no form has no fields, and so no token; files of a
    /// form are no fields.
    pub async fn take(accounts: &Accounts, request: &mut ServiceRequest) -> Result<Self> {
        if is_multipart(request.headers()) {
            let body = Bytes::from(collect(request.take_payload(), accounts.site().max_upload).await?);
            let form = FilesForm::parse(request.headers(), body.clone()).await?;
            request.set_payload(Payload::from(body));
            return Ok(Self::of(&form.fields));
        }
        if !request.content_type().eq_ignore_ascii_case(FORM) {
            return Ok(Self::default());
        }
        let body = collect(request.take_payload(), accounts.site().max_body).await?;
        let form = Self::parse(&body)?;
        request.set_payload(Payload::from(body));
        Ok(form)
    }

    pub fn parse(body: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Error::bad_request("invalid_encoding", "The form is not percent-encoded UTF-8."))?;
        Ok(Self::of(&Params::decode(text)?))
    }

    fn of(params: &Params) -> Self {
        let mut form = Self::default();
        for (name, value) in params.iter() {
            if name == TOKEN_FIELD {
                value.clone_into(&mut form.csrf_token);
            } else {
                form.fields.push((name.to_owned(), value.to_owned()));
            }
        }
        form
    }

    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The first value of this name; empty if there is none.
    pub fn value(&self, name: &str) -> &str {
        self.field(name).unwrap_or_default()
    }

    /// The first value of this name, if there is one.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(found, _)| found == name);
        field.map(|(_, value)| value.as_str())
    }

    pub fn csrf_token(&self) -> &str {
        &self.csrf_token
    }

    /// All fields as one text, to travel through the sign-in page in a hidden field.
    pub fn carry(&self) -> Result<String> {
        serde_urlencoded::to_string(&self.fields).map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_token_is_told_apart_from_what_was_typed() {
        let form = TypedForm::parse(b"name=Lamp+%26+more&csrf_token=t0ken&tag=a&tag=b").unwrap();
        assert_eq!(form.csrf_token(), "t0ken");
        assert_eq!(form.carry().unwrap(), "name=Lamp+%26+more&tag=a&tag=b");
    }

    proptest! {
        #[test]
        fn what_was_typed_survives_the_way_through_the_sign_in_page(
            typed in proptest::collection::vec(("[a-z]{1,8}", "\\PC{0,20}"), 0..6)
        ) {
            let form = TypedForm { fields: typed, csrf_token: String::new() };
            let carried = TypedForm::parse(form.carry().unwrap().as_bytes()).unwrap();
            prop_assert_eq!(carried, form);
        }
    }
}
