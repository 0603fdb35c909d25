//! A request to try out, as a command line for curl. The integration tests run every one of them.
//!
//! `$SHOP` stands for the shop's address and `$KEY` for an API key, so that a line can be pasted into a terminal in
//! which both are set.

use actix_web::http::Method;

/// A request that succeeds in the demo shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    target: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<&'static str>,
}

impl Example {
    /// A request to this path and query.
    pub fn of(target: &'static str) -> Self {
        Self {
            target,
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn json(self, body: &'static str) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// The command line, a line for each part.
    pub fn curl(&self, method: &Method, with_key: bool) -> String {
        let verb = if *method == Method::GET {
            String::new()
        } else {
            format!("-X {method} ")
        };
        let mut parts = vec![format!("curl {verb}\"$SHOP{}\"", self.target)];
        if with_key {
            parts.push("-H \"Authorization: Bearer $KEY\"".to_owned());
        }
        let headers = self.headers.iter();
        parts.extend(headers.map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))));
        if let Some(body) = self.body {
            parts.push("-H 'Content-Type: application/json'".to_owned());
            parts.push(format!("-d {}", quoted(body)));
        }
        parts.join(" \\\n  ")
    }
}

/// A word that no shell looks into.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_quotes_what_a_shell_would_read() {
        let example = Example::of("/api/lamps/1")
            .header("If-Match", "\"v1\"")
            .json("{\"name\": \"Olive's\"}");
        assert_eq!(
            example.curl(&Method::PUT, true),
            "curl -X PUT \"$SHOP/api/lamps/1\" \\\n  -H \"Authorization: Bearer $KEY\" \\\n  -H 'If-Match: \"v1\"' \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{\"name\": \"Olive'\\''s\"}'"
        );
        assert_eq!(
            Example::of("/api/lamps").curl(&Method::GET, false),
            "curl \"$SHOP/api/lamps\""
        );
    }
}
