//! The query string and form bodies as lists of pairs.

use actix_web::HttpRequest;

use crate::error::{Error, Result};

/// Names and values in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the query of a request. A name outside `allowed` is refused; `attr.*` allows every name that begins so.
    pub fn parse(request: &HttpRequest, allowed: &[&str]) -> Result<Self> {
        let params = Self::decode(request.query_string())?;
        for (name, _) in &params.0 {
            if !is_among(name, allowed) {
                return Err(Error::bad_request("unknown_parameter", unknown(name, allowed)));
            }
        }
        Ok(params)
    }

    /// Reads `a=1&b=2` with percent-encoding and `+` for a space.
    pub fn decode(text: &str) -> Result<Self> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode_part(name)?, decode_part(value)?))
        });
        pairs.collect::<Result<_>>().map(Self)
    }

    /// The value of a parameter that may be given once. Empty counts as not given: a form without scripts sends every
    /// field that was left blank.
    pub fn one(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Error::bad_request(
                "repeated_parameter",
                format!("`{name}` may be given only once."),
            ));
        }
        Ok(first)
    }

    /// Every value of a parameter that may be repeated, without the empty ones.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        let named = self
            .0
            .iter()
            .filter(move |(found, value)| found == name && !value.is_empty());
        named.map(|(_, value)| value.as_str())
    }

    /// The version that a form was opened with.
    ///
    /// # Errors
    /// 400 without one: the form was changed on its way.
    pub fn version(&self) -> Result<i32> {
        let version = self.one("version")?.and_then(|version| version.parse().ok());
        version.ok_or_else(|| {
            Error::bad_request(
                "missing_version",
                "The form lacks the version it was opened with: open it again.",
            )
        })
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// The id in an address; anything but a number names nothing.
///
/// # Errors
/// `NotFound`, of `what` was looked for.
pub fn path_id(text: &str, what: &'static str) -> Result<i32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .ok_or(Error::NotFound { what })
}

/// Whether a parameter is one of those that are known.
pub fn is_among(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    })
}

fn unknown(name: &str, allowed: &[&str]) -> String {
    let shown: String = name.chars().take(60).collect();
    if allowed.is_empty() {
        return format!("`{shown}` is not known here: this address takes no parameters.");
    }
    format!("`{shown}` is not known here. Known are: {}.", allowed.join(", "))
}

fn decode_part(text: &str) -> Result<String> {
    let fault = || Error::bad_request("invalid_encoding", "A parameter is not percent-encoded UTF-8.");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex_digit).ok_or_else(fault)?;
                let low = rest.next().and_then(hex_digit).ok_or_else(fault)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| fault())
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn parse(query: &str) -> Result<Params> {
        let request = TestRequest::with_uri(&format!("/products?{query}")).to_http_request();
        Params::parse(&request, &["category", "q", "page"])
    }

    #[test]
    fn pairs_are_decoded() {
        let params = parse("category=Desk+lamps&category=Caf%C3%A9&q=&&page=2").unwrap();
        assert_eq!(params.all("category").collect::<Vec<_>>(), ["Desk lamps", "Café"]);
        assert_eq!(params.one("page").unwrap(), Some("2"));
        assert_eq!(params.one("q").unwrap(), None);
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (query, code, named) in [
            ("categori=x", "unknown_parameter", "`categori`"),
            ("categori=x", "unknown_parameter", "category, q, page"),
            ("q=%zz", "invalid_encoding", "percent"),
            ("q=%f", "invalid_encoding", "percent"),
            ("q=%ff", "invalid_encoding", "UTF-8"),
        ] {
            let error = parse(query).unwrap_err();
            assert_eq!((error.status().as_u16(), error.code()), (400, code), "{query}");
            assert!(error.to_string().contains(named), "{query}: {error}");
        }
    }

    #[test]
    fn a_form_says_with_which_version_it_was_opened() {
        let version = |form: &str| Params::decode(form).unwrap().version();
        assert_eq!(version("name=x&version=7").unwrap(), 7);
        for form in ["", "version=", "version=x", "version=1.5", "version=99999999999"] {
            assert_eq!(version(form).unwrap_err().code(), "missing_version", "{form}");
        }
        assert_eq!(
            version("version=1&version=2").unwrap_err().code(),
            "repeated_parameter"
        );
    }

    #[test]
    fn a_parameter_that_may_be_given_once_is_refused_twice() {
        assert_eq!(
            parse("page=1&page=2").unwrap().one("page").unwrap_err().code(),
            "repeated_parameter"
        );
    }
}
