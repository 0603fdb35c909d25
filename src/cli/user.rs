//! `vitrine user`: accounts without the web page, for the first owner of a headless server and for lost passwords.

use std::io::BufRead;

use clap::Subcommand;

use crate::accounts::{Accounts, Email, Link, NewUser, Password, Role, User};
use crate::db::{Actor, Origin};
use crate::error::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create an account. Prints a new password once, unless one is given on standard input.
    Create {
        /// owner, editor, reviewer or submitter.
        #[arg(long, default_value = "owner")]
        role: String,
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Make an account without a password and print the link that gives it one (7 days, once).
    Invite {
        email: String,
        /// owner, editor, reviewer or submitter.
        #[arg(long, default_value = "editor")]
        role: String,
    },
    /// Set a new password. Ends all sessions of the account and enables it if it was disabled.
    Reset {
        email: String,
        /// Print a link by which the person sets one (24 hours, once); until then nothing changes.
        #[arg(long, conflicts_with = "password_stdin")]
        link: bool,
        /// Read the password from the first line of standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Shut an account out and end all its sessions; `reset` opens it again.
    Disable { email: String },
    /// Take the second factor of somebody away who has lost it and the recovery codes. Ends all sessions of the account.
    SecondFactorOff { email: String },
    /// Take all passkeys of somebody away, such as when a device was stolen. Ends all sessions of the account.
    PasskeysOff { email: String },
    /// Print what the shop holds about a person, as JSON.
    Export { email: String },
    /// Replace the name and the e-mail address and shut the account for good. What the person did stays in the history, by
    /// number.
    Erase { email: String },
    /// List all accounts.
    List,
}

pub async fn run(command: UserCommand, accounts: &Accounts) -> Result<()> {
    match command {
        UserCommand::Create {
            role,
            email,
            name,
            password_stdin,
        } => {
            let role = Role::parse(&role).map_err(one_fault)?;
            create(accounts, role, &email, &name, password_stdin).await
        }
        UserCommand::Reset {
            email,
            link,
            password_stdin,
        } => {
            if link {
                let user = named(accounts, &email).await?;
                print_link(accounts, &accounts.link(origin(), user.user_id).await?);
                return Ok(());
            }
            reset(accounts, &email, password_stdin).await
        }
        UserCommand::Invite { email, role } => {
            let (email, role) = (
                Email::parse(&email).map_err(one_fault)?,
                Role::parse(&role).map_err(one_fault)?,
            );
            print_link(accounts, &accounts.invite(origin(), email, role).await?);
            Ok(())
        }
        UserCommand::Disable { email } => {
            let user = named(accounts, &email).await?;
            let user = accounts.disable_user(origin(), user.user_id).await?;
            println!("disabled account {} ({})", user.user_id, user.email);
            Ok(())
        }
        UserCommand::SecondFactorOff { email } => {
            let user = named(accounts, &email).await?;
            accounts.second_factor_off(origin(), user.user_id, None).await?;
            println!(
                "the password alone opens account {} ({}) now",
                user.user_id, user.email
            );
            Ok(())
        }
        UserCommand::PasskeysOff { email } => {
            let user = named(accounts, &email).await?;
            accounts.passkeys_off(origin(), user.user_id).await?;
            println!("no passkey opens account {} ({}) now", user.user_id, user.email);
            Ok(())
        }
        UserCommand::Export { email } => {
            let user = named(accounts, &email).await?;
            let copy = accounts.export_user(user.user_id).await?;
            println!(
                "{}",
                serde_json::to_string_pretty(&copy).map_err(Error::internal)?
            );
            Ok(())
        }
        UserCommand::Erase { email } => {
            let user = named(accounts, &email).await?;
            accounts.erase_user(origin(), user.user_id).await?;
            println!("erased account {}", user.user_id);
            Ok(())
        }
        UserCommand::List => {
            print!("{}", table(&accounts.list_users().await?));
            Ok(())
        }
    }
}

async fn named(accounts: &Accounts, email: &str) -> Result<User> {
    let email = Email::parse(email).map_err(one_fault)?;
    accounts.user_by_email(email).await
}

fn print_link(accounts: &Accounts, link: &Link) {
    println!(
        "account {} ({}, {})",
        link.user.user_id, link.user.email, link.user.role
    );
    println!(
        "once, within {}: {}",
        link.purpose.life(),
        accounts.address(&link.path())
    );
    if link.is_mailed {
        println!("the running shop also mails one to {}", link.user.email);
    }
}

async fn create(
    accounts: &Accounts,
    role: Role,
    email: &str,
    name: &str,
    password_stdin: bool,
) -> Result<()> {
    let given = given_password(password_stdin)?;
    let password = match &given {
        Some(given) => given.clone(),
        None => Password::generate()?.expose().to_owned(),
    };
    let new_user = NewUser {
        role,
        ..NewUser::owner(name, email, &password, accounts.shop_name())?
    };
    let user = accounts.create_user(origin(), new_user).await?;
    println!("created account {} ({}, {})", user.user_id, user.email, user.role);
    if given.is_none() {
        println!("password: {password}");
    }
    Ok(())
}

async fn reset(accounts: &Accounts, email: &str, password_stdin: bool) -> Result<()> {
    let parsed = Email::parse(email).map_err(one_fault)?;
    let given = given_password(password_stdin)?;
    let password = match &given {
        Some(given) => Password::parse(given, &[accounts.shop_name(), email]).map_err(one_fault)?,
        None => Password::generate()?,
    };
    let user = accounts
        .reset_password(origin(), parsed, password.clone())
        .await?;
    println!("set a new password for account {} ({})", user.user_id, user.email);
    if given.is_none() {
        println!("password: {}", password.expose());
    }
    Ok(())
}

/// Never as an argument: other users of the machine can read those.
fn given_password(from_stdin: bool) -> Result<Option<String>> {
    if !from_stdin {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(Error::internal)?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn one_fault(fault: crate::error::FieldError) -> Error {
    Error::Invalid(vec![fault])
}

pub(super) fn origin() -> Origin {
    Origin {
        actor: Actor::Cli,
        request_id: "cli".to_owned(),
        batch: None,
    }
}

fn table(users: &[User]) -> String {
    let mut text = format!(
        "{:>4}  {:<9}  {:<8}  {:<10}  e-mail, name\n",
        "id", "role", "state", "since"
    );
    for user in users {
        text.push_str(&format!(
            "{:>4}  {:<9}  {:<8}  {:<10}  {}, {}\n",
            user.user_id,
            user.role.as_str(),
            user.state(),
            user.created_at.to_date(),
            user.email,
            user.name
        ));
    }
    text
}
