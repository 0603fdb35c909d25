//! The program itself is killed at random moments while people write and while a file is imported: whatever was
//! acknowledged is there, whatever was not is there whole or not at all, and it goes on where it was.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::checker::{self, Seen};
use crate::cluster::{Cluster, DATABASE};
use crate::load::{Load, People};
use crate::shop::{Place, Serving};
use crate::suite::without_servers;
use crate::table::{self, Row, say};
use crate::{alone, pause};

const PEOPLE: People = People {
    writers: 4,
    guests: 0,
};
/// More than two of an import's transactions.
const ROWS: usize = 250;
/// After so many kills everything is read, not only what is new.
const THOROUGH: usize = 10;

#[test]
fn killed_ten_times_on_sqlite() {
    on_sqlite(10, "killed-sqlite-short");
}

#[test]
fn killed_ten_times_on_mariadb() {
    on_mariadb(10, "killed-mariadb-short");
}

#[test]
#[ignore = "takes minutes; `make chaos` runs it"]
fn killed_a_hundred_times_on_sqlite() {
    on_sqlite(100, "killed-sqlite");
}

#[test]
#[ignore = "takes minutes; `make chaos` runs it"]
fn killed_a_hundred_times_on_mariadb() {
    on_mariadb(100, "killed-mariadb");
}

fn on_sqlite(kills: usize, name: &str) {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let primary = format!("sqlite:{}", folder.path().join("shop.db").display());
    let place = Place {
        primary: primary.clone(),
        replicas: Vec::new(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let row = Siege::begin(place, primary).last(kills, "own process killed, SQLite");
    table::print(&[row], name);
}

fn on_mariadb(kills: usize, name: &str) {
    let _alone = alone();
    let Some(cluster) = Cluster::start() else {
        return without_servers();
    };
    let folder: TempDir = tempfile::tempdir().unwrap();
    let nodes = &cluster.nodes;
    let place = Place {
        primary: nodes[0].url("vitrine"),
        replicas: nodes[1..].iter().map(|node| node.url("vitrine")).collect(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let row = Siege::begin(place, nodes[0].url("admin")).last(kills, "own process killed, MariaDB");
    table::print(&[row], name);
}

struct Siege {
    load: Load,
    serving: Option<Serving>,
    place: Place,
    /// Where the checker looks.
    url: String,
    seen: Seen,
    /// How long an import takes that nobody kills.
    import_takes: Duration,
    /// Prices of the file that is imported; another one when it is in.
    edition: usize,
    slowest_start: Duration,
}

impl Siege {
    fn begin(place: Place, url: String) -> Siege {
        let key = place.make_key();
        let serving = Serving::start(&place, "shop");
        let load = Load::start(vec![serving.base.clone()], key, PEOPLE);
        let mut siege = Siege {
            load,
            serving: Some(serving),
            place,
            url,
            seen: Seen::default(),
            import_takes: Duration::ZERO,
            edition: 0,
            slowest_start: Duration::ZERO,
        };
        siege.import_whole();
        siege
    }

    fn last(mut self, kills: usize, fault: &'static str) -> Row {
        for kill in 1..=kills {
            if kill % 2 == 0 {
                self.kill_server();
            } else {
                self.kill_import();
            }
            let is_thorough = kill % THOROUGH == 0 || kill == kills;
            if is_thorough {
                self.import_whole();
            }
            self.load.rest();
            let found = self.check(is_thorough);
            assert!(found.is_empty(), "after {kill} kills: {}", found.join("\n"));
            self.load.work();
        }
        self.load.rest();
        let (lost, _) = checker::check(&mut checker::connect(&self.url), &self.load.ledger());
        let chain = self.place.say(&["audit", "verify"]);
        say(&format!("{kills} times {fault}: {chain}"));
        let window = self.load.ledger().take_window();
        Row {
            fault,
            window,
            recovered_after: self.slowest_start,
            lost,
            stale: self.load.ledger().stale.len(),
        }
    }

    /// Nothing is left of it but what it wrote; people wait until another one answers.
    fn kill_server(&mut self) {
        pause(Duration::from_millis(fastrand::u64(50..600)));
        self.serving.take().unwrap().kill();
        let killed = Instant::now();
        let serving = Serving::start(&self.place, "shop");
        self.slowest_start = self.slowest_start.max(killed.elapsed());
        self.load.moved(vec![serving.base.clone()]);
        self.serving = Some(serving);
    }

    /// Until one was killed before its end.
    fn kill_import(&mut self) {
        loop {
            let mut import = self.start_import();
            let most = u64::try_from(self.import_takes.as_millis()).unwrap().max(2);
            pause(Duration::from_millis(fastrand::u64(1..most)));
            if import.try_wait().unwrap().is_none() {
                import.kill().unwrap();
                import.wait().unwrap();
                return;
            }
            self.edition += 1;
        }
    }

    fn start_import(&self) -> Child {
        let mut import = self.place.vitrine(&["import"]);
        import
            .arg(self.file())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        import.spawn().unwrap()
    }

    /// An import that goes on where killed ones left off, to its end.
    fn import_whole(&mut self) {
        let file = self.file();
        let begun = Instant::now();
        let said = self.place.say(&["import", file.to_str().unwrap()]);
        self.import_takes = begun.elapsed();
        assert!(
            said.contains(&format!("rows={ROWS} ")) && said.contains(" refused=0"),
            "{said}"
        );
        let mut connection = checker::connect(&self.url);
        let imported = "FROM products WHERE sku LIKE 'IMP-%'";
        for (what, expected) in [("COUNT(*)", ROWS), ("COUNT(DISTINCT price)", 1)] {
            let found = checker::number(&mut connection, &format!("SELECT {what} AS number {imported}"));
            assert_eq!(found, i64::try_from(expected).unwrap(), "{what} {imported}");
        }
        self.edition += 1;
    }

    fn file(&self) -> std::path::PathBuf {
        let path = self.place.folder.join("products.csv");
        let cents = self.edition;
        let rows = (0..ROWS).map(|row| {
            format!(
                "IMP-{row},Imported {row},{}.{:02}\n",
                10 + cents / 100,
                cents % 100
            )
        });
        let text: String = std::iter::once("sku,name,price\n".to_owned())
            .chain(rows)
            .collect();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn check(&mut self, is_thorough: bool) -> Vec<String> {
        let mut connection = checker::connect(&self.url);
        let ledger = self.load.ledger();
        if is_thorough {
            return checker::check(&mut connection, &ledger).1;
        }
        self.seen.check(&mut connection, &ledger)
    }
}

#[test]
fn a_migration_that_was_killed_is_finished_by_the_next_one() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |primary| Place {
        primary,
        replicas: Vec::new(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let file = folder.path().join("shop.db");
    migrate_killed(&in_folder(format!("sqlite:{}", file.display())), || {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
    });
    let Some(cluster) = Cluster::start() else {
        return without_servers();
    };
    let node = &cluster.nodes[0];
    migrate_killed(&in_folder(node.url("vitrine")), || {
        node.sql(&format!("DROP DATABASE {DATABASE}; CREATE DATABASE {DATABASE}"));
    });
}

/// Kills it somewhere on its way from nothing, again and again.
fn migrate_killed(place: &Place, start_over: impl Fn()) {
    start_over();
    let begun = Instant::now();
    place.say(&["migrate"]);
    let takes = begun.elapsed();
    for _ in 0..8 {
        start_over();
        let mut migration = place
            .vitrine(&["migrate"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        pause(takes.mul_f64(fastrand::f64()));
        migration.kill().unwrap();
        migration.wait().unwrap();
        place.say(&["migrate"]);
        assert!(place.say(&["migrate", "--check"]).contains("up to date"));
    }
}
