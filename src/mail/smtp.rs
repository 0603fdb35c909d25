//! How a server is spoken to, and what its refusals mean: the one place that knows the library. Must not know when.

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::ExposeSecret;

use super::Letter;
use super::server::Undelivered;
use crate::config::{MailTls, PublicUrl, Settings};
use crate::error::{Error, Result};

/// Mailboxes that are not there or take nothing more for ever: 550, 551, 553 (RFC 5321) and 556 (RFC 7504).
const NO_SUCH_MAILBOX: [u16; 4] = [550, 551, 553, 556];

/// How a refusal begins, whatever its number, that is meant for the shop and not for the mailbox: policy and security (RFC 3463, 3.8).
const POLICY: &str = "5.7.";

/// Refusals of whoever signs in (RFC 4954), and of who does not.
const NOT_SIGNED_IN: [u16; 5] = [454, 530, 534, 535, 538];

/// A connection is made for each mail: a shop sends few.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Trusts whom the system trusts.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the sender is no address.
    pub fn new(settings: &Settings, host: &str) -> Result<Smtp> {
        let mail = &settings.mail;
        let tls = || TlsParameters::new(host.to_owned()).map_err(Error::internal);
        let tls = match mail.tls {
            MailTls::Tls => Tls::Wrapper(tls()?),
            MailTls::StartTls => Tls::Required(tls()?),
            MailTls::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(mail.port())
            .tls(tls)
            .hello_name(hello_name(settings.server.public_url.as_ref()));
        if !mail.user.is_empty() {
            let password = mail.password.expose_secret().to_owned();
            transport = transport.credentials(Credentials::new(mail.user.clone(), password));
        }
        let from = mail.from.clone().unwrap_or_default();
        let from: Address = from.parse().map_err(Error::internal)?;
        Ok(Smtp {
            // The limit of time is ours, over all of it.
            transport: transport.timeout(None).build(),
            from: Mailbox::new(Some(one_line(&settings.shop.name)), from),
        })
    }

    pub async fn send(&self, address: &str, letter: &Letter, server: &str) -> Result<(), Undelivered> {
        let message = self.message(address, letter)?;
        let sent = self.transport.send(message).await;
        sent.map(drop).map_err(|error| explain(&error, server))
    }

    fn message(&self, address: &str, letter: &Letter) -> Result<Message, Undelivered> {
        let no_address = || Undelivered {
            is_final: true,
            ..Undelivered::for_now("this is no address that mail can be sent to".to_owned())
        };
        let to: Address = address.parse().map_err(|_| no_address())?;
        let id = format!("<{:032x}@{}>", fastrand::u128(..), self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&letter.subject))
            .message_id(Some(id))
            // Whoever is away must not answer (RFC 3834).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body.clone())
            .map_err(|error| Undelivered::for_now(format!("the mail could not be put together: {error}")))
    }
}

/// The name by which the shop greets: that of its public address.
fn hello_name(public_url: Option<&PublicUrl>) -> ClientId {
    let authority = public_url.map_or("", PublicUrl::authority);
    let host = authority.split(':').next().unwrap_or_default();
    // An address of version 6 stands in brackets.
    if !host.starts_with('[') && host.chars().any(|c| c.is_ascii_alphabetic()) {
        ClientId::Domain(host.to_owned())
    } else {
        ClientId::default()
    }
}

/// A header is one line: what would begin another one is a space.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// What went wrong, and what to do about it.
fn explain(error: &SmtpError, server: &str) -> Undelivered {
    let said = chain(error);
    let code = error.status().map(u16::from);
    let (reason, is_final) = match code {
        Some(code) if NOT_SIGNED_IN.contains(&code) => (
            format!("{server} does not let the shop sign in ({code}): look at mail.user and mail.password"),
            false,
        ),
        Some(code) if NO_SUCH_MAILBOX.contains(&code) && !said.contains(POLICY) => (
            format!("{server} takes no mail for this address, or none from mail.from ({code})"),
            true,
        ),
        Some(code @ 400..500) => (format!("{server} puts it off ({code})"), false),
        Some(code) => (
            format!("{server} refuses it ({code}): may the shop send as mail.from?"),
            false,
        ),
        None => (without_a_number(error, server, &said), false),
    };
    Undelivered {
        reason,
        said,
        is_final,
    }
}

fn without_a_number(error: &SmtpError, server: &str, said: &str) -> String {
    if said.contains("STARTTLS") {
        return format!(
            "{server} has no STARTTLS: is mail.tls right? \"tls\" speaks TLS from the first byte, on port 465"
        );
    }
    if said.contains("certificate") {
        return format!(
            "{server} shows a certificate that is not believed: mail.host must be the name in it"
        );
    }
    if said.contains("authentication mechanism") {
        return format!(
            "{server} offers no way to sign in that the shop knows: leave mail.user empty, or use TLS"
        );
    }
    if error.is_tls() || said.contains("corrupt message") || said.contains("handshake") {
        return format!(
            "{server} does not speak TLS as expected: \"tls\" goes with port 465, \"starttls\" with 587"
        );
    }
    if error.is_response() || error.is_client() || said.contains("UTF-8") {
        return format!(
            "{server} does not answer like a mail server: are mail.host, mail.port and mail.tls right?"
        );
    }
    format!(
        "{server} cannot be reached: are mail.host and mail.port right, and may this machine connect to it?"
    )
}

/// An error and its causes on one line.
fn chain(error: &SmtpError) -> String {
    let mut sentences = vec![one_line(&error.to_string())];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let sentence = one_line(&error.to_string());
        if !sentences.iter().any(|known| known.contains(&sentence)) {
            sentences.push(sentence);
        }
        cause = error.source();
    }
    sentences.join(": ")
}
