//! Programs that write through the load balancer while nodes come and go: each makes products and changes them, with a key
//! for each request and the version it has seen, and asks nothing twice. Must not know the nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::https::{Answer, Client, Door};
use crate::pause;
use crate::stage::API;

/// Between two writes of one program.
const REST: Duration = Duration::from_millis(30);

/// Stops when dropped.
pub struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    door: Door,
    key: String,
    is_over: AtomicBool,
    done: AtomicUsize,
    failures: Mutex<Vec<String>>,
    /// Products as the last answer said that they are.
    written: Mutex<Vec<Value>>,
}

impl Writers {
    pub fn at_work(door: &Door, key: &str, count: usize) -> Writers {
        let shared = Arc::new(Shared {
            door: door.clone(),
            key: format!("Bearer {key}"),
            is_over: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            failures: Mutex::default(),
            written: Mutex::default(),
        });
        let threads = (0..count).map(|number| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.work(number))
        });
        Writers {
            threads: threads.collect(),
            shared,
        }
    }

    /// How many writes there were, none of which failed, all of which are there.
    pub fn all_kept(mut self) -> usize {
        self.stop();
        let failures = self.shared.failures.lock();
        assert!(
            failures.is_empty(),
            "{} writes failed, first {}",
            failures.len(),
            failures[0]
        );
        let mut client = self.shared.door.client();
        for product in self.shared.written.lock().iter() {
            let path = format!("/api/admin/products/{}", product["product_id"]);
            let now = self.shared.ask(&mut client, "GET", &path, &[], None).unwrap();
            assert_eq!(
                (now.status, json_of(&now)["price"].clone()),
                (200, product["price"].clone()),
                "{path}"
            );
        }
        self.shared.done.load(Ordering::Acquire)
    }

    fn stop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn work(&self, number: usize) {
        let mut client = self.door.client();
        for round in 0.. {
            if self.is_over.load(Ordering::Acquire) {
                return;
            }
            if let Err(failure) = self.product(&mut client, &format!("Written by {number}, round {round}")) {
                self.failures.lock().push(failure);
                client = self.door.client();
            }
        }
    }

    /// One product from its making to its last price.
    fn product(&self, client: &mut Client, name: &str) -> Result<(), String> {
        let unique = format!("{name}, {}", fastrand::u64(..));
        let made = self.write(
            client,
            ("POST", "/api/admin/products"),
            ("Idempotency-Key", &unique),
            &json!({"name": name, "price": "1.00"}),
            201,
        )?;
        let path = format!("/api/admin/products/{}", json_of(&made)["product_id"]);
        let etag = made.header("etag").to_owned();
        let price = format!("{}.00", fastrand::u32(2..1000));
        let body = json!({"price": price});
        let changed = self.write(client, ("PATCH", &path), ("If-Match", &etag), &body, 200)?;
        self.written.lock().push(json_of(&changed));
        Ok(())
    }

    fn write(
        &self,
        client: &mut Client,
        (method, path): (&str, &str),
        header: (&str, &str),
        body: &Value,
        expected: u16,
    ) -> Result<Answer, String> {
        pause(REST);
        let answer = self.ask(client, method, path, &[header], Some(body));
        self.done.fetch_add(1, Ordering::AcqRel);
        match answer {
            Ok(answer) if answer.status == expected => Ok(answer),
            Ok(answer) => Err(format!("{method} {path}: {} {}", answer.status, answer.text)),
            Err(error) => Err(format!("{method} {path}: {error}")),
        }
    }

    fn ask(
        &self,
        client: &mut Client,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> std::io::Result<Answer> {
        let mut all = vec![
            ("Authorization", self.key.as_str()),
            ("Content-Type", "application/json"),
        ];
        all.extend(headers);
        client.send(
            method,
            API,
            path,
            &all,
            &body.map(Value::to_string).unwrap_or_default(),
        )
    }
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error}: {}", answer.text))
}
