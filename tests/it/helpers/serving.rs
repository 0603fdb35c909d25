//! The program in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::thread::JoinHandle;

/// A server in a process of its own, stopped when dropped.
pub struct Serving {
    process: Child,
    pub output: Vec<String>,
    /// Reads along, so that a long log cannot fill the pipe and stop the server.
    log: Option<JoinHandle<String>>,
}

impl Serving {
    /// Starts it and reads what it says up to the line about health, its last one.
    pub fn start(mut command: Command) -> Serving {
        let mut process = command.spawn().unwrap();
        let (stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut serving = Serving {
            process,
            output: Vec::new(),
            log: Some(log),
        };
        for line in BufReader::new(stdout).lines() {
            serving.output.push(line.unwrap());
            if serving.said("health").is_some() {
                return serving;
            }
        }
        let log = serving.log.take().unwrap().join().unwrap();
        panic!("it did not start: {:?}\n{log}", serving.output);
    }

    pub fn said(&self, start: &str) -> Option<&str> {
        self.output.iter().find_map(|line| line.strip_prefix(start))
    }

    /// A signal, as `kill` sends it.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Where operators ask, such as `http://127.0.0.1:1234`.
    pub fn ops(&self) -> &str {
        let line = self.said("health and metrics: ").unwrap();
        line.split_once("/readyz").unwrap().0
    }

    /// SIGTERM, as a service manager sends it; the log, and whether it ended well.
    pub fn stop(mut self) -> (String, bool) {
        self.signal("-TERM");
        let status = self.process.wait().unwrap();
        (self.log.take().unwrap().join().unwrap(), status.success())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Only still running when a test failed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
