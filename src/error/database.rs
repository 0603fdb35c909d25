//! Translates errors of the database layer into meanings. The only place outside `db` and the `repo`
//! modules that knows Diesel's error types.
//!
//! Diesel classifies few of MySQL's error numbers and hides the number of the rest, so lost connections, lock
//! waits and time-outs are told apart by the server's message, which MariaDB and MySQL keep stable in English.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::Error;

/// Message fragments of a transaction that lost a race and may be run again as a whole.
const RACES: [&str; 6] = [
    "Lock wait timeout exceeded",         // 1205
    "Deadlock found",                     // 1213
    "Record has changed since last read", // 1020, innodb_snapshot_isolation
    "Table definition has changed",       // 1412: a migration came between the snapshot and its first look
    "database is locked",                 // SQLITE_BUSY
    "database table is locked",           // SQLITE_LOCKED
];

/// Message fragments of a connection that is of no more use.
const LOST: [&str; 7] = [
    "Lost connection to",   // 2013
    "server has gone away", // 2006
    "Server has gone away",
    "Can't connect to",            // 2002, 2003
    "Connection was killed",       // 1927
    "Server shutdown in progress", // 1053
    "Commands out of sync",        // 2014: a query was given up half way
];

/// Message fragments of a server that answers but cannot do this now.
const BUSY: [&str; 5] = [
    "Too many connections",     // 1040
    "--read-only option",       // 1290: this server is not the primary (any more)
    "database or disk is full", // SQLITE_FULL
    "' is full",                // 1114: InnoDB's disk is
    "No space left on device",  // 1021, 1026
];

/// Message fragments of a statement that was ended because it took too long.
const TOO_LONG: [&str; 3] = [
    "max_statement_time exceeded",      // 1969
    "maximum statement execution time", // 3024, MySQL
    "interrupted",                      // SQLITE_INTERRUPT and 1317
];

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if has_kind(&error, |kind| matches!(kind, DatabaseErrorKind::UniqueViolation)) {
            return Self::Conflict {
                code: "taken",
                detail: "Another entry has this value already.".to_owned(),
            };
        }
        if lost(&error) || race(&error) || mentions(&error, &BUSY) || mentions(&error, &TOO_LONG) {
            return Self::unavailable("database", error);
        }
        Self::internal(error)
    }
}

impl From<r2d2::Error> for Error {
    fn from(error: r2d2::Error) -> Self {
        Self::unavailable("database", error)
    }
}

impl Error {
    /// The connection on which this happened must not be used again.
    pub fn is_connection_lost(&self) -> bool {
        self.diesel_source().is_some_and(lost)
    }

    /// The transaction lost a race (deadlock, lock wait) and was rolled back: running all of it again may succeed.
    pub fn is_retryable(&self) -> bool {
        self.diesel_source().is_some_and(race)
    }

    /// The server itself is the trouble: it is gone, silent, full, or no primary any more. Nothing that a request did, and
    /// no race that it lost.
    pub fn is_node_failure(&self) -> bool {
        let Self::Unavailable { what: "database", .. } = self else {
            return false;
        };
        let is_of_the_request = |error| race(error) || mentions(error, &TOO_LONG);
        !self.diesel_source().is_some_and(is_of_the_request)
    }

    /// A unique key refused the row. The repo that knows which keys exist turns this into a field error.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Conflict { code: "taken", .. })
    }

    fn diesel_source(&self) -> Option<&DieselError> {
        match self {
            Self::Unavailable {
                source: Some(source), ..
            } => source.downcast_ref(),
            _ => None,
        }
    }
}

fn lost(error: &DieselError) -> bool {
    has_kind(error, |kind| matches!(kind, DatabaseErrorKind::ClosedConnection))
        || matches!(error, DieselError::BrokenTransactionManager)
        || mentions(error, &LOST)
}

fn race(error: &DieselError) -> bool {
    has_kind(error, |kind| {
        matches!(kind, DatabaseErrorKind::SerializationFailure)
    }) || mentions(error, &RACES)
}

fn mentions(error: &DieselError, fragments: &[&str]) -> bool {
    match error {
        DieselError::DatabaseError(_, information) => {
            let message = information.message();
            fragments.iter().any(|fragment| message.contains(fragment))
        }
        DieselError::RollbackErrorOnCommit {
            rollback_error,
            commit_error,
        } => mentions(rollback_error, fragments) || mentions(commit_error, fragments),
        _ => false,
    }
}

fn has_kind(error: &DieselError, wanted: fn(&DatabaseErrorKind) -> bool) -> bool {
    match error {
        DieselError::DatabaseError(kind, _) => wanted(kind),
        DieselError::RollbackErrorOnCommit {
            rollback_error,
            commit_error,
        } => has_kind(rollback_error, wanted) || has_kind(commit_error, wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(kind: DatabaseErrorKind, message: &str) -> Error {
        DieselError::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn messages_of_both_databases_are_told_apart() {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, Unknown};
        for (kind, message, status, lost, retry) in [
            (
                Unknown,
                "Lost connection to server during query",
                503,
                true,
                false,
            ),
            (
                Unknown,
                "Lost connection to MySQL server at 'reading', system error: 11",
                503,
                true,
                false,
            ),
            (Unknown, "MySQL server has gone away", 503, true, false),
            (ClosedConnection, "", 503, true, false),
            (
                Unknown,
                "Lock wait timeout exceeded; try restarting transaction",
                503,
                false,
                true,
            ),
            (
                SerializationFailure,
                "Deadlock found when trying to get lock",
                503,
                false,
                true,
            ),
            (Unknown, "database is locked", 503, false, true),
            (
                Unknown,
                "Query execution was interrupted (max_statement_time exceeded)",
                503,
                false,
                false,
            ),
            (Unknown, "The table 'changes' is full", 503, false, false),
            (Unknown, "You have an error in your SQL syntax", 500, false, false),
        ] {
            let error = database(kind, message);
            let found = (
                error.status().as_u16(),
                error.is_connection_lost(),
                error.is_retryable(),
            );
            assert_eq!(found, (status, lost, retry), "{message}");
        }
    }

    #[test]
    fn a_missing_row_is_our_fault_until_a_repo_says_what_is_missing() {
        assert_eq!(Error::from(DieselError::NotFound).status(), 500);
    }

    #[test]
    fn a_unique_violation_can_be_turned_into_a_field_error() {
        assert!(
            database(
                DatabaseErrorKind::UniqueViolation,
                "UNIQUE constraint failed: products.sku"
            )
            .is_taken()
        );
    }
}
