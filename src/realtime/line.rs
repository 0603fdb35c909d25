//! The network connection of a client, for those cases in which the client does not do its part. Must not know what is sent
//! over it.
//!
//! A session is only polled while its socket takes what was written, so a client that stops reading stops its session's own
//! time-outs, too (measured: no heartbeat in 84 s). The kernel and whoever watches the sessions hang up instead.

use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket, TcpKeepalive};

/// Data that the other end has not taken for so long ends the connection.
const UNTAKEN: Duration = Duration::from_secs(20);

/// A connection without data is asked whether it is there after this time.
const QUIET: Duration = Duration::from_secs(60);

/// A way to hang up. Cloning is cheap.
#[derive(Clone)]
pub struct Line(Arc<Socket>);

impl Line {
    /// Prepares a connection that was just accepted. `None` when the system allows no more open files: then the kernel's
    /// time-out has to do.
    pub fn of(stream: &TcpStream) -> Option<Line> {
        let socket = SockRef::from(stream);
        // Neither can fail on a TCP connection that lives.
        let _ = socket.set_tcp_user_timeout(Some(UNTAKEN));
        let _ = socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(QUIET).with_interval(UNTAKEN));
        socket.try_clone().ok().map(|socket| Line(Arc::new(socket)))
    }

    /// Ends the connection, whatever still waits to be sent.
    pub fn cut(&self) {
        // An error says that it has ended already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
