//! Over TLS: a receiver is known by its name, although the shop connects to an address.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::takeover::Process;
use super::{deliveries, hook, lamp};
use crate::helpers::{Shop, certificate, eventually};

/// Answers each request with 204 and keeps what it was.
async fn listen(listener: TcpListener, acceptor: TlsAcceptor, heard: Arc<Mutex<Vec<String>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Whoever does not trust the certificate hangs up.
        let _ = answer(stream, &acceptor, &heard).await;
    }
}

async fn answer(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    heard: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut request = vec![0; 16 * 1024];
    let count = stream.read(&mut request).await?;
    heard
        .lock()
        .push(String::from_utf8_lossy(&request[..count]).into_owned());
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        .await?;
    stream.shutdown().await
}

#[actix_web::test]
async fn a_receiver_is_believed_by_the_name_that_was_typed_and_no_other() {
    let shop = Shop::on_sqlite_with(|settings| {
        settings.webhooks.deliver = false;
        settings.webhooks.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let (certificate, key) = (
        shop.folder.path().join("tls.crt"),
        shop.folder.path().join("tls.key"),
    );
    certificate::make(&certificate, &key);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let acceptor = TlsAcceptor::from(certificate::server_of(&certificate, &key));
    actix_web::rt::spawn(listen(listener, acceptor, Arc::clone(&heard)));
    let named = hook(&shop, &format!("https://localhost:{port}/named"), &[]).await;
    let other = hook(&shop, &format!("https://127.0.0.1:{port}/other"), &[]).await;
    lamp(&shop, "Lamp").await;
    let trusts = [("SSL_CERT_FILE", certificate.to_str().unwrap())];
    let _process = Process::with(&shop, &trusts);
    eventually("both were tried", async || {
        let other = deliveries(&shop, other.webhook.webhook_id).await;
        !heard.lock().is_empty() && other.first().is_some_and(|delivery| delivery.attempts > 1)
    })
    .await;
    let heard = heard.lock().clone();
    assert!(
        heard
            .iter()
            .all(|request| request.starts_with("POST /named HTTP/1.1\r\n")),
        "{heard:?}"
    );
    eventually("it is written down", async || {
        let named = deliveries(&shop, named.webhook.webhook_id).await;
        named[0].answer.as_deref() == Some("it answered 204 No Content")
    })
    .await;
    let refused = deliveries(&shop, other.webhook.webhook_id).await;
    let answer = refused[0].answer.as_deref().unwrap();
    assert!(answer.contains("certificate not valid for name"), "{answer}");
}
