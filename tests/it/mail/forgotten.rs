//! The way back for whoever has forgotten a password, and what strangers learn from it: nothing.

use awc::http::Method;
use vitrine::accounts::Role;

use super::{FORGOTTEN, NEW, ORIGIN, ask, await_end, counted, follow, mailing, waiting};
use crate::helpers::mail_server::MailServer;
use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v6_4_1_a_forgotten_password_is_set_anew_by_a_mailed_link_that_works_once,
    an_address_without_an_account_gets_the_same_answer_and_no_mail,
    v6_3_1_asking_again_and_again_is_refused_by_account_and_by_address,
    without_mail_the_page_says_whom_to_ask,
);

const EDITOR: &str = "editor@shop.example";

async fn v6_4_1_a_forgotten_password_is_set_anew_by_a_mailed_link_that_works_once(shop: Shop) {
    let server = MailServer::open().await;
    Browser::of_owner(&shop).await;
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let post = mailing(&shop, &server, |_| {}).await;
    // Two processes look for what is due, and it is sent once.
    let _other = mailing(&shop, &server, |_| {}).await;
    let page = Browser::new(&post).open("/login").await;
    assert!(
        page.text.contains(&format!("href=\"{FORGOTTEN}\"")),
        "{}",
        page.text
    );
    let length = "SELECT COUNT(*) AS count FROM changes";
    let before = shop.count(length).await;
    let asked = ask(&post, " Editor@Shop.example ").await;
    assert_eq!(asked.status, 303, "{}", asked.text);
    let told = Browser::new(&post).open(asked.header("location")).await;
    html::assert_is_ours(&told.text, "the answer");
    assert!(told.text.contains("If there is an account with this address"));
    let mail = server.await_mails(1).await.remove(0);
    await_end(&shop).await;
    assert_eq!(server.mails().len(), 1);
    assert_eq!(
        (mail.from.as_str(), &mail.to[..]),
        ("lamps@shop.example", &[EDITOR.to_owned()][..])
    );
    assert_eq!(mail.header("Subject").unwrap(), "Vitrine: a new password");
    assert!(mail.header("Content-Type").unwrap().starts_with("text/plain"));
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(
        mail.body.contains("24 hours") && !mail.body.contains("Robin"),
        "{}",
        mail.body
    );
    // Guests can read how long the log is, so it tells nothing of who has an account; and no table knows the secret.
    assert_eq!(shop.count(length).await, before);
    let link = mail.link(ORIGIN);
    let token = link.split_once("token=").unwrap().1;
    let kept = format!("SELECT COUNT(*) AS count FROM one_time_tokens WHERE token_hash LIKE '%{token}%'");
    assert_eq!(shop.count(kept).await, 0);
    assert_eq!(
        eddie.open("/account").await.status,
        200,
        "nothing has changed yet"
    );
    let page = Browser::new(&post).open(&link).await;
    assert!(
        page.status == 200 && page.text.contains("Set a new password"),
        "{}",
        page.text
    );
    assert_eq!(follow(&post, &link, "", NEW).await.0.status, 303);
    assert_eq!(
        eddie.open("/account").await.status,
        303,
        "every session has ended"
    );
    assert_eq!(
        follow(&post, &link, "", PASSWORD).await.0.status,
        403,
        "it worked once"
    );
    assert_eq!(Browser::new(&post).sign_in(EDITOR, PASSWORD).await.status, 401);
    assert_eq!(Browser::new(&post).sign_in(EDITOR, NEW).await.status, 303);
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

/// What a stranger sees of an answer, without what differs in any two.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let passing = ["date", "x-request-id"];
    let headers = answer.headers.iter();
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| !passing.contains(&name.as_str()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.text.clone())
}

async fn an_address_without_an_account_gets_the_same_answer_and_no_mail(shop: Shop) {
    let server = MailServer::open().await;
    let mut olive = Browser::of_owner(&shop).await;
    Browser::of_role(&shop, Role::Editor).await;
    Browser::of_role(&shop, Role::Reviewer).await;
    let reviewer = super::super::people::id_of(&shop, "reviewer@shop.example").await;
    let person = format!("/admin/people/{reviewer}");
    olive.submit(&person, &format!("{person}/disable"), &[]).await;
    let post = mailing(&shop, &server, |_| {}).await;
    let mut answers = Vec::new();
    for email in [
        "nobody@shop.example",
        "reviewer@shop.example",
        "erased-7@user.invalid",
        EDITOR,
    ] {
        answers.push(seen(&ask(&post, email).await));
    }
    assert_eq!(answers[0].0, 303);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    server.await_mails(1).await;
    await_end(&shop).await;
    let to: Vec<Vec<String>> = server.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, [[EDITOR.to_owned()]]);
    // What is no address at all is said to be none.
    for typed in [
        "",
        "nobody",
        "editor@shop.example\r\nbcc: eve@evil.example",
        "a b@shop.example",
    ] {
        let answer = ask(&post, typed).await;
        assert_eq!(answer.status, 422, "{typed}");
        html::assert_is_ours(&answer.text, typed);
    }
    let foreign = [("sec-fetch-site", "cross-site")];
    let mut browser = Browser::new(&post);
    assert_eq!(
        browser
            .post_with(FORGOTTEN, &[("email", EDITOR)], &foreign)
            .await
            .status,
        403
    );
    assert_eq!((waiting(&shop).await, server.mails().len()), (0, 1));
    // With as many waiting as may, the answer is still the same.
    let row = "('link', 'away@shop.example', 0, '2099-01-01 00:00:00', '2099-01-01 00:00:00')";
    let rows = vec![row; 1000].join(", ");
    let insert = format!("INSERT INTO mails (kind, address, attempts, due_at, created_at) VALUES {rows}");
    shop.sql(insert).await;
    assert_eq!(seen(&ask(&post, EDITOR).await), answers[0]);
    assert_eq!((waiting(&shop).await, counted(&post, "dropped").await), (1000, 1));
}

async fn v6_3_1_asking_again_and_again_is_refused_by_account_and_by_address(shop: Shop) {
    let server = MailServer::open().await;
    Browser::of_owner(&shop).await;
    Browser::of_role(&shop, Role::Editor).await;
    let proxied = mailing(&shop, &server, |settings| {
        settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        // It is remembered from where somebody has signed in.
        settings.limits.sign_in = 60_000;
    })
    .await;
    let from = async |address: &str, path: &str, fields: &[(&str, &str)]| {
        let headers = [("x-forwarded-for", address), ("sec-fetch-site", "same-origin")];
        Browser::new(&proxied).post_with(path, fields, &headers).await
    };
    let asked = async |address: &str, email: &str| from(address, FORGOTTEN, &[("email", email)]).await;
    // The owner has signed in from here before.
    let home = from(
        "198.51.100.1",
        "/login",
        &[("email", EMAIL), ("password", PASSWORD)],
    )
    .await;
    assert_eq!(home.status, 303);
    for email in [EMAIL, "nobody@shop.example"] {
        for _ in 0..3 {
            assert_eq!(asked("203.0.113.1", email).await.status, 303, "{email}");
        }
        let refused = asked("203.0.113.1", email).await;
        assert_eq!(refused.status, 429, "{email}");
        html::assert_is_ours(&refused.text, "too often");
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=3_600).contains(&wait), "{wait}");
        assert!(
            refused.text.contains(&format!("value=\"{email}\"")),
            "what was typed is kept"
        );
        assert_eq!(
            asked("203.0.113.2", email).await.status,
            429,
            "{email} from elsewhere"
        );
    }
    assert_eq!(
        asked("198.51.100.1", EMAIL).await.status,
        303,
        "nobody shuts out who is at home"
    );
    let mut statuses = Vec::new();
    for number in 0..11 {
        statuses.push(
            asked("203.0.113.3", &format!("{number}@shop.example"))
                .await
                .status,
        );
    }
    assert_eq!(
        statuses,
        [[303; 10].as_slice(), &[429]].concat(),
        "one address, many accounts"
    );
    // Who may not ask for mail may still sign in.
    let login = [("email", EDITOR), ("password", PASSWORD)];
    assert_eq!(from("203.0.113.1", "/login", &login).await.status, 303);
}

async fn without_mail_the_page_says_whom_to_ask(shop: Shop) {
    let page = Browser::new(&shop).open(FORGOTTEN).await;
    assert_eq!(page.status, 200);
    html::assert_is_ours(&page.text, "whom to ask");
    assert!(
        html::text(&page.text).contains("Ask an owner of the shop"),
        "{}",
        page.text
    );
    assert_eq!(
        Browser::new(&shop)
            .post(FORGOTTEN, &[("email", EDITOR)])
            .await
            .status,
        404
    );
    assert_eq!(waiting(&shop).await, 0);
}

#[actix_web::test]
async fn a_mailed_link_leads_to_the_public_address_whatever_host_was_asked() {
    let shop = Shop::on_sqlite().await;
    let server = MailServer::open().await;
    Browser::of_owner(&shop).await;
    let post = mailing(&shop, &server, |settings| {
        settings.server.hosts = vec!["www.evil.example".parse().unwrap()];
        settings.shop.name = "Lamps\r\nBcc: eve@evil.example, \u{202e}lämps \"<x@y.example>\"".to_owned();
    })
    .await;
    let headers = [
        ("host", "www.evil.example"),
        ("x-forwarded-host", "www.evil.example"),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("email={EMAIL}");
    let asked = post.ask(Method::POST, FORGOTTEN, &headers, Some(body)).await;
    assert_eq!(asked.status, 303, "{}", asked.text);
    let mail = server.await_mails(1).await.remove(0);
    assert!(
        mail.link(ORIGIN).starts_with("/account/link?token="),
        "{}",
        mail.body
    );
    assert!(!mail.body.contains("www.evil.example"));
    // Nothing of a name begins a header.
    assert_eq!(mail.to, [EMAIL]);
    let mut names = mail.names();
    names.sort_unstable();
    let known = [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ];
    assert_eq!(names, known, "{}", mail.head);
    assert!(
        mail.header("From").unwrap().ends_with("<lamps@shop.example>"),
        "{}",
        mail.head
    );
}
