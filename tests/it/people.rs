//! People: invited, given roles and new passwords, shut out, erased; their sessions, and keys of programs.

mod account;
mod factor;
mod keys;
mod links;
#[cfg(feature = "passkeys")]
mod passkeys;

use awc::http::Method;
use serde_json::json;
use vitrine::accounts::Role;

use crate::helpers::live::Client;
use crate::helpers::{Answer, Browser, EMAIL, PASSWORD, Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v7_2_4_a_change_of_role_ends_every_session_and_the_live_ones_within_two_seconds_on_every_node,
    the_last_owner_can_neither_be_demoted_nor_shut_out_nor_erased,
    sudo_mode_what_decides_who_gets_in_asks_for_the_password_again_and_loses_nothing,
    an_erased_person_is_a_number_and_the_chain_is_whole,
    each_role_is_offered_what_it_may_open,
);

const NEW: &str = "another lamp over the sea";

/// The person with this e-mail address, by the page of all.
pub async fn id_of(shop: &Shop, email: &str) -> String {
    let sql = format!("SELECT user_id AS count FROM users WHERE email = '{email}'");
    shop.count(&sql).await.to_string()
}

/// The only address in a field that is there to be copied.
fn copied(answer: &Answer, id: &str) -> String {
    let field = html::tags(&answer.text)
        .into_iter()
        .find(|tag| tag.attribute("id") == Some(id));
    field.unwrap().attribute("value").unwrap().to_owned()
}

fn path_of(address: &str) -> String {
    let (_, path) = address.split_once("/account/").unwrap();
    format!("/account/{path}")
}

async fn invite(owner: &mut Browser<'_>, email: &str, role: &str) -> String {
    let made = owner
        .submit(
            "/admin/people",
            "/admin/people",
            &[("email", email), ("role", role)],
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    html::assert_is_ours(&made.text, "a link");
    path_of(&copied(&made, "link"))
}

/// The link for a new password of the editor, as the command prints it.
fn printed_link(shop: &Shop) -> String {
    let printed = shop
        .vitrine(&["user", "reset", "editor@shop.example", "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let link = printed.lines().find_map(|line| line.split_once("24 hours: "));
    path_of(link.unwrap().1)
}

async fn follow<'a>(shop: &'a Shop, link: &str, name: &str, password: &str) -> (Answer, Browser<'a>) {
    let mut browser = Browser::new(shop);
    let token = link.split_once("token=").unwrap().1;
    let fields = [("token", token), ("name", name), ("password", password)];
    (browser.post("/account/link", &fields).await, browser)
}

async fn v7_2_4_a_change_of_role_ends_every_session_and_the_live_ones_within_two_seconds_on_every_node(
    shop: Shop,
) {
    let there = shop.beside(|_| {}).await;
    let mut olive = Browser::of_owner(&shop).await;
    let id = {
        let mut eddie = Browser::of_role(&shop, Role::Editor).await;
        let cookie = format!("vitrine_sid={}", eddie.cookie("vitrine_sid"));
        let mut sockets = Vec::new();
        for base in [&shop.base, &there.base] {
            let mut client = Client::at(base, &[("cookie", &cookie), ("origin", base)])
                .await
                .unwrap();
            assert_eq!(client.watch(&["admin:changes"]).await["op"], "subscribed");
            sockets.push(client);
        }
        let id = id_of(&shop, "editor@shop.example").await;
        let person = format!("/admin/people/{id}");
        let changed = olive
            .submit(&person, &format!("{person}/role"), &[("role", "submitter")])
            .await;
        assert_eq!(
            changed.header("location"),
            format!("{person}?notice=role"),
            "{}",
            changed.text
        );
        let begun = std::time::Instant::now();
        for mut client in sockets {
            assert_eq!(client.end().await, 1008);
        }
        assert!(begun.elapsed().as_secs_f64() < 2.0, "{:?}", begun.elapsed());
        assert_eq!(eddie.open("/account").await.status, 303);
        id
    };
    // Under the new role there are other pages, and no live news of the shop's insides.
    let mut eddie = Browser::new(&shop);
    let back = eddie.sign_in("editor@shop.example", PASSWORD).await;
    assert_eq!((back.status, back.header("location")), (303, "/account"));
    assert_eq!(eddie.open("/admin/products").await.status, 403);
    assert_eq!(eddie.open("/admin").await.header("location"), "/account");
    let cookie = format!("vitrine_sid={}", eddie.cookie("vitrine_sid"));
    let mut client = Client::at(&shop.base, &[("cookie", &cookie), ("origin", &shop.base)])
        .await
        .unwrap();
    assert_eq!(client.watch(&["admin:changes"]).await["code"], "forbidden");
    // Disabling does the same.
    let person = format!("/admin/people/{id}");
    olive.submit(&person, &format!("{person}/disable"), &[]).await;
    assert_eq!(eddie.open("/account").await.status, 303);
    assert_eq!(eddie.sign_in("editor@shop.example", PASSWORD).await.status, 401);
    olive.submit(&person, &format!("{person}/enable"), &[]).await;
    assert_eq!(eddie.sign_in("editor@shop.example", PASSWORD).await.status, 303);
    olive.submit(&person, &format!("{person}/sign-out"), &[]).await;
    assert_eq!(eddie.open("/account").await.status, 303);
}

async fn the_last_owner_can_neither_be_demoted_nor_shut_out_nor_erased(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    // Somebody who is invited as an owner cannot sign in yet, so does not count.
    invite(&mut olive, "late@shop.example", "owner").await;
    for (deed, fields) in [
        ("role", [("role", "editor")].as_slice()),
        ("disable", &[]),
        ("erase", &[]),
    ] {
        let token = olive.csrf_token().await;
        let mut fields = fields.to_vec();
        fields.push(("csrf_token", &token));
        let refused = olive.post(&format!("/admin/people/1/{deed}"), &fields).await;
        assert_eq!(refused.status, 409, "{deed}: {}", refused.text);
        assert!(
            html::text(&refused.text).contains("last owner"),
            "{}",
            refused.text
        );
    }
    assert_eq!(olive.open("/admin/people").await.status, 200, "still signed in");
    for command in ["disable", "erase"] {
        let done = shop.vitrine(&["user", command, EMAIL]).output().unwrap();
        assert!(!done.status.success(), "{command}");
    }
    Browser::of_role(&shop, Role::Owner).await;
    let token = olive.csrf_token().await;
    let done = olive
        .post(
            "/admin/people/1/role",
            &[("role", "editor"), ("csrf_token", &token)],
        )
        .await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(
        olive.open("/account").await.status,
        303,
        "signed out by the change of her own role"
    );
}

async fn sudo_mode_what_decides_who_gets_in_asks_for_the_password_again_and_loses_nothing(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    // Other work goes on.
    assert_eq!(olive.open("/admin/people").await.status, 200);
    let old = olive.cookie("vitrine_sid").to_owned();
    let typed = [("email", "rita@shop.example"), ("role", "reviewer")];
    let asked = olive.submit("/admin/people", "/admin/people", &typed).await;
    assert_eq!(asked.status, 401, "{}", asked.text);
    html::assert_is_ours(&asked.text, "asked again");
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM users").await,
        1,
        "nothing is done yet"
    );
    let mut form = html::form(&asked.text, "/login");
    for (password, status) in [("wrong", 401), (PASSWORD, 200)] {
        let filled = crate::helpers::changed(form.clone(), &[("email", EMAIL), ("password", password)]);
        let answer = olive.post_fields("/login", &filled).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        if status == 401 {
            form = html::form(&answer.text, "/login");
            continue;
        }
        assert_ne!(olive.cookie("vitrine_sid"), old, "7.2.4: a new id");
        assert!(
            html::text(&answer.text).contains("rita@shop.example"),
            "what was typed is shown"
        );
        let made = olive
            .post_fields("/admin/people", &html::form(&answer.text, "/admin/people"))
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM users").await, 2);
    let before = shop
        .send(
            Method::GET,
            "/account",
            &[("cookie", &format!("vitrine_sid={old}"))],
            None,
        )
        .await;
    assert_eq!(before.status, 303, "the old id counts for nothing");
}

async fn an_erased_person_is_a_number_and_the_chain_is_whole(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let made = eddie
        .submit(
            "/admin/products/new",
            "/admin/products",
            &[("name", "Lamp"), ("price", "1.00")],
        )
        .await;
    assert_eq!(made.status, 303, "{}", made.text);
    let id = id_of(&shop, "editor@shop.example").await;
    let copy = shop
        .vitrine(&["user", "export", "editor@shop.example"])
        .output()
        .unwrap();
    let copy: serde_json::Value = serde_json::from_slice(&copy.stdout).unwrap();
    assert_eq!(copy["account"]["email"], "editor@shop.example");
    assert_eq!(copy["changes"][0]["entity"], "product");
    shop.sql(format!(
        "INSERT INTO notices (user_id, change_hash, product_id, name, stock_quantity, created_at) \
         VALUES ({id}, '{}', 1, 'Lamp', 2, '2026-11-28 10:00:00')",
        "0".repeat(64)
    ))
    .await;
    let person = format!("/admin/people/{id}");
    let done = olive
        .submit(&format!("{person}/erase"), &format!("{person}/erase"), &[])
        .await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(eddie.open("/account").await.status, 303);
    assert_eq!(eddie.sign_in("editor@shop.example", PASSWORD).await.status, 401);
    for page in [
        "/admin/people".to_owned(),
        person.clone(),
        "/admin/history".to_owned(),
    ] {
        let text = olive.open(&page).await.text;
        assert!(
            !text.contains("editor@shop.example") && !text.contains("Robin"),
            "{page}"
        );
    }
    let left = "SELECT COUNT(*) AS count FROM users WHERE email LIKE '%editor%' OR name = 'Robin' OR (disabled_at IS NOT NULL AND password_hash <> '')";
    assert_eq!(shop.count(left).await, 0);
    let told = format!("SELECT COUNT(*) AS count FROM notices WHERE user_id = {id}");
    assert_eq!(shop.count(told).await, 0, "what they were told");
    let token = olive.csrf_token().await;
    let enabled = olive
        .post(&format!("{person}/enable"), &[("csrf_token", &token)])
        .await;
    assert_eq!(enabled.status, 409, "{}", enabled.text);
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    // By the command as well.
    let mut rita = Browser::of_role(&shop, Role::Reviewer).await;
    let erased = shop
        .vitrine(&["user", "erase", "reviewer@shop.example"])
        .output()
        .unwrap();
    assert!(
        erased.status.success(),
        "{}",
        String::from_utf8_lossy(&erased.stderr)
    );
    assert_eq!(rita.open("/account").await.status, 303);
}

async fn each_role_is_offered_what_it_may_open(shop: Shop) {
    shop.create(&json!({"name": "Lamp", "price": "1.00"})).await;
    for (role, home) in [
        (Role::Submitter, "/account"),
        (Role::Reviewer, "/admin/products"),
        (Role::Editor, "/admin/products"),
        (Role::Owner, "/admin/products"),
    ] {
        let mut browser = Browser::of_role(&shop, role).await;
        assert_eq!(browser.open("/admin").await.header("location"), home, "{role}");
        assert_eq!(browser.open("/login").await.header("location"), home, "{role}");
        let mut offered = vec![home.to_owned()];
        for page in [home, "/account"] {
            let text = browser.open(page).await.text;
            let links = html::tags(&text)
                .into_iter()
                .filter_map(|tag| tag.attribute("href").map(str::to_owned));
            offered.extend(links.filter(|link| link.starts_with("/admin") || link.starts_with("/account")));
        }
        for link in offered {
            let status = browser.open(&link).await.status;
            assert!(
                matches!(status, 200 | 303),
                "{role} is offered {link}, which answers {status}"
            );
        }
    }
}
