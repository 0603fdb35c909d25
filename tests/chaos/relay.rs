//! A cable that can be cut, slowed down or plugged in elsewhere: the address by which the shop knows a server. Must not
//! know what is said over it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cable {
    Whole,
    /// Nothing arrives any more, and nobody is told.
    Cut,
    /// Whatever the server says arrives so much later.
    Slow(Duration),
}

/// One address with a server behind it.
pub struct Relay {
    pub port: u16,
    target: Arc<AtomicU16>,
    cable: watch::Sender<Cable>,
    _thread: Runtime,
}

impl Relay {
    pub fn to(target: u16) -> Relay {
        let thread = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = thread.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let relay = Relay {
            port: listener.local_addr().unwrap().port(),
            target: Arc::new(AtomicU16::new(target)),
            cable: watch::Sender::new(Cable::Whole),
            _thread: thread,
        };
        let (target, cable) = (Arc::clone(&relay.target), relay.cable.subscribe());
        relay._thread.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.load(Ordering::Relaxed), cable.clone()));
            }
        });
        relay
    }

    /// New connections lead to another server; those that exist stay where they are, as with an address that moves.
    pub fn lead_to(&self, target: u16) {
        self.target.store(target, Ordering::Relaxed);
    }

    pub fn set(&self, cable: Cable) {
        self.cable.send_replace(cable);
    }
}

async fn carry(client: TcpStream, target: u16, mut cable: watch::Receiver<Cable>) -> io::Result<()> {
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    cable.wait_for(|cable| *cable != Cable::Cut).await.map_err(gone)?;
    let server = TcpStream::connect(("127.0.0.1", target)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Half a connection to a database is of no use.
    tokio::select! {
        ended = pump(from_client, to_server, cable.clone(), false) => ended,
        ended = pump(from_server, to_client, cable, true) => ended,
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cable: watch::Receiver<Cable>,
    is_answer: bool,
) -> io::Result<()> {
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        let now = *cable.wait_for(|cable| *cable != Cable::Cut).await.map_err(gone)?;
        if let (Cable::Slow(delay), true) = (now, is_answer) {
            tokio::time::sleep(delay).await;
        }
        to.write_all(bytes.get(..count).unwrap_or_default()).await?;
    }
}
