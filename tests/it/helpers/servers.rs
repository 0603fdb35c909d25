//! The MariaDB servers that `tests/services/mariadb.sh` started, or none.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use vitrine::db::connection::{Access, ConnectionManager};
use vitrine::db::{AnyConnection, DatabaseUrl};

use super::{skipped, variable};

/// Addresses without a database's name: each test makes its own.
#[derive(Clone)]
pub struct Servers {
    pub primary: String,
    pub replicas: Vec<String>,
    pub primary_admin: String,
    pub replica_admins: Vec<String>,
}

impl Servers {
    /// `None`, loudly, where there are none.
    pub fn find() -> Option<Servers> {
        let Some(primary) = variable("VITRINE_TEST_MYSQL_PRIMARY") else {
            let required = variable("VITRINE_TEST_REQUIRE_SERVICES").is_some_and(|value| value == "1");
            assert!(!required, "VITRINE_TEST_MYSQL_PRIMARY names no MariaDB");
            skipped(
                "everything on MariaDB: VITRINE_TEST_MYSQL_PRIMARY names no server; `make test` starts one",
            );
            return None;
        };
        let list = |name: &str| {
            variable(name)
                .unwrap_or_else(|| panic!("{name} is missing"))
                .split(',')
                .map(str::to_owned)
                .collect()
        };
        let [primary_admin] = <[String; 1]>::try_from(list("VITRINE_TEST_MYSQL_PRIMARY_ADMIN")).unwrap();
        let (replicas, replica_admins) = (
            list("VITRINE_TEST_MYSQL_REPLICAS"),
            list("VITRINE_TEST_MYSQL_REPLICA_ADMINS"),
        );
        Some(Servers {
            primary,
            replicas,
            primary_admin,
            replica_admins,
        })
    }

    /// Whether they are MariaDB; `tests/services/mysql.sh` starts the other kind.
    pub fn are_mariadb(&self) -> bool {
        shown(&self.primary, "VARIABLES", "version").contains("MariaDB")
    }

    /// A new, empty database on the primary; its name.
    pub fn create_database(&self) -> String {
        let mut random = [0_u8; 6];
        getrandom::fill(&mut random).unwrap();
        let name = format!("it_{}", hex::encode(random));
        execute(
            &format!("{}/mysql", self.primary),
            &format!("CREATE DATABASE {name}"),
        );
        name
    }

    /// Waits until every replica has the shop's tables: before that, reads rightly go to the primary.
    pub async fn await_replicas(&self, database: &str) {
        for replica in &self.replicas {
            let url = format!("{replica}/{database}");
            let deadline = Instant::now() + Duration::from_secs(20);
            while !has_head(&url) {
                assert!(Instant::now() < deadline, "a replica does not follow");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

fn has_head(url: &str) -> bool {
    let url = DatabaseUrl::parse(url).unwrap();
    let manager = ConnectionManager::new(url, Access::ReadOnly, Duration::from_secs(10));
    manager
        .establish()
        .is_ok_and(|mut connection| vitrine::db::changes::head(&mut connection).is_ok())
}

/// Runs one statement on a server.
pub fn execute(url: &str, statement: &str) {
    diesel::sql_query(statement).execute(&mut connect(url)).unwrap();
}

pub fn connect(url: &str) -> AnyConnection {
    let url = DatabaseUrl::parse(url).unwrap();
    ConnectionManager::new(url, Access::ReadWrite, Duration::from_secs(10))
        .establish()
        .unwrap()
}

#[derive(diesel::QueryableByName)]
struct Variable {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// What `SHOW GLOBAL VARIABLES` or `SHOW GLOBAL STATUS` says of one name.
fn shown(server: &str, kind: &str, name: &str) -> String {
    let sql = format!("SHOW GLOBAL {kind} LIKE '{name}'");
    let rows: Vec<Variable> = diesel::sql_query(sql)
        .load(&mut connect(&format!("{server}/mysql")))
        .unwrap();
    rows[0].value.clone()
}

/// A counter of a server. Other tests use the servers too, so counters can only be compared from below.
pub fn counter(server: &str, name: &str) -> u64 {
    shown(server, "STATUS", name).parse().unwrap()
}
