//! What can be told of a product beyond its fields, typed by a definition that the owner makes.
//! Must not know products or storage.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::catalog::text;

/// The values of a product by the attribute's key.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// Numbers have at most three decimals and are kept in thousandths, so that both databases agree on what is equal.
const THOUSANDTHS: i64 = 1000;

/// Largest number, in whole units: its thousandths are exact in a float too, which JSON readers use.
const LARGEST: i64 = 1_000_000_000_000;

/// What kind of value an attribute has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    Text,
    /// With a unit, as a rule.
    Number,
    YesNo,
    /// One of the definition's choices.
    Choice,
}

impl AttributeKind {
    pub const ALL: [AttributeKind; 4] = [Self::Text, Self::Number, Self::YesNo, Self::Choice];

    /// Its name in the database, in JSON and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
        }
    }

    pub fn parse(name: &str) -> Option<AttributeKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An attribute as the owner defined it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub attribute_id: i32,
    /// Its name in addresses, files and JSON; never changes.
    pub key: String,
    pub name: String,
    pub kind: AttributeKind,
    pub unit: Option<String>,
    /// For [`AttributeKind::Choice`]; empty otherwise.
    pub choices: Vec<String>,
    pub position: i32,
    pub version: i32,
}

impl Attribute {
    /// Understands a value as JSON, a form or a file gives it.
    ///
    /// # Errors
    /// What the value should be.
    pub fn understand(&self, given: &Value) -> Result<AttributeValue, String> {
        match self.kind {
            AttributeKind::Text => match given {
                Value::String(line) => text::line(line, 255)
                    .ok()
                    .flatten()
                    .map(AttributeValue::Text)
                    .ok_or_else(|| "must be one line of text of at most 255 characters".to_owned()),
                _ => Err("must be text in quotes".to_owned()),
            },
            AttributeKind::Number => number(given)
                .map(AttributeValue::Number)
                .ok_or_else(|| "must be a number with at most three decimals, for example 12.5".to_owned()),
            AttributeKind::YesNo => match given {
                Value::Bool(flag) => Ok(AttributeValue::Flag(*flag)),
                Value::String(word) => match word.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "1" => Ok(AttributeValue::Flag(true)),
                    "false" | "no" | "0" => Ok(AttributeValue::Flag(false)),
                    _ => Err("must be yes or no".to_owned()),
                },
                _ => Err("must be true or false".to_owned()),
            },
            AttributeKind::Choice => {
                let wanted = given.as_str().map(text::fold);
                let found = self
                    .choices
                    .iter()
                    .find(|choice| Some(text::fold(choice)) == wanted);
                found
                    .cloned()
                    .map(AttributeValue::Text)
                    .ok_or_else(|| format!("must be one of: {}", self.choices.join(", ")))
            }
        }
    }
}

fn number(given: &Value) -> Option<i64> {
    match given {
        Value::Number(number) => thousandths(&number.to_string()),
        Value::String(text) => thousandths(text.trim()),
        _ => None,
    }
}

/// Reads `-12.5` exactly; no exponent, no separators.
pub fn thousandths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 3 || whole.len() > 13 {
        return None;
    }
    let whole: i64 = whole.parse().ok().filter(|whole| *whole <= LARGEST)?;
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    Some(sign * (whole * THOUSANDTHS + fraction))
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeValue {
    /// Also the choice that was taken.
    Text(String),
    /// In thousandths.
    Number(i64),
    Flag(bool),
}

impl AttributeValue {
    /// What lists are filtered by: folded text, so that "Oak" is "oak".
    pub fn key(&self) -> String {
        match self {
            Self::Text(line) => text::fold(line),
            Self::Number(_) | Self::Flag(_) => self.to_string(),
        }
    }

    pub fn thousandths(&self) -> Option<i64> {
        match self {
            Self::Number(thousandths) => Some(*thousandths),
            Self::Text(_) | Self::Flag(_) => None,
        }
    }
}

impl std::fmt::Display for AttributeValue {
    /// As forms and files hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(line) => f.write_str(line),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Number(thousandths) => {
                let sign = if *thousandths < 0 { "-" } else { "" };
                let (whole, fraction) = (
                    thousandths.unsigned_abs() / 1000,
                    thousandths.unsigned_abs() % 1000,
                );
                write!(f, "{sign}{whole}")?;
                if fraction > 0 {
                    write!(f, ".{}", format!("{fraction:03}").trim_end_matches('0'))?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(line) => serializer.serialize_str(line),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(thousandths) if thousandths % THOUSANDTHS == 0 => {
                serializer.serialize_i64(thousandths / THOUSANDTHS)
            }
            // Exact: a float holds fifteen digits, and the largest number has as many.
            Self::Number(_) => {
                let number: f64 = self.to_string().parse().map_err(serde::ser::Error::custom)?;
                serializer.serialize_f64(number)
            }
        }
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(line) => Ok(Self::Text(line)),
            Value::Bool(flag) => Ok(Self::Flag(flag)),
            other => number(&other)
                .map(Self::Number)
                .ok_or_else(|| de::Error::custom("neither text, number nor flag")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn attribute(kind: AttributeKind) -> Attribute {
        Attribute {
            attribute_id: 1,
            key: "height".to_owned(),
            name: "Height".to_owned(),
            kind,
            unit: Some("cm".to_owned()),
            choices: vec!["Oiled oak".to_owned(), "Ash".to_owned()],
            position: 0,
            version: 1,
        }
    }

    #[test]
    fn a_value_is_of_its_attributes_kind_or_refused() {
        for (kind, given, shown) in [
            (AttributeKind::Text, json!("  two \n words "), Some("two words")),
            (AttributeKind::Text, json!(7), None),
            (AttributeKind::Number, json!(12.5), Some("12.5")),
            (AttributeKind::Number, json!("-0.250"), Some("-0.25")),
            (AttributeKind::Number, json!("12,5"), None),
            (AttributeKind::Number, json!("1e3"), None),
            (AttributeKind::Number, json!("1.2345"), None),
            (AttributeKind::YesNo, json!(true), Some("yes")),
            (AttributeKind::YesNo, json!("No"), Some("no")),
            (AttributeKind::YesNo, json!("perhaps"), None),
            (AttributeKind::Choice, json!("OILED OAK"), Some("Oiled oak")),
            (AttributeKind::Choice, json!("Pine"), None),
        ] {
            let understood = attribute(kind).understand(&given).ok();
            assert_eq!(
                understood.map(|value| value.to_string()).as_deref(),
                shown,
                "{kind:?} {given}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_back_as_it_was_written(number in -LARGEST * THOUSANDTHS..=LARGEST * THOUSANDTHS) {
            let value = AttributeValue::Number(number);
            prop_assert_eq!(thousandths(&value.to_string()), Some(number));
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<AttributeValue>(&json).unwrap(), value, "{}", json);
        }
    }
}
