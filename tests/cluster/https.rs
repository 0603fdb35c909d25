//! A client as browsers are: HTTP/1.1 over TLS with the certificate checked, connections kept, no second try. Must not
//! know what is asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::balancer::{Balancer, HTTPS};

/// Longer than any deadline of the shop: who gives up sooner measures nothing.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    /// The first of this name, which is written small.
    pub fn header(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self.headers.iter().filter(move |(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Makes connections to one address that believe one certificate.
#[derive(Clone)]
pub struct Door {
    address: Ipv4Addr,
    tls: Arc<ClientConfig>,
}

impl Door {
    pub fn of(balancer: &Balancer) -> Door {
        Door {
            address: balancer.address,
            tls: Arc::new(believing(&balancer.certificate)),
        }
    }

    pub fn client(&self) -> Client {
        Client {
            door: self.clone(),
            line: None,
        }
    }

    /// A connection to a name, secured and silent.
    pub fn connect(&self, host: &str) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let stream = TcpStream::connect((self.address, HTTPS))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(tls, stream))
    }
}

fn believing(certificate: &Path) -> ClientConfig {
    let mut known = RootCertStore::empty();
    known
        .add(CertificateDer::from_pem_file(certificate).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(known)
        .with_no_client_auth()
}

/// One browser's connection to one host at a time.
pub struct Client {
    door: Door,
    line: Option<(String, BufReader<StreamOwned<ClientConnection, TcpStream>>)>,
}

impl Client {
    /// The answer, or why none came. `host` has no port.
    pub fn send(
        &mut self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}:{HTTPS}\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let mut line = match self.line.take() {
            Some((known, line)) if known == host => line,
            _ => BufReader::new(self.door.connect(host)?),
        };
        line.get_mut().write_all(format!("{head}\r\n{body}").as_bytes())?;
        let answer = read_answer(&mut line, method)?;
        if !answer.header("connection").eq_ignore_ascii_case("close") {
            self.line = Some((host.to_owned(), line));
        }
        Ok(answer)
    }

    pub fn get(&mut self, host: &str, path: &str) -> io::Result<Answer> {
        self.send("GET", host, path, &[], "")
    }
}

fn read_answer(line: &mut impl BufRead, method: &str) -> io::Result<Answer> {
    let status = text_line(line)?;
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut headers = Vec::new();
    loop {
        let text = text_line(line)?;
        let Some((name, value)) = text.split_once(':') else {
            break;
        };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status: status.ok_or_else(|| io::Error::other("not HTTP"))?,
        headers,
        text: String::new(),
    };
    let mut body = Vec::new();
    if answer.header("transfer-encoding") == "chunked" {
        while let size @ 1.. = chunk_size(&text_line(line)?)? {
            line.take(size).read_to_end(&mut body)?;
            text_line(line)?;
        }
        text_line(line)?;
    } else if method != "HEAD"
        && let Ok(length) = answer.header("content-length").parse()
    {
        line.take(length).read_to_end(&mut body)?;
        if body.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    answer.text = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

fn chunk_size(text: &str) -> io::Result<u64> {
    u64::from_str_radix(text, 16).map_err(io::Error::other)
}

fn text_line(line: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    if line.read_line(&mut text)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}
