//! Other servers of live news, for the same clients in the same run: one that is made for nothing else, and one as many would
//! write it. Must not know what is measured.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use super::shop::{Server, post};

/// A module of nginx, in C; Debian's package `libnginx-mod-nchan` puts it there.
const NCHAN: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// A package for node, in JavaScript; Debian's package `node-ws` puts it there.
const WS: &str = "/usr/share/nodejs/ws";

/// What is told, as long as what a shop tells of a stock that changed.
const EVENT: &str = r#"{"op":"event","seq":1042,"topic":"product:1","type":"product.stock","data":{"id":1,"version":42,"stock_quantity":17}}"#;

/// A server that tells everybody what is posted to it.
pub struct Peer {
    pub name: &'static str,
    pub server: Server,
    _folder: TempDir,
}

impl Peer {
    /// When it was told to tell, and when it said that it will or has.
    pub async fn tell(&self) -> (Instant, Instant) {
        post(&self.server.address, "/publish", "", EVENT).await
    }
}

/// The servers that can be had; of the others the name and how to get them.
pub fn all() -> [Result<Peer, (&'static str, &'static str)>; 2] {
    [
        installed(NCHAN, nchan).ok_or(("nchan", "apt-get install nginx libnginx-mod-nchan")),
        installed(WS, ws).ok_or(("ws", "apt-get install nodejs node-ws")),
    ]
}

fn installed(what: &str, start: fn(TempDir) -> Peer) -> Option<Peer> {
    Path::new(what)
        .exists()
        .then(|| start(tempfile::tempdir().unwrap()))
}

/// One worker, as the others have.
fn nchan(folder: TempDir) -> Peer {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let configuration = format!(
        "load_module {NCHAN};
        daemon off;
        user root;
        worker_processes 1;
        pid nginx.pid;
        error_log error.log;
        events {{ worker_connections 20000; }}
        http {{
            access_log off;
            server {{
                listen {address};
                location = /ws {{ nchan_subscriber websocket; nchan_channel_id news; nchan_subscriber_first_message newest; }}
                location = /publish {{ nchan_publisher http; nchan_channel_id news; }}
            }}
        }}"
    );
    std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command
        .arg("-p")
        .arg(folder.path())
        .args(["-c", "nginx.conf", "-e", "error.log"]);
    Peer {
        name: "nchan",
        server: Server::at(&mut command, address),
        _folder: folder,
    }
}

fn ws(folder: TempDir) -> Peer {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/live/ws.cjs");
    let mut command = Command::new("node");
    command.arg(script).env("NODE_PATH", "/usr/share/nodejs");
    Peer {
        name: "ws",
        server: Server::start(&mut command),
        _folder: folder,
    }
}
