//! One connection type over both databases, how it is opened, and what every session is told.
//! Must not know pools, replicas or tables.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where connections are opened"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, MultiConnection};
#[cfg(feature = "mysql")]
use diesel::{IntoSql, RunQueryDsl};

/// A connection to whichever database the shop runs on; repositories write their queries once against it.
#[derive(MultiConnection)]
pub enum AnyConnection {
    #[cfg(feature = "mysql")]
    Mysql(diesel::MysqlConnection),
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::SqliteConnection),
}

/// Where a database is, parsed by scheme. (`MultiConnection::establish` tries every backend in turn: it hid
/// MySQL's error, and turned `mysql:nonsense` into a new SQLite file.)
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `mysql://user:password@host:3306/database`
    Mysql(String),
    /// `sqlite:./data/vitrine.db`
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Reads a database URL of a kind that this binary was built for.
    ///
    /// # Errors
    /// A sentence that says what is expected; it never repeats the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<DatabaseUrl, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err("names no file: write it as sqlite:./data/vitrine.db".to_owned());
            }
            return if cfg!(feature = "sqlite") {
                Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
            } else {
                Err("this binary was built without SQLite (cargo feature `sqlite`)".to_owned())
            };
        }
        if text.starts_with("mysql://") {
            let named = text
                .rsplit_once('/')
                .is_some_and(|(server, name)| server.contains("//") && !name.is_empty());
            return match (cfg!(feature = "mysql"), named) {
                (false, _) => Err(
                    "this binary was built without MySQL and MariaDB: build it with --features mysql"
                        .to_owned(),
                ),
                (true, false) => {
                    Err("names no database: write it as mysql://user:password@host:3306/shop".to_owned())
                }
                (true, true) => Ok(DatabaseUrl::Mysql(text.to_owned())),
            };
        }
        Err("must start with sqlite: or mysql://".to_owned())
    }

    /// The file of an SQLite database, `None` for a server.
    pub fn sqlite_file(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Mysql(_) => None,
        }
    }
}

/// What a session may do. A reader's server or file handle refuses writes itself, so that a misrouted write
/// fails instead of splitting the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The primary.
    ReadWrite,
    /// A replica.
    ReadOnly,
}

/// What is wrong when [`reads_text`] finds none.
#[cfg(feature = "mysql")]
const LOSES_TEXT: &str = "the MariaDB client library of this machine loses texts: version 3.3.19 does (libmariadb3 10.11.18 of Debian), \
                          3.3.20 and later are right. Upgrade it and start again";

/// Whether texts arrive. Connector/C 3.3.19 and its sisters forget the lengths of a first row while Diesel makes room for
/// it, and every text of it is empty (CONC-821): a shop would show blank names, and write them back.
#[cfg(feature = "mysql")]
fn reads_text(connection: &mut diesel::MysqlConnection) -> diesel::QueryResult<bool> {
    const TEXT: &str = "text";
    let read: String = diesel::select(TEXT.into_sql::<diesel::sql_types::Text>()).get_result(connection)?;
    Ok(read == TEXT)
}

/// One connection, for whoever asks for no more; the server ends a statement that takes longer than `query_limit`. Blocking.
///
/// # Errors
/// Unavailable when the database does not answer.
pub fn open(url: &DatabaseUrl, access: Access, query_limit: Duration) -> crate::error::Result<AnyConnection> {
    ConnectionManager::new(url.clone(), access, query_limit)
        .establish()
        .map_err(|error| crate::error::Error::unavailable("database", error))
}

/// Opens connections to one database, each ready for its work.
pub struct ConnectionManager {
    url: DatabaseUrl,
    access: Access,
    query_limit: Duration,
}

impl ConnectionManager {
    /// Connections to `url`; the server ends a statement that takes longer than `query_limit`.
    pub fn new(url: DatabaseUrl, access: Access, query_limit: Duration) -> ConnectionManager {
        ConnectionManager {
            url,
            access,
            query_limit,
        }
    }

    /// Opens one connection.
    ///
    /// # Errors
    /// The driver's own error.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where connections are opened"
    )]
    pub fn establish(&self) -> Result<AnyConnection, diesel::r2d2::Error> {
        let failed = diesel::r2d2::Error::ConnectionError;
        match &self.url {
            #[cfg(feature = "mysql")]
            DatabaseUrl::Mysql(url) => {
                let mut connection = diesel::MysqlConnection::establish(url).map_err(failed)?;
                self.prepare_mysql(&mut connection)
                    .map_err(diesel::r2d2::Error::QueryError)?;
                if !reads_text(&mut connection).map_err(diesel::r2d2::Error::QueryError)? {
                    return Err(failed(ConnectionError::BadConnection(LOSES_TEXT.into())));
                }
                Ok(AnyConnection::Mysql(connection))
            }
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => {
                let path = path
                    .to_str()
                    .ok_or_else(|| failed(ConnectionError::BadConnection("the path is not UTF-8".into())))?;
                let mut connection = diesel::SqliteConnection::establish(path).map_err(failed)?;
                self.prepare_sqlite(&mut connection)
                    .map_err(diesel::r2d2::Error::QueryError)?;
                Ok(AnyConnection::Sqlite(connection))
            }
            #[cfg(not(all(feature = "mysql", feature = "sqlite")))]
            _ => Err(failed(ConnectionError::BadConnection(
                "this binary was built without that database".into(),
            ))),
        }
    }

    /// One clock zone, one isolation level, strict values, short lock waits, and a limit on reads by whichever
    /// of the two names the server knows (MariaDB counts seconds, MySQL milliseconds).
    #[cfg(feature = "mysql")]
    fn prepare_mysql(&self, connection: &mut diesel::MysqlConnection) -> diesel::QueryResult<()> {
        connection.batch_execute(
            "SET SESSION time_zone = '+00:00', SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), \
             SESSION innodb_lock_wait_timeout = 3, SESSION lock_wait_timeout = 5; \
             SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        )?;
        if self.access == Access::ReadOnly {
            connection.batch_execute("SET SESSION TRANSACTION READ ONLY")?;
        }
        let limit = self.query_limit;
        connection
            .batch_execute(&format!(
                "SET SESSION max_statement_time = {}",
                limit.as_secs_f64()
            ))
            .or_else(|_| {
                connection.batch_execute(&format!("SET SESSION max_execution_time = {}", limit.as_millis()))
            })
    }

    /// WAL so that readers never wait for the writer, FULL so that an acknowledged write survives a power cut,
    /// 16 MiB of pages so that an import of 10,000 rows finds its indexes in memory (4.8 s became 4.5 s), half of that for
    /// a reader (deep pages of 100,000 products became a fifth cheaper), and patience with other writers (the command
    /// line writes to the same file).
    #[cfg(feature = "sqlite")]
    fn prepare_sqlite(&self, connection: &mut diesel::SqliteConnection) -> diesel::QueryResult<()> {
        let patience = self.query_limit.as_millis();
        connection.batch_execute(&format!(
            "PRAGMA busy_timeout = {patience}; PRAGMA foreign_keys = ON;"
        ))?;
        match self.access {
            Access::ReadWrite => connection.batch_execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;",
            ),
            Access::ReadOnly => {
                connection.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_is_known_by_its_scheme_and_never_guessed() {
        for bad in [
            "",
            "vitrine.db",
            "postgres://x/y",
            "mysql:nonsense",
            "sqlite:",
            "mysql://host",
        ] {
            assert!(DatabaseUrl::parse(bad).is_err(), "{bad}");
        }
        #[cfg(feature = "sqlite")]
        assert_eq!(
            DatabaseUrl::parse("sqlite:./data/vitrine.db")
                .ok()
                .and_then(|url| url.sqlite_file().map(Path::to_owned)),
            Some(PathBuf::from("./data/vitrine.db"))
        );
        #[cfg(feature = "mysql")]
        assert!(matches!(
            DatabaseUrl::parse("mysql://app:secret@127.0.0.1:3306/shop"),
            Ok(DatabaseUrl::Mysql(_))
        ));
    }

    /// `.cargo/config.toml` says why.
    #[cfg(feature = "sqlite")]
    #[test]
    fn the_sqlite_that_is_built_in_takes_no_locks_that_guard_nothing() {
        use diesel::RunQueryDsl;
        use diesel::dsl::sql;
        use diesel::sql_types::Bool;

        let mut connection = diesel::SqliteConnection::establish(":memory:").unwrap();
        for option in ["THREADSAFE=2", "DEFAULT_MEMSTATUS=0"] {
            let question = sql::<Bool>(&format!("sqlite_compileoption_used('{option}')"));
            let is_used: bool = diesel::select(question).get_result(&mut connection).unwrap();
            assert!(is_used, "{option}");
        }
    }

    #[test]
    fn a_refused_url_is_not_repeated_because_it_may_hold_a_password() {
        let refused = DatabaseUrl::parse("mariadb://app:canary@host/shop")
            .err()
            .unwrap_or_default();
        assert!(!refused.is_empty() && !refused.contains("canary"));
    }
}
