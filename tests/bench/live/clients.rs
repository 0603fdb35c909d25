//! Clients by the thousand. They speak WebSocket by hand: a library's buffers for so many would take the machine that is
//! measured. Must not know who serves them.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Handshakes on their way at a time, as an accept queue holds them.
const AT_ONCE: usize = 64;

/// Longer than anything that works may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

const PING: u8 = 9;
const PONG: u8 = 10;

/// What a client asks for.
#[derive(Clone)]
pub enum Wish {
    Nothing,
    /// Every event from now on.
    Products,
    /// Every event behind this position.
    ProductsSince {
        epoch: String,
        seq: i64,
    },
}

impl Wish {
    fn frame(&self) -> Vec<u8> {
        match self {
            Wish::Nothing => Vec::new(),
            Wish::Products => masked(1, br#"{"op":"subscribe","topics":["products"]}"#),
            Wish::ProductsSince { epoch, seq } => {
                let text =
                    format!(r#"{{"op":"subscribe","topics":["products"],"epoch":"{epoch}","since":{seq}}}"#);
                masked(1, text.as_bytes())
            }
        }
    }
}

/// Clients that stay until this is dropped.
pub struct Clients {
    count: usize,
    heard: mpsc::UnboundedReceiver<Instant>,
    _tasks: JoinSet<()>,
}

impl Clients {
    /// Opens so many; all have been told that they watch what they wish.
    pub async fn open(address: &str, count: usize, wish: &Wish) -> Clients {
        let (told, heard) = mpsc::unbounded_channel();
        let (ready, mut readies) = mpsc::channel(AT_ONCE);
        let mut tasks = JoinSet::new();
        for number in 0..count {
            tasks.spawn(client(
                address.to_owned(),
                wish.clone(),
                ready.clone(),
                told.clone(),
            ));
            if number >= AT_ONCE {
                one_more(&mut readies).await;
            }
        }
        for _ in 0..count.min(AT_ONCE) {
            one_more(&mut readies).await;
        }
        Clients {
            count,
            heard,
            _tasks: tasks,
        }
    }

    /// When one of them heard the next event.
    pub async fn next(&mut self) -> Instant {
        let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
        heard.expect("somebody heard nothing").unwrap()
    }

    /// When each of them heard the next event.
    pub async fn all(&mut self) -> Vec<Instant> {
        let mut all = Vec::with_capacity(self.count);
        for _ in 0..self.count {
            all.push(self.next().await);
        }
        all
    }

    /// Forgets what was heard so far.
    pub fn forget(&mut self) {
        while self.heard.try_recv().is_ok() {}
    }
}

async fn one_more(readies: &mut mpsc::Receiver<()>) {
    let ready = tokio::time::timeout(PATIENCE, readies.recv()).await;
    ready
        .expect("a socket was not opened: too few open files for that many, or the server refused it")
        .unwrap();
}

/// Opens a socket and tells of each event that comes over it, for ever.
async fn client(address: String, wish: Wish, ready: mpsc::Sender<()>, told: mpsc::UnboundedSender<Instant>) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(handshake(&address).as_bytes()).await.unwrap();
    let mut waiting = Some(ready);
    let mut came = Vec::new();
    if !read_head(&mut stream, &mut came).await {
        return;
    }
    match wish {
        Wish::Nothing => waiting.take().unwrap().send(()).await.unwrap(),
        Wish::Products | Wish::ProductsSince { .. } => stream.write_all(&wish.frame()).await.unwrap(),
    }
    loop {
        let now = Instant::now();
        while let Some((opcode, text)) = next_frame(&mut came) {
            if opcode == PING {
                stream.write_all(&masked(PONG, b"")).await.unwrap();
            } else if text.starts_with(b"{\"op\":\"event\"") {
                let _ = told.send(now);
            } else if text.starts_with(b"{\"op\":\"subscribed\"")
                && let Some(ready) = waiting.take()
            {
                ready.send(()).await.unwrap();
            }
        }
        // The server has ended: whoever waits for something of it gives up.
        if !read(&mut stream, &mut came).await {
            return;
        }
    }
}

/// Whether something came.
async fn read(stream: &mut TcpStream, came: &mut Vec<u8>) -> bool {
    let mut buffer = [0_u8; 4096];
    let length = stream.read(&mut buffer).await.unwrap_or(0);
    came.extend_from_slice(&buffer[..length]);
    length > 0
}

/// Takes the answer to the handshake. Whether it is what a socket begins with.
async fn read_head(stream: &mut TcpStream, came: &mut Vec<u8>) -> bool {
    loop {
        if let Some(end) = came.windows(4).position(|window| window == b"\r\n\r\n") {
            let is_open = came.starts_with(b"HTTP/1.1 101 ");
            came.drain(..end + 4);
            return is_open;
        }
        if !read(stream, came).await {
            return false;
        }
    }
}

/// Takes the next frame, if it is there as a whole.
fn next_frame(came: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (first, second) = (*came.first()?, *came.get(1)?);
    let (begin, length) = match second {
        126 => (4, usize::from(u16::from_be_bytes([*came.get(2)?, *came.get(3)?]))),
        length => (2, usize::from(length)),
    };
    let text = came.get(begin..begin + length)?.to_vec();
    came.drain(..begin + length);
    if came.is_empty() {
        // A client at rest holds nothing.
        *came = Vec::new();
    }
    Some((first & 0x0f, text))
}

/// Where the log of this server stands, as it welcomes a client.
pub async fn position(address: &str) -> (String, i64) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(handshake(address).as_bytes()).await.unwrap();
    let mut came = Vec::new();
    assert!(read_head(&mut stream, &mut came).await, "no socket");
    loop {
        if let Some((_, text)) = next_frame(&mut came) {
            let welcome: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let epoch = welcome["epoch"].as_str().unwrap().to_owned();
            return (epoch, welcome["seq"].as_i64().unwrap());
        }
        assert!(read(&mut stream, &mut came).await, "no welcome");
    }
}

pub fn handshake(address: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
    )
}

/// A frame as clients send it.
fn masked(opcode: u8, text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let mut frame = vec![0x80 | opcode];
    match length {
        0..126 => frame.push(0x80 | length),
        126.. => frame.extend([0x80 | 126, 0, length]),
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(text);
    frame
}
