//! `vitrine mail test`, which says what to do, and `vitrine config`, which keeps the password.

use std::path::Path;
use std::process::{Command, Output};

use tokio_rustls::TlsAcceptor;

use crate::helpers::mail_server::{Begin, MailServer, Manner};
use crate::helpers::{Shop, certificate, eventually};

const PASSWORD: &str = "hush-hush-7";

/// What a command said, while what it talks to goes on in this thread.
async fn output(mut command: Command) -> Output {
    let mut process = command.spawn().unwrap();
    let mut has_ended = || process.try_wait().unwrap().is_some();
    eventually("the command ends", || std::future::ready(has_ended())).await;
    process.wait_with_output().unwrap()
}

fn command(shop: &Shop, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = shop.vitrine(arguments);
    command.env("VITRINE__SERVER__PUBLIC_URL", "https://shop.example");
    command.env("VITRINE__MAIL__FROM", "lamps@shop.example");
    for (key, value) in settings {
        command.env(format!("VITRINE__MAIL__{key}"), value);
    }
    command
}

/// Tries to send; what was said on standard output and on standard error.
async fn tried(shop: &Shop, settings: &[(&str, &str)], trusted: Option<&Path>) -> (bool, String) {
    let mut command = command(shop, &["mail", "test", "ann@shop.example"], settings);
    if let Some(trusted) = trusted {
        command.env("SSL_CERT_FILE", trusted);
    }
    let output = output(command).await;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(!said.contains(PASSWORD), "{said}");
    (output.status.success(), said)
}

#[actix_web::test]
async fn a_test_mail_arrives_or_the_command_says_what_to_do() {
    let shop = Shop::on_sqlite().await;
    let server = MailServer::open_with(Begin::Never, None, Some(("shop", PASSWORD))).await;
    let port = server.port.to_string();
    let login = [("USER", "shop"), ("PASSWORD", PASSWORD)];
    let at = |port: &'_ str| {
        let plain = [("HOST", "127.0.0.1"), ("TLS", "none"), ("TIMEOUT_MS", "2000")];
        let all = plain
            .iter()
            .chain(&login)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        all.chain([("PORT".to_owned(), port.to_owned())])
            .collect::<Vec<_>>()
    };
    let with = async |settings: Vec<(String, String)>| {
        let settings: Vec<(&str, &str)> = settings
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        tried(&shop, &settings, None).await
    };
    let (is_sent, said) = with(at(&port)).await;
    assert!(
        is_sent && said.contains("has taken the mail to ann@shop.example"),
        "{said}"
    );
    let mail = server.mails().remove(0);
    assert_eq!(mail.to, ["ann@shop.example"]);
    assert_eq!(mail.header("Subject").unwrap(), "Vitrine: a test");
    for (manner, what) in [
        (
            Manner::Refuses("550 there is no such ann"),
            "takes no mail for this address",
        ),
        (
            Manner::Refuses("554 not from you"),
            "may the shop send as mail.from",
        ),
        (Manner::Refuses("452 full"), "puts it off (452)"),
        (Manner::Hangs, "has not taken it within 2s"),
        (Manner::Babbles, "does not answer like a mail server"),
        (Manner::Drops, "does not answer like a mail server"),
    ] {
        server.behave(manner);
        let (is_sent, said) = with(at(&port)).await;
        assert!(!is_sent && said.contains(what), "{manner:?}: {said}");
    }
    server.behave(Manner::Takes);
    let mut wrong = at(&port);
    wrong.retain(|(key, _)| key != "PASSWORD");
    wrong.push(("PASSWORD".to_owned(), "wrong".to_owned()));
    let (is_sent, said) = with(wrong).await;
    assert!(!is_sent && said.contains("mail.user and mail.password"), "{said}");
    // Nobody listens there.
    let (is_sent, said) = with(at("1")).await;
    assert!(!is_sent && said.contains("cannot be reached"), "{said}");
    assert_eq!(server.mails().len(), 1);
    let (is_sent, said) = tried(&shop, &[("FROM", "")], None).await;
    assert!(!is_sent && said.contains("No mail is set up"), "{said}");
}

#[actix_web::test]
async fn mail_goes_over_tls_to_a_server_that_is_believed_and_to_no_other() {
    let shop = Shop::on_sqlite().await;
    let (trusted, key) = (
        shop.folder.path().join("tls.crt"),
        shop.folder.path().join("tls.key"),
    );
    certificate::make(&trusted, &key);
    let acceptor = || Some(TlsAcceptor::from(certificate::server_of(&trusted, &key)));
    let login = Some(("shop", PASSWORD));
    for (begin, tls) in [(Begin::AtOnce, "tls"), (Begin::WhenAsked, "starttls")] {
        let server = MailServer::open_with(begin, acceptor(), login).await;
        let port = server.port.to_string();
        let at = |host| {
            [
                ("HOST", host),
                ("PORT", port.as_str()),
                ("TLS", tls),
                ("USER", "shop"),
                ("PASSWORD", PASSWORD),
            ]
        };
        let (is_sent, said) = tried(&shop, &at("localhost"), Some(&trusted)).await;
        assert!(is_sent, "{tls}: {said}");
        assert!(server.mails()[0].was_encrypted);
        // The certificate is for another name, or of nobody who is known.
        for (host, trusted) in [("127.0.0.1", Some(trusted.as_path())), ("localhost", None)] {
            let (is_sent, said) = tried(&shop, &at(host), trusted).await;
            assert!(!is_sent && said.contains("certificate"), "{tls} {host}: {said}");
        }
        assert_eq!(server.mails().len(), 1);
    }
    // What has no TLS gets neither a mail nor a password.
    let server = MailServer::open_with(Begin::Never, None, login).await;
    let port = server.port.to_string();
    for (tls, what) in [("starttls", "has no STARTTLS"), ("tls", "does not speak TLS")] {
        let settings = [
            ("HOST", "localhost"),
            ("PORT", port.as_str()),
            ("TLS", tls),
            ("USER", "shop"),
            ("PASSWORD", PASSWORD),
        ];
        let (is_sent, said) = tried(&shop, &settings, Some(&trusted)).await;
        assert!(!is_sent && said.contains(what), "{tls}: {said}");
    }
    assert!(server.mails().is_empty() && !server.was_told_a_password());
}

#[actix_web::test]
async fn the_password_is_in_no_output_and_nonsense_is_named() {
    let shop = Shop::on_sqlite().await;
    let file = shop.folder.path().join("password");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    let file = file.to_str().unwrap();
    let settings = [
        ("HOST", "smtp.example.com"),
        ("USER", "shop"),
        ("PASSWORD_FILE", file),
    ];
    let shown = output(command(&shop, &["config", "show"], &settings)).await;
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        text.contains("password = \"***\"") && !text.contains(PASSWORD),
        "{text}"
    );
    let check = output(command(
        &shop,
        &["config", "check"],
        &[("HOST", "10.0.0.1"), ("TLS", "none"), ("USER", "shop")],
    ))
    .await;
    assert_eq!(check.status.code(), Some(78));
    let text = String::from_utf8(check.stderr).unwrap();
    assert!(
        text.contains("mail.tls") && text.contains("mail.user and mail.password"),
        "{text}"
    );
}
