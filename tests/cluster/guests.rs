//! Guests who ask through the load balancer, each on a thread and a connection of their own, and what became of their
//! requests. Must not know the nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::https::Door;
use crate::pause;

/// Which host and path somebody asks for next.
pub type Choice = fn() -> (&'static str, String);

/// Stops when dropped.
pub struct Guests {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    door: Door,
    choice: Choice,
    /// How many of them ask at the moment.
    present: AtomicUsize,
    is_over: AtomicBool,
    window: Mutex<Window>,
}

/// What happened since it was last taken.
#[derive(Default)]
pub struct Window {
    pub times: Vec<Duration>,
    pub failures: Vec<String>,
}

impl Window {
    /// 99 of 100 took no longer.
    pub fn p99(&mut self) -> Duration {
        self.times.sort_unstable();
        self.times
            .get(self.times.len() * 99 / 100)
            .copied()
            .unwrap_or_default()
    }

    pub fn worst(&self) -> Duration {
        self.times.iter().max().copied().unwrap_or_default()
    }
}

impl Guests {
    /// So many at most, of whom nobody asks yet.
    pub fn waiting(door: &Door, most: usize, choice: Choice) -> Guests {
        let shared = Arc::new(Shared {
            door: door.clone(),
            choice,
            present: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            window: Mutex::default(),
        });
        let threads = (0..most).map(|number| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.ask_on(number))
        });
        Guests {
            threads: threads.collect(),
            shared,
        }
    }

    /// From now on so many ask.
    pub fn come(&self, present: usize) {
        self.shared.present.store(present, Ordering::Release);
    }

    pub fn take_window(&self) -> Window {
        std::mem::take(&mut self.shared.window.lock())
    }

    /// Until so many more requests were answered.
    pub fn await_answers(&self, count: usize) {
        let answers = || self.shared.window.lock().times.len();
        let before = answers();
        crate::until("guests are answered", Duration::from_secs(60), || {
            answers() >= before + count
        });
    }
}

impl Drop for Guests {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn ask_on(&self, number: usize) {
        let mut client = self.door.client();
        while !self.is_over.load(Ordering::Acquire) {
            if number >= self.present.load(Ordering::Acquire) {
                // Comes back with a new connection.
                client = self.door.client();
                pause(Duration::from_millis(20));
                continue;
            }
            let (host, path) = (self.choice)();
            let begun = Instant::now();
            let answer = client.get(host, &path);
            let mut window = self.window.lock();
            window.times.push(begun.elapsed());
            match answer {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => {
                    let told: String = answer.text.chars().take(300).collect();
                    window.failures.push(format!("{path}: {} {told}", answer.status));
                }
                Err(error) => {
                    window.failures.push(format!("{path}: {error}"));
                    drop(window);
                    client = self.door.client();
                }
            }
        }
    }
}
