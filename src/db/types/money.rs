//! Exact amounts of money and how each database keeps them. Must not know which currency it is.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::db::connection::MultiBackend;

/// SQL type of an exact amount: `DECIMAL(10,2)` on MySQL and MariaDB, whole minor units on SQLite,
/// which has no exact decimal (19.99 was read back as 19.98999...).
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(mysql_type(name = "Numeric"))]
#[diesel(sqlite_type(name = "Long"))]
pub struct MoneySql;

/// An amount of the shop's one currency, in minor units (cents), between 0 and [`Money::MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = MoneySql)]
pub struct Money(i64);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point, for example `1e3`, `$5` or `12,50`.
    #[error("is not a decimal number such as 19.99")]
    Format,
    /// More than two digits after the point.
    #[error("has more than two decimal places")]
    TooPrecise,
    /// Below zero.
    #[error("must not be negative")]
    Negative,
    /// Above [`Money::MAX`], the largest that `DECIMAL(10,2)` holds.
    #[error("must be at most 99999999.99")]
    TooLarge,
}

impl Money {
    /// The largest amount of a `DECIMAL(10,2)` column: 99,999,999.99.
    pub const MAX: Money = Money(9_999_999_999);

    /// Reads `19.99`, `19.9`, `19` or `.5` exactly; no sign, no exponent, no separators, no float in between.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Money, MoneyError> {
        if let Some(positive) = text.strip_prefix('-') {
            return Err(if Money::parse(positive).is_ok() {
                MoneyError::Negative
            } else {
                MoneyError::Format
            });
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return Err(MoneyError::Format);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 8 {
            return Err(MoneyError::TooLarge);
        }
        format!("{whole}{fraction:0<2}")
            .parse()
            .map(Money)
            .map_err(|_| MoneyError::Format)
    }

    /// The amount in minor units.
    pub fn minor_units(self) -> i64 {
        self.0
    }

    /// The amount of so many minor units, `None` outside `0..=MAX`.
    pub fn from_minor_units(minor: i64) -> Option<Money> {
        (0..=Money::MAX.0).contains(&minor).then_some(Money(minor))
    }
}

impl fmt::Display for Money {
    /// Always two decimals and a point, as `DECIMAL(10,2)` prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Money::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl HasSqlType<MoneySql> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<MoneySql>(lookup)
    }
}

impl FromSql<MoneySql, MultiBackend> for Money {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Money, MoneySql>()
    }
}

impl ToSql<MoneySql, MultiBackend> for Money {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((MoneySql, self));
        Ok(IsNull::No)
    }
}

#[cfg(feature = "mysql")]
impl FromSql<MoneySql, diesel::mysql::Mysql> for Money {
    fn from_sql(value: diesel::mysql::MysqlValue<'_>) -> deserialize::Result<Self> {
        let text = std::str::from_utf8(value.as_bytes())?;
        Ok(Money::parse(text)?)
    }
}

#[cfg(feature = "mysql")]
impl ToSql<MoneySql, diesel::mysql::Mysql> for Money {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::mysql::Mysql>) -> serialize::Result {
        use std::io::Write;
        write!(out, "{self}")?;
        Ok(IsNull::No)
    }
}

#[cfg(feature = "sqlite")]
impl FromSql<MoneySql, diesel::sqlite::Sqlite> for Money {
    fn from_sql(value: <diesel::sqlite::Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let minor = <i64 as FromSql<diesel::sql_types::BigInt, diesel::sqlite::Sqlite>>::from_sql(value)?;
        Money::from_minor_units(minor).ok_or_else(|| "an amount out of range is stored".into())
    }
}

#[cfg(feature = "sqlite")]
impl ToSql<MoneySql, diesel::sqlite::Sqlite> for Money {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_exactly_or_refused_with_the_reason() {
        for (text, minor) in [
            ("19.99", 1999),
            ("0", 0),
            ("5", 500),
            ("7.5", 750),
            (".5", 50),
            ("007.50", 750),
            ("1.500", 150),
            ("99999999.99", 9_999_999_999),
        ] {
            assert_eq!(Money::parse(text).map(Money::minor_units), Ok(minor), "{text}");
        }
        for (text, reason) in [
            ("", MoneyError::Format),
            (".", MoneyError::Format),
            ("1e3", MoneyError::Format),
            ("NaN", MoneyError::Format),
            ("$12.50", MoneyError::Format),
            ("12,50", MoneyError::Format),
            ("1.2.3", MoneyError::Format),
            ("+5", MoneyError::Format),
            ("٣", MoneyError::Format),
            ("-", MoneyError::Format),
            ("-1", MoneyError::Negative),
            ("9.999", MoneyError::TooPrecise),
            ("100000000", MoneyError::TooLarge),
        ] {
            assert_eq!(Money::parse(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_is_printed_as_it_is_read(minor in 0..=Money::MAX.0) {
            let money = Money::from_minor_units(minor).expect("in range");
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
        }
    }
}
