//! Where the shop that runs on this machine answers operators.

use crate::config::Settings;

/// The address of `path` on the port of operators.
pub fn address(settings: &Settings, path: &str) -> String {
    // A server that listens on every address is asked on the loopback one.
    let host = match settings.server.ops_host.as_str() {
        "0.0.0.0" => "127.0.0.1",
        "::" => "::1",
        host => host,
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    format!("http://{host}:{}{path}", settings.server.ops_port)
}
