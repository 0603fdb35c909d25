//! What accounts write to people: links by which they get in, asked for by an owner or at the sign-in. A link is made when its mail is
//! sent, beside those that were made before, and known to nobody but whoever reads that mail. Must not know how mail travels.
//!
//! What somebody types at the sign-in is written down as it is, whether there is such an account or not; only whoever sends mail
//! looks. So the answer takes as long in either case. No mail holds words that its reader could not expect: no name, since those who
//! registered with somebody else's address chose it.

use std::net::IpAddr;

use futures_util::future::BoxFuture;

use super::Accounts;
use super::links::{Link, store_beside};
use super::model::{Attempt, Email, OneTimeToken, Purpose, User};
use super::repo::users;
use crate::db::{AnyConnection, Moment};
use crate::error::{Error, Result};
use crate::mail::{Author, Letter, Waiting};

/// Why a mail waits: an owner has made a link for somebody.
pub(super) const FROM_AN_OWNER: &str = "link";

/// Somebody has typed an address at the sign-in.
const FORGOTTEN: &str = "forgotten";

impl Accounts {
    /// Whether the shop sends mail.
    pub fn sends_mail(&self) -> bool {
        self.0.mail.is_on()
    }

    /// Somebody says that they have forgotten the password of an account. Nothing is looked up, so what comes of it, and how long it
    /// takes, is the same whether there is one; if there is, its link is mailed.
    ///
    /// # Errors
    /// 429 when that was asked for too often, for this account or from there; those of the database.
    pub async fn forgotten(&self, email: Email, from: Option<IpAddr>) -> Result<()> {
        let attempt = Attempt::of_forgotten(email.as_str(), from);
        self.0.throttle.admit(&attempt).await?;
        let mail = self.0.mail.clone();
        let post = move |connection: &mut AnyConnection| {
            mail.post(connection, FORGOTTEN, email.as_str(), Moment::now())
        };
        self.0.router.unlogged("forgotten_password", post).await?;
        tracing::info!(
            event = "authn_password_forgotten",
            "a link for a new password was asked for"
        );
        Ok(())
    }

    /// Sends what waits, until it is dropped.
    pub async fn send_mail(self) {
        self.0.mail.run(&self).await;
    }

    async fn letter(self, waiting: Waiting) -> Result<Option<Letter>> {
        let Ok(email) = Email::parse(&waiting.address) else {
            return Ok(None);
        };
        let asked = email.clone();
        let find = move |connection: &mut AnyConnection| in_use(connection, &asked);
        // Most of what strangers type is nobody's: no write begins for that.
        if self.0.router.read_current("mail_user", find).await?.is_none() {
            return Ok(None);
        }
        let is_forgotten = waiting.kind == FORGOTTEN;
        let Some(link) = self.mailed_link(email).await? else {
            return Ok(None);
        };
        let shop = self.shop_name();
        // There is no mail without a public address.
        let address = self.site().absolute(&link.path());
        let address =
            address.ok_or_else(|| Error::internal("a mail is due, and server.public_url is empty"))?;
        Ok(Some(match link.purpose {
            Purpose::Invitation => invitation(shop, &link, &address),
            _ if is_forgotten => forgotten(shop, &address),
            _ => reset(shop, &address),
        }))
    }

    /// A link beside those that there are; `None` where the account is gone by now. Not in the change log: every guest can read how
    /// long that is, and would see by it whether somebody has an account. That the link was followed is.
    async fn mailed_link(&self, email: Email) -> Result<Option<Link>> {
        let token = OneTimeToken::generate()?;
        let stored = token.clone();
        let make = move |connection: &mut AnyConnection| {
            let user = in_use(connection, &email)?;
            if let Some(user) = &user {
                store_beside(connection, &stored, user)?;
            }
            Ok(user)
        };
        let user = self.0.router.unlogged("mail_link", make).await?;
        Ok(user.map(|user| Link::new(user, token)))
    }
}

impl Author for Accounts {
    fn write(&self, waiting: &Waiting) -> BoxFuture<'static, Result<Option<Letter>>> {
        Box::pin(self.clone().letter(waiting.clone()))
    }
}

/// The account with this address, unless it is shut.
fn in_use(connection: &mut AnyConnection, email: &Email) -> Result<Option<User>> {
    match users::by_email(connection, email) {
        Ok(user) => Ok(Some(user).filter(|user| user.disabled_at.is_none())),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn invitation(shop: &str, link: &Link, address: &str) -> Letter {
    let (role, life) = (link.user.role, link.purpose.life());
    Letter {
        subject: format!("{shop}: an invitation"),
        body: format!(
            "Hello,\n\nyou are invited to {shop}, as {role}. Open this link to choose a name and a\npassword; it works once, within {life}:\n\n\
             {address}\n\nIf you do not know what this is about, do nothing: without the link there is\nno way in.\n"
        ),
    }
}

fn forgotten(shop: &str, address: &str) -> Letter {
    let life = Purpose::Reset.life();
    Letter {
        subject: format!("{shop}: a new password"),
        body: format!(
            "Hello,\n\nsomebody, you most likely, has asked {shop} for a new password for this\naddress. Open this link to set one; it works once, within {life}, signs you\nout everywhere and removes your passkeys:\n\n{address}\n\nIf it was not you, do nothing: your password stays as it is.\n"
        ),
    }
}

fn reset(shop: &str, address: &str) -> Letter {
    let life = Purpose::Reset.life();
    Letter {
        subject: format!("{shop}: a new password"),
        body: format!(
            "Hello,\n\nan owner of {shop} has made a link for you. Open it to set a new password; it\nworks once, within {life}, signs you out everywhere and removes\nyour passkeys:\n\n{address}\n\nIf you do not want one, do nothing: your password stays as it is.\n"
        ),
    }
}
