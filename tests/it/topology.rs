//! What `vitrine db topology` prints is run on real servers: replication that survives a restart, with least rights.

use std::process::Command;

use crate::helpers::skipped;

fn vitrine(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.args(arguments);
    command
}

fn emitted(arguments: &[&str]) -> String {
    let output = vitrine(&[&["db", "topology"], arguments].concat())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_compose_file_is_yaml_and_holds_the_whole_set_up() {
    for server in ["mariadb", "mysql"] {
        let text = emitted(&["--emit", "compose", "--server", server, "--semi-sync"]);
        assert!(!text.contains("{database") && !text.contains("<repl"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("compose.yml");
        std::fs::write(&file, &text).unwrap();
        let Ok(parsed) = Command::new("python3")
            .args([
                "-c",
                "import sys, yaml, json; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))",
            ])
            .arg(&file)
            .output()
        else {
            return skipped("whether the compose file is YAML: there is no python3");
        };
        let told = String::from_utf8_lossy(&parsed.stderr);
        if told.contains("No module named 'yaml'") {
            return skipped("whether the compose file is YAML: Python has no yaml module");
        }
        assert!(parsed.status.success(), "{told}");
        let compose: serde_json::Value = serde_json::from_slice(&parsed.stdout).unwrap();
        for name in [
            "primary",
            "replica-1",
            "replica-2",
            "redis",
            "migrate",
            "shop-1",
            "shop-2",
            "balancer",
        ] {
            assert!(compose["services"][name]["image"].is_string(), "{name}");
        }
        let content = |name: &str| compose["configs"][name]["content"].as_str().unwrap().to_owned();
        assert!(
            content("replica-2.cnf").contains("server_id = 3")
                && content("replica-1.cnf").contains("read_only")
        );
        let connect = content("replica.sql");
        assert!(
            connect.contains("'primary'") && !connect.contains("db1"),
            "{connect}"
        );
        assert!(content("primary.cnf").contains("semi_sync"));
    }
}

#[test]
fn a_name_that_would_change_a_statement_is_refused() {
    let output = vitrine(&["db", "topology", "--emit", "primary", "--database", "a`b"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[cfg(feature = "mysql")]
mod servers {
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;

    use super::{emitted, vitrine};
    use crate::helpers::servers::{Servers, connect};

    /// A MariaDB of this test's own, with what was printed as its only configuration file.
    struct Server {
        home: PathBuf,
        port: u16,
        process: Child,
    }

    /// Debian keeps the server where not every user looks.
    fn tool(name: &str) -> Command {
        let sbin = Path::new("/usr/sbin").join(name);
        let mut command = if sbin.exists() {
            Command::new(sbin)
        } else {
            Command::new(name)
        };
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    impl Server {
        fn install(home: &Path, config: &str) -> Server {
            std::fs::create_dir(home).unwrap();
            std::fs::write(home.join("my.cnf"), config).unwrap();
            let made = tool("mariadb-install-db")
                .arg("--no-defaults")
                .arg(format!("--datadir={}", home.join("data").display()))
                .args([
                    "--user=root",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ])
                .arg("--innodb-log-file-size=16M")
                .status()
                .unwrap();
            assert!(made.success());
            let port = std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let process = Server::launch(home, port);
            let server = Server {
                home: home.to_owned(),
                port,
                process,
            };
            server.await_answer();
            server
        }

        fn launch(home: &Path, port: u16) -> Child {
            let path = |name: &str| home.join(name).display().to_string();
            tool("mariadbd")
                .arg(format!("--defaults-file={}", path("my.cnf")))
                .args([
                    "--user=root",
                    "--bind-address=127.0.0.1",
                    "--skip-name-resolve",
                    "--innodb-log-file-size=16M",
                ])
                .arg(format!("--datadir={}", path("data")))
                // It would remove the tables that others keep in a common folder.
                .arg(format!("--tmpdir={}", path("")))
                .arg(format!("--socket={}", path("s")))
                .arg(format!("--pid-file={}", path("pid")))
                .arg(format!("--log-error={}", path("log")))
                .arg(format!("--port={port}"))
                .spawn()
                .unwrap()
        }

        fn await_answer(&self) {
            let deadline = Instant::now() + Duration::from_secs(30);
            while !self.client("SELECT 1").0 {
                assert!(
                    Instant::now() < deadline,
                    "{}",
                    std::fs::read_to_string(self.home.join("log")).unwrap()
                );
                std::thread::yield_now();
            }
        }

        /// As root, through the socket: whether it worked, and what was said.
        fn client(&self, sql: &str) -> (bool, String) {
            let output = tool("mariadb")
                .arg("--no-defaults")
                .arg(format!("--socket={}", self.home.join("s").display()))
                .args(["--user=root", "--batch", "--skip-column-names", "--execute", sql])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .output()
                .unwrap();
            (
                output.status.success(),
                String::from_utf8([output.stdout, output.stderr].concat()).unwrap(),
            )
        }

        fn run(&self, sql: &str) -> String {
            let (well, said) = self.client(sql);
            assert!(well, "{sql}: {said}");
            said.trim().to_owned()
        }

        fn stop(&mut self) {
            let id = self.process.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-TERM", &id])
                    .status()
                    .unwrap()
                    .success()
            );
            self.process.wait().unwrap();
        }

        fn restart(&mut self) {
            self.stop();
            self.process = Server::launch(&self.home, self.port);
            self.await_answer();
        }

        fn url(&self, account: &str) -> String {
            format!("mysql://{account}:pw@127.0.0.1:{}/my_shop", self.port)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    /// The account's password where the printed statements leave it to the reader.
    fn with_passwords(sql: &str) -> String {
        let words = ["replication", "application", "migration"];
        words.iter().fold(sql.to_owned(), |sql, word| {
            sql.replace(&format!("<{word} password>"), "pw")
        })
    }

    fn shop(primary: &Server, arguments: &[&str]) {
        let output = vitrine(arguments)
            .env("VITRINE__DATABASE__PRIMARY", primary.url("my_shop_app"))
            .env("VITRINE__DATABASE__MIGRATE_URL", primary.url("my_shop_migrate"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// The replica has everything, refuses the shop's writes, and confirms commits.
    fn follows_and_refuses(primary: &Server, replica: &Server) {
        shop(
            primary,
            &["key", "create", "--name", "of the test", "--scope", "admin"],
        );
        let position = primary.run("SELECT @@gtid_binlog_pos");
        assert_eq!(
            replica.run(&format!("SELECT MASTER_GTID_WAIT('{position}', 20)")),
            "0"
        );
        let keys = "SELECT COUNT(*) FROM my_shop.api_keys";
        assert_eq!(replica.run(keys), primary.run(keys));
        let refused = connect(&replica.url("my_shop_app"))
            .batch_execute("DELETE FROM api_keys")
            .unwrap_err()
            .to_string();
        assert!(refused.contains("--read-only"), "{refused}");
    }

    #[test]
    fn what_is_printed_makes_a_replica_that_follows_and_stays_read_only_after_a_restart() {
        if Servers::find().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let common = ["--database", "my_shop", "--clients", "127.0.0.1", "--semi-sync"];
        let print = |emit: &str, part: &str, more: &[&str]| {
            with_passwords(&emitted(
                &[&["--emit", emit, "--part", part], &common[..], more].concat(),
            ))
        };
        let primary = Server::install(&folder.path().join("p"), &print("primary", "config", &[]));
        primary.run(&print("primary", "sql", &[]));
        shop(&primary, &["migrate"]);
        let mut replica = Server::install(&folder.path().join("r"), &print("replica", "config", &[]));
        let port = primary.port.to_string();
        let place = ["--primary-host", "127.0.0.1", "--primary-port", port.as_str()];
        replica.run(&print("replica", "sql", &place));
        follows_and_refuses(&primary, &replica);
        replica.restart();
        assert_eq!(replica.run("SELECT @@read_only"), "1");
        follows_and_refuses(&primary, &replica);
        assert!(
            primary
                .run("SHOW STATUS LIKE 'Rpl_semi_sync_master_status'")
                .ends_with("ON")
        );
        let confirmed = primary.run("SHOW STATUS LIKE 'Rpl_semi_sync_master_yes_tx'");
        assert_ne!(
            confirmed.rsplit('\t').next(),
            Some("0"),
            "no commit was confirmed"
        );
    }
}
