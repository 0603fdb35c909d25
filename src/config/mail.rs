//! Over which server the shop sends mail, and as whom. Must not know what is sent.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Host;

use super::{Layers, PublicUrl, check};

/// What a program says that was built without the feature `mail`.
pub const NO_MAIL: &str =
    "this build sends no mail: use a released build or the image, or build it with --features mail";

/// The longest that anybody may have to wait for a server, in milliseconds.
const LONGEST_TIMEOUT_MS: u64 = 60_000;

/// How what is sent is kept from those on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// TLS from the first byte.
    #[default]
    Tls,
    /// TLS asked for on a plain connection, which is given up where there is none.
    StartTls,
    None,
}

#[derive(Clone, Debug)]
pub struct MailSettings {
    /// `None`: the shop sends no mail.
    pub host: Option<String>,
    /// 0: the usual one, see [`MailSettings::port`].
    pub port: u16,
    pub tls: MailTls,
    pub allow_plain: bool,
    /// Empty: the server asks nobody who they are.
    pub user: String,
    pub password: SecretString,
    pub from: Option<String>,
    /// For one letter, from the first packet to the server's word that it has it.
    pub timeout_ms: u64,
    pub retry_first_ms: u64,
    pub retry_for_s: u64,
}

impl MailSettings {
    /// The port of the server; without one in the settings that of RFC 8314 and RFC 6409, in the clear that of RFC 5321.
    pub fn port(&self) -> u16 {
        match (self.port, self.tls) {
            (0, MailTls::Tls) => 465,
            (0, MailTls::StartTls) => 587,
            (0, MailTls::None) => 25,
            (port, _) => port,
        }
    }
}

pub fn read(layers: &mut Layers) -> MailSettings {
    MailSettings {
        host: Some(layers.get::<String>("mail.host")).filter(|host| !host.is_empty()),
        port: layers.get("mail.port"),
        tls: layers.get("mail.tls"),
        allow_plain: layers.get("mail.allow_plain"),
        user: layers.get("mail.user"),
        password: layers.get::<String>("mail.password").into(),
        from: layers.parse("mail.from", check::email).flatten(),
        timeout_ms: layers.get("mail.timeout_ms"),
        retry_first_ms: layers.get("mail.retry_first_ms"),
        retry_for_s: layers.get("mail.retry_for_s"),
    }
}

/// What is wrong with the settings of a shop at this public address.
pub fn faults(mail: &MailSettings, public_url: Option<&PublicUrl>) -> Vec<String> {
    let Some(host) = &mail.host else {
        return strays(mail);
    };
    let mut faults = server_faults(mail, host);
    let has_password = !mail.password.expose_secret().is_empty();
    let table = [
        (
            public_url.is_none(),
            "mail.host: mails hold links to the shop, so write its address into server.public_url".to_owned(),
        ),
        (
            mail.from.is_none(),
            "mail.from: write the address that the shop sends from, such as shop@example.com".to_owned(),
        ),
        (
            mail.user.is_empty() == has_password,
            "mail.user and mail.password: write both, or none where the server asks for none".to_owned(),
        ),
        (
            !(1..=LONGEST_TIMEOUT_MS).contains(&mail.timeout_ms),
            format!("mail.timeout_ms must be 1 to {LONGEST_TIMEOUT_MS}"),
        ),
        (
            mail.retry_first_ms == 0,
            "mail.retry_first_ms must be at least 1".to_owned(),
        ),
        (
            mail.retry_for_s == 0,
            "mail.retry_for_s must be at least 1".to_owned(),
        ),
    ];
    faults.extend(wrong(table));
    faults
}

fn server_faults(mail: &MailSettings, host: &str) -> Vec<String> {
    let is_plain = mail.tls == MailTls::None && !mail.allow_plain && !is_loopback(host);
    let table = [
        (!cfg!(feature = "mail"), format!("mail.host: {NO_MAIL}")),
        (
            !is_host(host),
            format!("mail.host: {host:?} is no name of a server, such as smtp.example.com; the port stands in mail.port"),
        ),
        (
            is_plain,
            "mail.tls: without TLS anybody on the way reads the links; write \"tls\" or \"starttls\", or set mail.allow_plain for a \
             network of your own"
                .to_owned(),
        ),
    ];
    wrong(table).collect()
}

/// What means nothing without a server.
fn strays(mail: &MailSettings) -> Vec<String> {
    let stray = |key: &str| format!("mail.{key} is set, but no server is: write one into mail.host");
    let table = [
        (!mail.user.is_empty(), stray("user")),
        (!mail.password.expose_secret().is_empty(), stray("password")),
        (mail.from.is_some(), stray("from")),
    ];
    wrong(table).collect()
}

fn wrong<const N: usize>(table: [(bool, String); N]) -> impl Iterator<Item = String> {
    let found = table.into_iter().filter(|(is_wrong, _)| *is_wrong);
    found.map(|(_, fault)| fault)
}

fn is_host(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok() || (Host::parse(host).is_ok() && !host.starts_with('['))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET_UP: &str = "[mail]\nhost = \"smtp.example.com\"\nfrom = \"shop@example.com\"\nuser = \"shop\"\npassword = \"hush\"\n";
    const WITH_ADDRESS: &str = "[server]\npublic_url = \"https://shop.example\"\n";

    fn faults_of(text: &str) -> Vec<String> {
        let mut layers = Layers::new(super::super::DEFAULTS);
        layers.add_file("shop.toml", text);
        match super::super::Settings::from_layers(layers) {
            Ok(_) => Vec::new(),
            Err(error) => error.0,
        }
    }

    #[test]
    fn mail_that_is_set_up_has_no_faults_and_its_usual_port() {
        let with_mail = cfg!(feature = "mail");
        assert_eq!(
            faults_of(&format!("{WITH_ADDRESS}{SET_UP}")).is_empty(),
            with_mail
        );
        let port = |tls, port| {
            let mut layers = Layers::new(super::super::DEFAULTS);
            let settings = MailSettings {
                tls,
                port,
                ..read(&mut layers)
            };
            settings.port()
        };
        assert_eq!(
            [
                port(MailTls::Tls, 0),
                port(MailTls::StartTls, 0),
                port(MailTls::None, 0)
            ],
            [465, 587, 25]
        );
        assert_eq!(port(MailTls::Tls, 2465), 2465);
    }

    #[cfg(feature = "mail")]
    #[test]
    fn nonsense_is_named_by_its_key() {
        let table = [
            ("", SET_UP, "server.public_url"),
            (
                WITH_ADDRESS,
                "[mail]\nfrom = \"shop@example.com\"\n",
                "mail.from is set",
            ),
            (WITH_ADDRESS, "[mail]\nuser = \"shop\"\n", "mail.user is set"),
            (WITH_ADDRESS, "[mail]\nhost = \"smtp.example.com\"\n", "mail.from"),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com:587\"\nfrom = \"a@b.example\"\n",
                "mail.host",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"a b\"\nfrom = \"a@b.example\"\n",
                "mail.host",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@b.example\"\nuser = \"a\"\n",
                "mail.user and",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@b.example\"\npassword = \"a\"\n",
                "mail.user and",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"10.0.0.1\"\nfrom = \"a@b.example\"\ntls = \"none\"\n",
                "mail.tls",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@b.example\"\ntimeout_ms = 60001\n",
                "mail.timeout_ms",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@b.example\\nBcc: c@d.example\"\n",
                "mail.from",
            ),
            (
                WITH_ADDRESS,
                "[mail]\nhost = \"smtp.example.com\"\nfrom = \"a@b.example\"\ntls = \"ssl\"\n",
                "mail.tls",
            ),
        ];
        for (server, mail, key) in table {
            let faults = faults_of(&format!("{server}{mail}"));
            assert_eq!(faults.len(), 1, "{mail}: {faults:?}");
            assert!(faults[0].contains(key), "{mail}: {faults:?}");
        }
        for host in ["127.0.0.1", "localhost", "::1"] {
            let mail = format!("[mail]\nhost = \"{host}\"\nfrom = \"a@b.example\"\ntls = \"none\"\n");
            assert_eq!(faults_of(&format!("{WITH_ADDRESS}{mail}")), Vec::<String>::new());
        }
        let plain =
            "[mail]\nhost = \"10.0.0.1\"\nfrom = \"a@b.example\"\ntls = \"none\"\nallow_plain = true\n";
        assert_eq!(faults_of(&format!("{WITH_ADDRESS}{plain}")), Vec::<String>::new());
    }
}
