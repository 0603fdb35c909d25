//! A name server that knows the cluster's parts, as Docker's and Kubernetes' own do: it answers A questions over UDP
//! (RFC 1035) and nothing else. Must not know who asks.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::RwLock;

type Book = Arc<RwLock<HashMap<String, Vec<Ipv4Addr>>>>;

const HEADER: usize = 12;
const TYPE_A: u16 = 1;

/// Stops when dropped.
pub struct Names {
    pub address: SocketAddr,
    book: Book,
    is_over: Arc<RwLock<bool>>,
    thread: Option<JoinHandle<()>>,
}

impl Names {
    pub fn serve(address: Ipv4Addr) -> Names {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let (book, is_over) = (Book::default(), Arc::new(RwLock::new(false)));
        let (known, asked_to_end) = (Arc::clone(&book), Arc::clone(&is_over));
        let address = socket.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let mut question = [0; 1024];
            while !*asked_to_end.read() {
                let Ok((length, asker)) = socket.recv_from(&mut question) else {
                    continue;
                };
                if let Some(answer) = answer(&question[..length], &known) {
                    let _ = socket.send_to(&answer, asker);
                }
            }
        });
        Names {
            address,
            book,
            is_over,
            thread: Some(thread),
        }
    }

    pub fn add(&self, name: &str, address: Ipv4Addr) {
        let mut book = self.book.write();
        book.entry(name.to_owned()).or_default().push(address);
    }

    pub fn remove(&self, name: &str, address: Ipv4Addr) {
        if let Some(known) = self.book.write().get_mut(name) {
            known.retain(|known| *known != address);
        }
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        *self.is_over.write() = true;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The answer to one question; `None` to what is none.
fn answer(question: &[u8], book: &Book) -> Option<Vec<u8>> {
    let (name, end) = name_at(question, HEADER)?;
    let kind = u16::from_be_bytes(question.get(end..end + 2)?.try_into().ok()?);
    let known = book.read().get(&name).cloned();
    let addresses = known.clone().filter(|_| kind == TYPE_A).unwrap_or_default();
    let failure = if known.is_some() { 0 } else { 3 };
    let mut answer = question.get(..2)?.to_vec();
    // A final answer; one question, so many addresses, nothing else.
    answer.extend([0x84, failure, 0, 1]);
    answer.extend(u16::try_from(addresses.len()).ok()?.to_be_bytes());
    answer.extend([0; 4]);
    answer.extend(question.get(HEADER..end + 4)?);
    for address in addresses {
        // The name of the question; A, IN; for a second; four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}

/// The name that begins there, and where it ends.
fn name_at(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = message.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += length;
    }
}
