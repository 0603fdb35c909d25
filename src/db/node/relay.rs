//! A relay inside this process between the driver and a database server. Must not know queries.
//!
//! The driver (libmariadb, as Diesel opens it) waits without end for a server that is frozen or behind a cut cable, and
//! its thread with it. Here every connection runs over a line of ours, and hanging up the line ends the wait at once. The
//! line copies bytes, so TLS and passwords pass through it untouched; only a certificate's host name cannot be checked
//! by the driver any more, and such addresses (`ssl_mode=VERIFY_IDENTITY`) are left to themselves.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, copy};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::AbortHandle;
use url::Url;

const DEFAULT_PORT: u16 = 3306;

/// Where the driver looks for a server when the address says `localhost` and no port.
const DEFAULT_SOCKET: &str = "/run/mysqld/mysqld.sock";

/// The thread that carries all lines. It is one of its own: the threads that wait for answers and those that answer
/// requests must not be able to stop it.
pub(in crate::db) struct RelayThread(Option<Runtime>);

impl RelayThread {
    pub fn start() -> io::Result<RelayThread> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("db-relay").enable_all();
        Ok(RelayThread(Some(runtime.build()?)))
    }

    pub fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|runtime| runtime.handle().clone())
    }
}

impl Drop for RelayThread {
    /// A runtime may not be dropped where nothing may block, and the last router goes there.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Opens lines to one server.
#[derive(Clone)]
pub(in crate::db) struct Relay {
    thread: Handle,
    server: Arc<Server>,
    url: Url,
    /// For reaching the server and its greeting the driver.
    patience: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum Server {
    Tcp(String, u16),
    Socket(String),
}

/// One connection's line.
#[derive(Clone)]
pub(in crate::db) struct Line(AbortHandle);

impl Line {
    /// Ends the connection, whatever it waits for.
    pub fn hang_up(&self) {
        self.0.abort();
    }

    /// Whether either side has ended the connection, for example a server that was stopped.
    pub fn is_dead(&self) -> bool {
        self.0.is_finished()
    }
}

impl Relay {
    /// `None` for an address that must be reached directly, or cannot be read.
    pub fn to(url: &str, thread: Handle, patience: Duration) -> Option<Relay> {
        let mut url = Url::parse(url).ok()?;
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let names_host = |(name, value): &(String, String)| {
            name == "ssl_mode" && value.to_ascii_lowercase().replace('-', "_") == "verify_identity"
        };
        if parameters.iter().any(names_host) {
            return None;
        }
        let socket = parameters.iter().find(|(name, _)| name == "unix_socket");
        let server = match socket {
            Some((_, path)) => Server::Socket(path.clone()),
            None => match (url.host_str()?, url.port()) {
                ("localhost", None) if Path::new(DEFAULT_SOCKET).exists() => {
                    Server::Socket(DEFAULT_SOCKET.to_owned())
                }
                (host, port) => Server::Tcp(
                    host.trim_matches(['[', ']']).to_owned(),
                    port.unwrap_or(DEFAULT_PORT),
                ),
            },
        };
        let others: Vec<_> = parameters
            .iter()
            .filter(|(name, _)| name != "unix_socket")
            .collect();
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        Some(Relay {
            thread,
            server: Arc::new(server),
            url,
            patience,
        })
    }

    /// A line for one connection, and the address under which the driver reaches the server over it. The line ends by
    /// itself when nobody takes it or the server is not reached in time.
    pub fn open(&self) -> io::Result<(String, Line)> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let task = self
            .thread
            .spawn(carry(listener, Arc::clone(&self.server), self.patience));
        let mut url = self.url.clone();
        let named = url.set_host(Some("127.0.0.1")).is_ok() && url.set_port(Some(port)).is_ok();
        if named {
            return Ok((url.into(), Line(task.abort_handle())));
        }
        task.abort();
        Err(io::Error::other("the address of the database names no host"))
    }

    /// Hangs up after the patience unless the returned guard is dropped before.
    pub fn limit(&self, line: &Line) -> Limit {
        let (line, patience) = (line.clone(), self.patience);
        let timer = self.thread.spawn(async move {
            tokio::time::sleep(patience).await;
            line.hang_up();
        });
        Limit(timer.abort_handle())
    }
}

/// Runs until it is dropped.
pub(in crate::db) struct Limit(AbortHandle);

impl Drop for Limit {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn carry(listener: std::net::TcpListener, server: Arc<Server>, patience: Duration) -> io::Result<()> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let listener = TcpListener::from_std(listener)?;
    let (driver, _) = tokio::time::timeout(patience, listener.accept())
        .await
        .map_err(late)??;
    // One line, one connection.
    drop(listener);
    driver.set_nodelay(true)?;
    match &*server {
        Server::Tcp(host, port) => {
            let connect = TcpStream::connect((host.as_str(), *port));
            let server = tokio::time::timeout(patience, connect).await.map_err(late)??;
            server.set_nodelay(true)?;
            exchange(driver, server).await
        }
        Server::Socket(path) => {
            let connect = UnixStream::connect(path);
            exchange(
                driver,
                tokio::time::timeout(patience, connect).await.map_err(late)??,
            )
            .await
        }
    }
}

/// Copies both ways until either side ends: half a database connection is of no use.
async fn exchange(driver: TcpStream, server: impl AsyncRead + AsyncWrite) -> io::Result<()> {
    let (mut from_driver, mut to_driver) = driver.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    tokio::select! {
        ended = copy(&mut from_driver, &mut to_server) => ended,
        ended = copy(&mut from_server, &mut to_driver) => ended,
    }
    .map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(300);

    fn relay(thread: &RelayThread, address: &str) -> Option<Relay> {
        Relay::to(address, thread.handle()?, PATIENCE)
    }

    fn dial(url: &str) -> std::net::TcpStream {
        let url = Url::parse(url).unwrap();
        let stream = std::net::TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    #[test]
    fn a_line_carries_both_ways_and_hanging_up_ends_the_wait_for_a_silent_server() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let thread = RelayThread::start().unwrap();
        let port = server.local_addr().unwrap().port();
        let relay = relay(&thread, &format!("mysql://app:pw@127.0.0.1:{port}/shop")).unwrap();
        let (url, line) = relay.open().unwrap();
        assert!(
            url.starts_with("mysql://app:pw@127.0.0.1:") && url.ends_with("/shop"),
            "{url}"
        );
        let mut driver = dial(&url);
        let (mut peer, _) = server.accept().unwrap();
        driver.write_all(b"ping").unwrap();
        let mut bytes = [0; 4];
        peer.read_exact(&mut bytes).unwrap();
        peer.write_all(b"pong").unwrap();
        driver.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"pong");
        let asked = Instant::now();
        line.hang_up();
        assert!(matches!(driver.read(&mut bytes), Ok(0) | Err(_)));
        assert!(asked.elapsed() < Duration::from_secs(2));
        assert!(matches!(peer.read(&mut bytes), Ok(0) | Err(_)));
    }

    #[test]
    fn a_server_that_goes_away_is_noticed_without_asking_it() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let thread = RelayThread::start().unwrap();
        let port = server.local_addr().unwrap().port();
        let (url, line) = relay(&thread, &format!("mysql://a@127.0.0.1:{port}/b"))
            .unwrap()
            .open()
            .unwrap();
        let mut driver = dial(&url);
        drop(server.accept().unwrap());
        assert!(matches!(driver.read(&mut [0; 1]), Ok(0) | Err(_)));
        let deadline = Instant::now() + Duration::from_secs(5);
        while !line.is_dead() {
            assert!(Instant::now() < deadline, "the line still lives");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_line_that_nobody_takes_or_a_greeting_that_never_comes_ends_in_time() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let thread = RelayThread::start().unwrap();
        let port = server.local_addr().unwrap().port();
        let relay = relay(&thread, &format!("mysql://a@127.0.0.1:{port}/b")).unwrap();
        let (_, untaken) = relay.open().unwrap();
        let (url, line) = relay.open().unwrap();
        let mut driver = dial(&url);
        let limit = relay.limit(&line);
        assert!(matches!(driver.read(&mut [0; 1]), Ok(0) | Err(_)));
        drop(limit);
        let deadline = Instant::now() + Duration::from_secs(5);
        while !untaken.is_dead() {
            assert!(Instant::now() < deadline, "the line still waits");
            std::thread::yield_now();
        }
    }

    #[test]
    fn an_address_is_taken_apart_and_one_whose_host_name_counts_is_left_alone() {
        let thread = RelayThread::start().unwrap();
        let server = |address: &str| relay(&thread, address).map(|relay| relay.server);
        let tcp = |host: &str, port| Some(Arc::new(Server::Tcp(host.to_owned(), port)));
        assert_eq!(server("mysql://a:b@db.example/shop"), tcp("db.example", 3306));
        assert_eq!(server("mysql://a:b@[::1]:33/shop"), tcp("::1", 33));
        let socket = "mysql://a@localhost/shop?unix_socket=%2Frun%2Fm.sock&ssl_ca=%2Fca.pem";
        assert_eq!(
            server(socket),
            Some(Arc::new(Server::Socket("/run/m.sock".to_owned())))
        );
        let (url, _line) = relay(&thread, socket).unwrap().open().unwrap();
        assert!(url.ends_with("/shop?ssl_ca=%2Fca.pem"), "{url}");
        assert_eq!(server("mysql://a@db/shop?ssl_mode=VERIFY_IDENTITY"), None);
    }
}
