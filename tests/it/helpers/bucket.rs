//! An S3 server of one test, which keeps buckets as folders: `nanio`, put into `tests/tools` by install.sh.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use vitrine::config::BucketSettings;

use super::{eventually, skipped, variable};

pub const SECRET: &str = "a-secret-that-nobody-may-read";
const KEY: &str = "shop-key";
const BUCKET: &str = "shops";

pub struct BucketServer {
    port: u16,
    folder: TempDir,
    process: Child,
}

impl BucketServer {
    /// `None`, loudly, where it is not installed.
    pub async fn start() -> Option<BucketServer> {
        let program = program();
        if !program.exists() {
            let required = variable("VITRINE_TEST_REQUIRE_SERVICES").is_some_and(|value| value == "1");
            assert!(!required, "{} is missing", program.display());
            skipped("everything with S3: tests/tools has no nanio; `make test` installs it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("data").join(BUCKET)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let server = BucketServer {
            port,
            process: launch(port, &folder),
            folder,
        };
        server.await_answer().await;
        Some(server)
    }

    /// The address of a backup in it.
    pub fn place(&self, name: &str) -> String {
        format!("s3://{BUCKET}/{name}")
    }

    /// The folder that holds the objects of a backup.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(BUCKET).join(name)
    }

    /// Where it keeps the parts of what is on its way.
    pub fn parts(&self) -> PathBuf {
        self.folder.path().join("data/.nanio/multipart")
    }

    pub fn settings(&self) -> BucketSettings {
        BucketSettings {
            endpoint: Some(self.endpoint().parse().unwrap()),
            region: None,
            key: Some((KEY.to_owned(), SECRET.into())),
            allow_http: false,
        }
    }

    /// Makes an object two minutes old: without a note of its own the server goes by the file.
    pub fn age(&self, name: &str) {
        std::fs::remove_file(self.folder(&format!(".nanio-meta/{name}.json"))).unwrap();
        let file = File::options().write(true).open(self.folder(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(120))
            .unwrap();
    }

    /// Tells a command where it is.
    pub fn tell(&self, command: &mut Command) {
        command
            .env("VITRINE__BACKUP__S3_ENDPOINT", self.endpoint())
            .env("VITRINE__BACKUP__S3_ACCESS_KEY_ID", KEY)
            .env("VITRINE__BACKUP__S3_SECRET_ACCESS_KEY", SECRET);
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// As if the machine lost its power.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// With what was on its disk.
    pub async fn restart(&mut self) {
        self.process = launch(self.port, &self.folder);
        self.await_answer().await;
    }

    async fn await_answer(&self) {
        eventually("the S3 server starts", || async {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        })
        .await;
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tools/bin/nanio")
}

fn launch(port: u16, folder: &TempDir) -> Child {
    let log = File::create(folder.path().join("log")).unwrap();
    Command::new(program())
        .args([
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--no-access-log",
        ])
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .env("NANIO_ACCESS_KEY", KEY)
        .env("NANIO_SECRET_KEY", SECRET)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
