//! A mail server on loopback: keeps what it is sent and behaves as the test wants.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::eventually;

/// How it treats whoever connects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Takes,
    /// Says this to whom a mail is for.
    Refuses(&'static str),
    /// Hangs up at once.
    Drops,
    /// Hangs up in the middle of a mail.
    Breaks,
    /// Accepts and never says a word.
    Hangs,
    /// Speaks, but not SMTP.
    Babbles,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Never,
    AtOnce,
    WhenAsked,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub head: String,
    pub body: String,
    pub was_encrypted: bool,
}

impl Mail {
    fn read(from: &str, to: &[String], data: &str, was_encrypted: bool) -> Mail {
        let (head, body) = data.split_once("\r\n\r\n").expect("a head and a body");
        // A line that begins with a blank goes on with the one before.
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let encoding = header(&head, "Content-Transfer-Encoding").unwrap_or_default();
        let body = match encoding.as_str() {
            "base64" => {
                let lines: String = body.split_whitespace().collect();
                String::from_utf8(BASE64_STANDARD.decode(lines).unwrap()).unwrap()
            }
            "quoted-printable" => unquoted(body),
            _ => body.to_owned(),
        };
        Mail {
            from: from.to_owned(),
            to: to.to_vec(),
            head,
            body: body.replace("\r\n", "\n"),
            was_encrypted,
        }
    }

    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// The names of all headers.
    pub fn names(&self) -> Vec<&str> {
        let lines = self.head.split("\r\n");
        lines.map(|line| line.split(':').next().unwrap()).collect()
    }

    /// The path of the one link, which leads to this address.
    pub fn link(&self, origin: &str) -> String {
        let links: Vec<&str> = self.body.lines().filter(|line| line.contains("://")).collect();
        assert_eq!(links.len(), 1, "{}", self.body);
        links[0]
            .strip_prefix(origin)
            .expect("a link to the shop")
            .to_owned()
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    lines
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}

fn unquoted(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let digits = std::str::from_utf8(&after[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[derive(Default)]
struct Book {
    manner: Manner,
    connections: usize,
    mails: Vec<Mail>,
    was_told_a_password: bool,
    /// Name and password that it asks for.
    login: Option<(String, String)>,
}

/// Listens until it is dropped.
pub struct MailServer {
    pub port: u16,
    book: Arc<Mutex<Book>>,
    task: tokio::task::JoinHandle<()>,
}

impl MailServer {
    pub async fn open() -> MailServer {
        MailServer::open_with(Begin::Never, None, None).await
    }

    /// With TLS, and asking who it is.
    pub async fn open_with(
        begin: Begin,
        tls: Option<TlsAcceptor>,
        login: Option<(&str, &str)>,
    ) -> MailServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Mutex::new(Book {
            login: login.map(|(user, password)| (user.to_owned(), password.to_owned())),
            ..Book::default()
        }));
        let shared = Arc::clone(&book);
        let task = actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (book, tls) = (Arc::clone(&shared), tls.clone());
                book.lock().connections += 1;
                // Whoever hangs up in the middle, or does not trust the certificate, has had no mail taken.
                actix_web::rt::spawn(async move { drop(serve(stream, begin, tls, book).await) });
            }
        });
        MailServer { port, book, task }
    }

    pub fn behave(&self, manner: Manner) {
        self.book.lock().manner = manner;
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.book.lock().mails.clone()
    }

    /// How often somebody has connected.
    pub fn connections(&self) -> usize {
        self.book.lock().connections
    }

    pub fn was_told_a_password(&self) -> bool {
        self.book.lock().was_told_a_password
    }

    /// The mails, once there are so many.
    pub async fn await_mails(&self, count: usize) -> Vec<Mail> {
        eventually("the mails arrive", async || self.mails().len() >= count).await;
        self.mails()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    stream: TcpStream,
    begin: Begin,
    tls: Option<TlsAcceptor>,
    book: Arc<Mutex<Book>>,
) -> std::io::Result<()> {
    let manner = book.lock().manner;
    match manner {
        Manner::Drops => return Ok(()),
        Manner::Hangs => {
            // As long as whoever connected is there.
            let mut lines = BufReader::new(stream).lines();
            while lines.next_line().await?.is_some() {}
            return Ok(());
        }
        _ => {}
    }
    let mut session = Session {
        book,
        begin,
        is_encrypted: false,
    };
    if begin == Begin::AtOnce {
        session.is_encrypted = true;
        let stream = tls.expect("TLS").accept(stream).await?;
        return session.speak(stream, true).await.map(drop);
    }
    let Some(stream) = session.speak(stream, true).await? else {
        return Ok(());
    };
    session.is_encrypted = true;
    let stream = tls.expect("TLS").accept(stream).await?;
    session.speak(stream, false).await.map(drop)
}

struct Session {
    book: Arc<Mutex<Book>>,
    begin: Begin,
    is_encrypted: bool,
}

impl Session {
    /// Until the other side goes; the stream, if it asked for TLS.
    async fn speak<S>(&self, stream: S, greets: bool) -> std::io::Result<Option<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (manner, login) = {
            let book = self.book.lock();
            (book.manner, book.login.clone())
        };
        let mut stream = BufReader::new(stream);
        if manner == Manner::Babbles {
            stream.write_all(b"\x00\xff SSH-2.0 hello there\r\n").await?;
        } else if greets {
            stream.write_all(b"220 post.example ready\r\n").await?;
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        let mut is_known = login.is_none();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let said = line.trim_end().to_owned();
            let word = said.split([' ', ':']).next().unwrap().to_uppercase();
            let answer = match word.as_str() {
                "EHLO" => self.offers(login.is_some()),
                "STARTTLS" => {
                    stream.write_all(b"220 go ahead\r\n").await?;
                    return Ok(Some(stream.into_inner()));
                }
                "AUTH" => {
                    self.book.lock().was_told_a_password = true;
                    is_known = login.as_ref().is_some_and(|login| is_right(&said, login));
                    if is_known {
                        "235 welcome"
                    } else {
                        "535 5.7.8 wrong password of shop"
                    }
                    .to_owned()
                }
                "MAIL" if !is_known => "530 who are you?".to_owned(),
                "MAIL" => {
                    from = between(&said);
                    "250 fine".to_owned()
                }
                "RCPT" => match manner {
                    Manner::Refuses(words) => words.to_owned(),
                    _ => {
                        to.push(between(&said));
                        "250 fine".to_owned()
                    }
                },
                "DATA" if manner == Manner::Breaks => return Ok(None),
                "DATA" => {
                    stream.write_all(b"354 go ahead\r\n").await?;
                    let data = data(&mut stream).await?;
                    let mail = Mail::read(&from, &to, &data, self.is_encrypted);
                    self.book.lock().mails.push(mail);
                    to.clear();
                    "250 taken".to_owned()
                }
                "QUIT" => "221 goodbye".to_owned(),
                _ => "502 what?".to_owned(),
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }

    fn offers(&self, asks_who: bool) -> String {
        let mut offers = vec!["post.example"];
        if self.begin == Begin::WhenAsked && !self.is_encrypted {
            offers.push("STARTTLS");
        }
        if asks_who {
            offers.push("AUTH PLAIN");
        }
        let last = offers.pop().unwrap();
        let before: String = offers.iter().map(|offer| format!("250-{offer}\r\n")).collect();
        format!("{before}250 {last}")
    }
}

fn is_right(said: &str, (user, password): &(String, String)) -> bool {
    let sent = said.rsplit(' ').next().unwrap();
    BASE64_STANDARD
        .decode(sent)
        .is_ok_and(|sent| sent == format!("\0{user}\0{password}").into_bytes())
}

fn between(said: &str) -> String {
    let address = said.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    address.expect("an address").0.to_owned()
}

/// The lines up to the one with a dot, as they were meant.
async fn data<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
