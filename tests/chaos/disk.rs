//! A disk that is small enough to fill, which only root may mount.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::until;

/// A disk in memory, let go when dropped: nobody may be using it any more then.
pub struct SmallDisk {
    pub folder: PathBuf,
    is_mounted: Cell<bool>,
}

impl SmallDisk {
    /// `None` where this process may not mount one.
    pub fn at(folder: &Path, size_kb: u64) -> Option<SmallDisk> {
        fs::create_dir_all(folder).unwrap();
        let size = format!("size={size_kb}k");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "none"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|done| done.success()).then(|| SmallDisk {
            folder: folder.to_owned(),
            is_mounted: Cell::new(true),
        })
    }

    /// Takes whatever is left of it.
    pub fn fill(&self) {
        // It ends when nothing is left, with a failure.
        let _ = Command::new("dd")
            .args(["if=/dev/zero", "bs=4k"])
            .arg(format!("of={}", self.filler().display()))
            .stderr(Stdio::null())
            .status();
    }

    pub fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    pub fn let_go(&self) {
        if !self.is_mounted.replace(false) {
            return;
        }
        // The kernel may hold on to files of a process that has just ended.
        until("the small disk is let go", Duration::from_secs(10), || {
            let done = Command::new("umount")
                .arg(&self.folder)
                .stderr(Stdio::null())
                .status();
            done.is_ok_and(|done| done.success())
        });
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.let_go();
    }
}
