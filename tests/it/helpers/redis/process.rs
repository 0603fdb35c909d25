//! The process of a Redis that belongs to a test, for every suite. Must not know what is asked of it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// As the shop wants it: it keeps nothing on disk and may forget. Debian has it outside many users' PATH.
pub fn launch(port: u16, folder: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "PATH=$PATH:/usr/sbin; exec redis-server \"$@\"", "sh"])
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .args([
            "--maxmemory",
            "64mb",
            "--maxmemory-policy",
            "allkeys-lru",
            "--dir",
        ])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Its disk takes no snapshot any more: one replaces the file by renaming, and a folder that holds something is not replaced.
pub fn spoil_snapshots(folder: &Path) {
    let file = folder.join("dump.rdb");
    std::fs::create_dir_all(&file).unwrap();
    std::fs::write(file.join("in-the-way"), "").unwrap();
}
