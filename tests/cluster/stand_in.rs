//! A stand-in for a node: it answers as it is told and keeps what reached it, so that the load balancer can be looked at
//! alone. It goes on until the test process ends. Must not know the load balancer.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::topology::{OPS_PORT, PORT};
use crate::until;

/// Paths that end with this are not answered: the connection is closed.
pub const HANG_UP: &str = "hang-up";
/// Paths that end with this are answered when the node is told to.
pub const LATER: &str = "later";

/// The key of RFC 6455's example, and the answer to it.
pub const SOCKET_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const SWITCHED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub struct StandIn {
    pub address: Ipv4Addr,
    state: Arc<State>,
}

struct State {
    /// What the request line and headers were, in order.
    heads: Mutex<Vec<String>>,
    is_ready: AtomicBool,
    is_released: AtomicBool,
}

impl StandIn {
    pub fn at(address: Ipv4Addr) -> StandIn {
        let state = Arc::new(State {
            heads: Mutex::default(),
            is_ready: AtomicBool::new(true),
            is_released: AtomicBool::new(false),
        });
        listen(address, PORT, &state, serve);
        listen(address, OPS_PORT, &state, probe);
        StandIn { address, state }
    }

    /// What reached it so far.
    pub fn heads(&self) -> Vec<String> {
        self.state.heads.lock().clone()
    }

    /// From now on it says that it wants no more requests.
    pub fn drain(&self) {
        self.state.is_ready.store(false, Ordering::Release);
    }

    /// Answers whatever was to be answered later.
    pub fn release(&self) {
        self.state.is_released.store(true, Ordering::Release);
    }
}

fn listen(address: Ipv4Addr, port: u16, state: &Arc<State>, answer: fn(TcpStream, &State) -> Option<()>) {
    let listener = TcpListener::bind((address, port)).unwrap();
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let state = Arc::clone(&state);
            std::thread::spawn(move || answer(stream, &state));
        }
    });
}

fn probe(mut stream: TcpStream, state: &State) -> Option<()> {
    read_head(&mut BufReader::new(stream.try_clone().ok()?))?;
    let is_ready = state.is_ready.load(Ordering::Acquire);
    let status = if is_ready {
        "200 OK"
    } else {
        "503 Service Unavailable"
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok()
}

/// Answers on one connection until it ends.
fn serve(mut stream: TcpStream, state: &State) -> Option<()> {
    let mut line = BufReader::new(stream.try_clone().ok()?);
    loop {
        let head = read_head(&mut line)?;
        state.heads.lock().push(head.clone());
        let path = head.split(' ').nth(1)?;
        if path.ends_with(HANG_UP) {
            return None;
        }
        if path.ends_with(LATER) {
            until("the answer is wanted", Duration::from_secs(20), || {
                state.is_released.load(Ordering::Acquire)
            });
        }
        if head.contains("upgrade: websocket") {
            stream.write_all(SWITCHED).ok()?;
            // Open until the other side has enough.
            let _ = line.read(&mut [0; 16]);
            return None;
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK").ok()?;
    }
}

/// Request line and headers, written small, and the body read away.
fn read_head(line: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if line.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let (request, headers) = head.split_once("\r\n")?;
    let headers = headers.to_lowercase();
    let length = headers
        .lines()
        .find_map(|header| header.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    line.take(length).read_to_end(&mut Vec::new()).ok()?;
    Some(format!("{request}\r\n{headers}"))
}
