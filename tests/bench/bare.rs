//! The fastest server that actix-web can be: one handler, one body that is ready. `make bench` holds the shop against it.
//!
//! `bare PORT BODY HEADERS`: the body is the file BODY, HEADERS a file with a header per line. Port 0 takes any free one.

use std::io::{Error, Result};
use std::path::Path;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};

struct Page {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Page {
    fn read(body: &Path, headers: &Path) -> Result<Page> {
        let lines = std::fs::read_to_string(headers)?;
        Ok(Page {
            headers: lines.lines().map(header).collect::<Result<_>>()?,
            body: std::fs::read(body)?.into(),
        })
    }
}

fn header(line: &str) -> Result<(HeaderName, HeaderValue)> {
    let (name, value) = line
        .split_once(": ")
        .ok_or_else(|| Error::other(format!("\"{line}\" is no header")))?;
    Ok((
        name.parse().map_err(Error::other)?,
        value.parse().map_err(Error::other)?,
    ))
}

async fn answer(page: Data<Page>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (name, value) in &page.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    response.body(page.body.clone())
}

#[actix_web::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, body, headers] = arguments.as_slice() else {
        return Err(Error::other("usage: bare PORT BODY HEADERS"));
    };
    let page = Data::new(Page::read(Path::new(body), Path::new(headers))?);
    let port: u16 = port.parse().map_err(Error::other)?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(page.clone())
            .default_service(web::get().to(answer))
    })
    .workers(1)
    .bind(("127.0.0.1", port))?;
    for address in server.addrs() {
        println!("listening on http://{address}");
    }
    server.run().await
}
