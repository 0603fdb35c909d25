//! Moments that are read back exactly as they were stored. Must not know what happened then.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
#[cfg(feature = "mysql")]
use diesel::sql_types::Datetime;
#[cfg(feature = "sqlite")]
use diesel::sql_types::Timestamp;
use diesel::sql_types::{HasSqlType, SqlOrd, SqlType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::db::connection::MultiBackend;

/// SQL type of a moment: `DATETIME(6)` on MySQL and MariaDB, text on SQLite. Not Diesel's `Timestamp`: MariaDB stores NULL
/// for a parameter of its type TIMESTAMP after January 2038, also in a column that holds such times.
#[derive(Debug, Clone, Copy, QueryId, SqlType)]
#[diesel(mysql_type(name = "DateTime"))]
#[diesel(sqlite_type(name = "Text"))]
pub struct MomentSql;

impl SqlOrd for MomentSql {}

/// A moment in UTC, truncated to microseconds: what `DATETIME(6)` keeps, so that what was hashed or
/// compared before storing is equal to what is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = MomentSql)]
pub struct Moment(NaiveDateTime);

impl Moment {
    /// The present.
    pub fn now() -> Moment {
        Moment::truncated(Utc::now())
    }

    /// Reads RFC 3339 (`2026-11-22T10:00:00Z`, any offset), what a browser's form sends (`2026-11-22T10:00`, UTC) or a
    /// date (`2026-11-22`, midnight UTC); years 1000 to 9999, which both databases hold. `None` for anything else.
    pub fn parse(text: &str) -> Option<Moment> {
        let moment = DateTime::parse_from_rfc3339(text)
            .map(|moment| moment.with_timezone(&Utc))
            .or_else(|_| {
                let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
                let local = |format: &&str| NaiveDateTime::parse_from_str(text, format).ok();
                formats
                    .iter()
                    .find_map(local)
                    .map(|local| local.and_utc())
                    .ok_or(())
            })
            .or_else(|()| {
                NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .map(|date| date.and_time(Default::default()).and_utc())
            })
            .ok()?;
        (1000..=9999)
            .contains(&chrono::Datelike::year(&moment))
            .then(|| Moment::truncated(moment))
    }

    /// RFC 3339 in UTC with as many decimals as are needed: `2026-11-22T10:00:00.250Z`.
    pub fn to_rfc3339(self) -> String {
        self.0
            .and_utc()
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    }

    /// As a browser's form field for a time holds it, in UTC: `2026-11-22T10:00`, with seconds where there are any, so
    /// that a form that is sent back unchanged changes nothing.
    pub fn to_form(self) -> String {
        let has_seconds = self.0.and_utc().timestamp() % 60 != 0;
        let pattern = if has_seconds {
            "%Y-%m-%dT%H:%M:%S"
        } else {
            "%Y-%m-%dT%H:%M"
        };
        self.0.format(pattern).to_string()
    }

    /// The same moment without fractions of its second.
    pub fn whole_seconds(self) -> Moment {
        Moment(self.0.trunc_subsecs(0))
    }

    /// When its day began, in UTC.
    pub fn midnight(self) -> Moment {
        Moment(self.0.date().and_time(chrono::NaiveTime::MIN))
    }

    /// The time until then, nothing for what has been; `None` when it is too far away to say.
    pub fn time_left(self) -> Option<std::time::Duration> {
        let wait = self.0.signed_duration_since(Moment::now().0);
        if wait <= TimeDelta::zero() {
            return Some(std::time::Duration::ZERO);
        }
        wait.to_std().ok()
    }

    /// The time from `earlier` to this moment, nothing if it is not earlier.
    pub fn since(self, earlier: Moment) -> std::time::Duration {
        self.0
            .signed_duration_since(earlier.0)
            .to_std()
            .unwrap_or_default()
    }

    /// Milliseconds since 1970.
    pub fn unix_milliseconds(self) -> i64 {
        self.0.and_utc().timestamp_millis()
    }

    /// Microseconds since 1970: exact.
    pub fn unix_microseconds(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// The moment of a number of milliseconds since 1970; `None` beyond what a date can say.
    pub fn of_unix_milliseconds(milliseconds: i64) -> Option<Moment> {
        chrono::DateTime::from_timestamp_millis(milliseconds).map(|moment| Moment(moment.naive_utc()))
    }

    /// Seconds since 1970, with fractions.
    pub fn unix_seconds(self) -> f64 {
        self.0.and_utc().timestamp() as f64 + f64::from(self.0.and_utc().timestamp_subsec_micros()) / 1e6
    }

    /// The calendar day in UTC, `2026-11-22`.
    pub fn to_date(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// This moment moved by so many seconds; negative moves back.
    pub fn plus_seconds(self, seconds: i64) -> Moment {
        Moment(
            self.0
                .checked_add_signed(TimeDelta::seconds(seconds))
                .unwrap_or(self.0),
        )
    }

    fn truncated(moment: DateTime<Utc>) -> Moment {
        Moment(moment.naive_utc().trunc_subsecs(6))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Moment::parse(&String::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

impl HasSqlType<MomentSql> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        MultiBackend::lookup_sql_type::<MomentSql>(lookup)
    }
}

impl FromSql<MomentSql, MultiBackend> for Moment {
    fn from_sql(raw: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        raw.from_sql::<Moment, MomentSql>()
    }
}

impl ToSql<MomentSql, MultiBackend> for Moment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((MomentSql, self));
        Ok(IsNull::No)
    }
}

#[cfg(feature = "mysql")]
impl FromSql<MomentSql, diesel::mysql::Mysql> for Moment {
    fn from_sql(value: diesel::mysql::MysqlValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Datetime, diesel::mysql::Mysql>>::from_sql(value).map(Moment)
    }
}

#[cfg(feature = "mysql")]
impl ToSql<MomentSql, diesel::mysql::Mysql> for Moment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::mysql::Mysql>) -> serialize::Result {
        <NaiveDateTime as ToSql<Datetime, diesel::mysql::Mysql>>::to_sql(&self.0, out)
    }
}

#[cfg(feature = "sqlite")]
impl FromSql<MomentSql, diesel::sqlite::Sqlite> for Moment {
    fn from_sql(value: <diesel::sqlite::Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <NaiveDateTime as FromSql<Timestamp, diesel::sqlite::Sqlite>>::from_sql(value).map(Moment)
    }
}

#[cfg(feature = "sqlite")]
impl ToSql<MomentSql, diesel::sqlite::Sqlite> for Moment {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
        <NaiveDateTime as ToSql<Timestamp, diesel::sqlite::Sqlite>>::to_sql(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_from_rfc_3339_and_from_dates() {
        let cases = [
            ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
            ("2026-11-22T10:00:00.1234567+02:00", "2026-11-22T08:00:00.123456Z"),
            ("2026-11-22", "2026-11-22T00:00:00Z"),
            ("2026-11-22T10:05", "2026-11-22T10:05:00Z"),
            ("2026-11-22T10:05:09", "2026-11-22T10:05:09Z"),
        ];
        for (text, printed) in cases {
            assert_eq!(
                Moment::parse(text).map(Moment::to_rfc3339).as_deref(),
                Some(printed),
                "{text}"
            );
        }
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "0001-01-01",
            "22.11.2026",
            "2026-11-22T10",
            "+12026-01-01T00:00:00Z",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
