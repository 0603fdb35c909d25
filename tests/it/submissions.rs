//! What people propose for the catalog: from the first draft to the decision, by pages and by the API, and who gets nowhere.

mod api;
mod edits;
mod life;
mod limits;
mod personal;
mod pictures;
mod strangers;
mod told;

use vitrine::accounts::{NewUser, Role};
use vitrine::db::{Actor, Origin};

use crate::helpers::{Answer, Browser, PASSWORD, Shop, html};

pub use pictures::{PIXEL, draft, send_files};

const QUEUE: &str = "/admin/submissions";
const INBOX: &str = "/account/notices";

/// Somebody with this role, signed in.
pub async fn signed_in<'a>(shop: &'a Shop, role: Role, name: &str) -> Browser<'a> {
    let email = format!("{}@shop.example", name.to_lowercase());
    let person = NewUser {
        role,
        ..NewUser::owner(name, &email, PASSWORD, "Shop").unwrap()
    };
    let origin = Origin {
        actor: Actor::System,
        request_id: "test".to_owned(),
        batch: None,
    };
    shop.parts.accounts.create_user(origin, person).await.unwrap();
    let mut browser = Browser::new(shop);
    assert_eq!(browser.sign_in(&email, PASSWORD).await.status, 303);
    browser.catch_up().await;
    browser
}

/// The number of the proposal to which an answer leads.
fn id_of(answer: &Answer) -> i32 {
    let location = answer.header("location");
    let path = location.split('?').next().unwrap();
    let id = path.rsplit('/').next().unwrap().parse();
    id.unwrap_or_else(|_| panic!("{} {location}: {}", answer.status, answer.text))
}

/// Sends the form of a new proposal.
async fn propose(author: &mut Browser<'_>, action: &str, fields: &[(&str, &str)]) -> i32 {
    let all = [fields, &[("action", action)]].concat();
    id_of(&author.submit("/submit", "/submit", &all).await)
}

pub async fn decide(reviewer: &mut Browser<'_>, id: i32, decision: &str, message: &str) -> Answer {
    let own = format!("{QUEUE}/{id}");
    let fields = [("decision", decision), ("message", message)];
    // What others wrote, a replica might not have yet.
    reviewer.catch_up().await;
    reviewer.submit(&own, &own, &fields).await
}

/// What a page says, without tags.
async fn read(browser: &mut Browser<'_>, path: &str) -> String {
    browser.catch_up().await;
    let answer = browser.open(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    html::assert_is_ours(&answer.text, path);
    html::text(&answer.text)
}
