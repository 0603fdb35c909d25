//! One cell of a table: what it is in a query, and what it is in a line of a file. Must not know tables.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::query_builder::AstPass;
use diesel::row::{Field, NamedRow};
use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text};
use diesel::{QueryResult, QueryableByName};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::Column;
use crate::db::connection::MultiBackend;
use crate::db::types::{Moment, MomentSql, Money, MoneySql};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Integer,
    Bool,
    Double,
    Text,
    Bytes,
    Moment,
    Money,
}

/// A value of one kind, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Integer(Option<i64>),
    Bool(Option<bool>),
    Double(Option<f64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Moment(Option<Moment>),
    Money(Option<Money>),
}

/// The values of a row in the order of its table's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Integer,
        Kind::Bool,
        Kind::Double,
        Kind::Text,
        Kind::Bytes,
        Kind::Moment,
        Kind::Money,
    ];

    /// What a column of this kind is called in a query, so that its answer tells how it is read.
    pub(super) fn alias(self) -> &'static str {
        match self {
            Kind::Integer => "integer_value",
            Kind::Bool => "bool_value",
            Kind::Double => "double_value",
            Kind::Text => "text_value",
            Kind::Bytes => "bytes_value",
            Kind::Moment => "moment_value",
            Kind::Money => "money_value",
        }
    }

    fn read(self, raw: Option<<MultiBackend as Backend>::RawValue<'_>>) -> deserialize::Result<Value> {
        Ok(match self {
            Kind::Integer => Value::Integer(
                raw.map(<i64 as FromSql<BigInt, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Bool => Value::Bool(
                raw.map(<bool as FromSql<Bool, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Double => Value::Double(
                raw.map(<f64 as FromSql<Double, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Text => Value::Text(
                raw.map(<String as FromSql<Text, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Bytes => Value::Bytes(
                raw.map(<Vec<u8> as FromSql<Binary, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Moment => Value::Moment(
                raw.map(<Moment as FromSql<MomentSql, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
            Kind::Money => Value::Money(
                raw.map(<Money as FromSql<MoneySql, MultiBackend>>::from_sql)
                    .transpose()?,
            ),
        })
    }

    /// Reads what [`Value`] is written as; `None` when it is something else.
    fn parse(self, json: serde_json::Value) -> Option<Value> {
        use serde_json::Value as Json;
        Some(match (self, json) {
            (Kind::Integer, Json::Null) => Value::Integer(None),
            (Kind::Bool, Json::Null) => Value::Bool(None),
            (Kind::Double, Json::Null) => Value::Double(None),
            (Kind::Text, Json::Null) => Value::Text(None),
            (Kind::Bytes, Json::Null) => Value::Bytes(None),
            (Kind::Moment, Json::Null) => Value::Moment(None),
            (Kind::Money, Json::Null) => Value::Money(None),
            (Kind::Integer, Json::Number(number)) => Value::Integer(Some(number.as_i64()?)),
            (Kind::Bool, Json::Bool(value)) => Value::Bool(Some(value)),
            (Kind::Double, Json::String(text)) => Value::Double(Some(text.parse().ok()?)),
            (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
            (Kind::Bytes, Json::String(text)) => Value::Bytes(Some(BASE64_STANDARD.decode(text).ok()?)),
            (Kind::Moment, Json::String(text)) => Value::Moment(Some(Moment::parse(&text)?)),
            (Kind::Money, Json::String(text)) => Value::Money(Some(Money::parse(&text).ok()?)),
            _ => return None,
        })
    }
}

impl Value {
    /// Puts the value into a query as a parameter of its kind.
    pub(super) fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        match self {
            Value::Integer(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
            Value::Bool(value) => out.push_bind_param::<Nullable<Bool>, _>(value),
            Value::Double(value) => out.push_bind_param::<Nullable<Double>, _>(value),
            Value::Text(value) => out.push_bind_param::<Nullable<Text>, _>(value),
            Value::Bytes(value) => out.push_bind_param::<Nullable<Binary>, _>(value),
            Value::Moment(value) => out.push_bind_param::<Nullable<MomentSql>, _>(value),
            Value::Money(value) => out.push_bind_param::<Nullable<MoneySql>, _>(value),
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(value) => *value,
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(value) => value.as_deref(),
            _ => None,
        }
    }

    /// About as many bytes as it takes in a statement.
    fn weight(&self) -> usize {
        const NUMBER: usize = 8;
        match self {
            Value::Text(Some(text)) => text.len(),
            Value::Bytes(Some(bytes)) => bytes.len(),
            _ => NUMBER,
        }
    }
}

impl Serialize for Value {
    /// A double is a text, because a number of JSON need not come back as the one that was written; bytes are base64.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Integer(value) => value.serialize(serializer),
            Value::Bool(value) => value.serialize(serializer),
            Value::Double(value) => value.map(|value| value.to_string()).serialize(serializer),
            Value::Text(value) => value.serialize(serializer),
            Value::Bytes(value) => {
                let text = value.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes));
                text.serialize(serializer)
            }
            Value::Moment(value) => value.serialize(serializer),
            Value::Money(value) => value.serialize(serializer),
        }
    }
}

impl Row {
    /// The row as a JSON array without a line end: the same for equal rows of any database.
    ///
    /// # Errors
    /// None that a row can cause.
    pub fn to_line(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }

    /// Reads what [`Row::to_line`] writes; `None` when it is no row of these columns.
    pub fn of_line(columns: &[Column], line: &str) -> Option<Row> {
        let cells: Vec<serde_json::Value> = serde_json::from_str(line).ok()?;
        if cells.len() != columns.len() {
            return None;
        }
        let values = cells.into_iter().zip(columns);
        values
            .map(|(json, column)| column.kind.parse(json))
            .collect::<Option<_>>()
            .map(Row)
    }

    pub(super) fn weight(&self) -> usize {
        self.0.iter().map(Value::weight).sum()
    }
}

impl QueryableByName<MultiBackend> for Row {
    fn build<'a>(row: &impl NamedRow<'a, MultiBackend>) -> deserialize::Result<Self> {
        let read = |position: usize| {
            let field = diesel::row::Row::get(row, position).ok_or("a column is missing")?;
            let alias = field.field_name().unwrap_or_default();
            let kind = Kind::ALL.into_iter().find(|kind| kind.alias() == alias);
            kind.ok_or("a column of no known kind")?.read(field.value())
        };
        (0..row.field_count())
            .map(read)
            .collect::<Result<_, _>>()
            .map(Row)
    }
}

/// A sum over the lines of a table, equal for equal sets of rows in any order: databases sort some texts differently. It
/// is for accidents; what somebody changes on purpose is noticed by the checksums of files and by the change log's chain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    pub rows: u64,
    sums: [u64; 4],
}

impl Digest {
    pub fn add(&mut self, line: &str) {
        self.rows += 1;
        let hash: [u8; 32] = Sha256::digest(line.as_bytes()).into();
        for (sum, part) in self.sums.iter_mut().zip(hash.as_chunks().0) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
    }

    pub fn to_hex(self) -> String {
        self.sums.iter().map(|sum| format!("{sum:016x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: Kind) -> Column {
        Column {
            name: "column".to_owned(),
            kind,
        }
    }

    #[test]
    fn a_row_is_read_back_from_its_line_exactly() {
        let columns: Vec<Column> = Kind::ALL.into_iter().map(column).collect();
        let moment = Moment::parse("2026-11-22T10:00:00.000001Z");
        for double in [0.1 + 0.2, f64::MIN_POSITIVE, -1.5e300, 0.0, 12_345.678_9] {
            let row = Row(vec![
                Value::Integer(Some(i64::MAX)),
                Value::Bool(Some(true)),
                Value::Double(Some(double)),
                Value::Text(Some("a \"quoted\"\nline \u{1F4A1}".to_owned())),
                Value::Bytes(Some(vec![0, 255, 10])),
                Value::Moment(moment),
                Value::Money(Some(Money::MAX)),
            ]);
            let line = row.to_line().unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(Row::of_line(&columns, &line), Some(row));
        }
        let nothing = "[null,null,null,null,null,null,null]";
        let row = Row::of_line(&columns, nothing).unwrap();
        assert_eq!(row.to_line().unwrap(), nothing);
    }

    #[test]
    fn what_is_no_row_of_these_columns_is_refused() {
        let columns = [column(Kind::Integer), column(Kind::Money)];
        for line in [
            "",
            "[]",
            "[1]",
            "[1,2]",
            "[\"1\",\"2.00\"]",
            "[1.5,\"2.00\"]",
            "[1,\"-2\"]",
            "{}",
        ] {
            assert_eq!(Row::of_line(&columns, line), None, "{line}");
        }
    }

    #[test]
    fn a_digest_tells_sets_of_rows_apart_and_not_their_order() {
        let digest = |lines: &[&str]| {
            let mut digest = Digest::default();
            lines.iter().for_each(|line| digest.add(line));
            digest
        };
        assert_eq!(digest(&["[1]", "[2]"]), digest(&["[2]", "[1]"]));
        assert_ne!(digest(&["[1]", "[2]"]), digest(&["[1]", "[3]"]));
        assert_ne!(digest(&["[1]"]), digest(&["[1]", "[1]"]));
    }
}
