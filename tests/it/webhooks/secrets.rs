//! A webhook gets a new secret while its receiver knows the old one, and no message is lost on the way.

use serde_json::json;
use vitrine::webhooks::{NewWebhook, WebhookInput};

use super::{hook, lamp, origin, to_loopback};
use crate::helpers::receiver::Receiver;
use crate::helpers::{Browser, Shop, eventually, html};
use crate::on_both_databases_with_webhooks;

on_both_databases_with_webhooks!(
    for_a_time_messages_are_signed_with_both_secrets,
    a_secret_that_somebody_else_knows_ends_at_once,
    a_renewal_is_a_change_and_the_secrets_are_in_no_log,
);

async fn renew(shop: &Shop, made: &NewWebhook, hours: i64) -> NewWebhook {
    let at = (made.webhook.webhook_id, made.webhook.version);
    let renewed = shop.parts.webhooks.renew(origin(), at, hours, None).await;
    renewed.unwrap().value.0
}

async fn for_a_time_messages_are_signed_with_both_secrets(shop: Shop) {
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    let id = lamp(&shop, "Lamp").await;
    let before = receiver.await_messages(1).await.remove(0);
    let renewed = renew(&shop, &made, 24).await;
    assert_ne!(made.secret.expose(), renewed.secret.expose());
    assert!(!before.is_signed_with(renewed.secret.expose()));
    shop.amend(&id, &json!({"price": "10.00"})).await;
    let both = receiver.await_messages(2).await.remove(1);
    assert!(both.is_signed_with(made.secret.expose()) && both.is_signed_with(renewed.secret.expose()));
    let signatures = both.headers["webhook-signature"].split(' ').count();
    assert_eq!(signatures, 2);
    // A day later.
    shop.sql("UPDATE webhooks SET former_until = '2026-01-01 00:00:00'")
        .await;
    shop.amend(&id, &json!({"price": "11.00"})).await;
    let one = receiver.await_messages(3).await.remove(2);
    assert!(!one.is_signed_with(made.secret.expose()) && one.is_signed_with(renewed.secret.expose()));
    // Whoever delivers next forgets what counts no more.
    let heir = shop.beside(|_| {}).await;
    shop.stop.stop().await;
    eventually("the former secret is forgotten", async || {
        heir.count("SELECT COUNT(*) AS count FROM webhooks WHERE former_secret IS NOT NULL")
            .await
            == 0
    })
    .await;
}

async fn a_secret_that_somebody_else_knows_ends_at_once(shop: Shop) {
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    let renewed = renew(&shop, &made, 0).await;
    assert_eq!(renewed.webhook.former_secret_until(), None);
    lamp(&shop, "Lamp").await;
    let told = receiver.await_messages(1).await.remove(0);
    assert!(!told.is_signed_with(made.secret.expose()) && told.is_signed_with(renewed.secret.expose()));
    let kept = shop
        .count("SELECT COUNT(*) AS count FROM webhooks WHERE former_secret IS NOT NULL")
        .await;
    assert_eq!(kept, 0);
}

async fn a_renewal_is_a_change_and_the_secrets_are_in_no_log(shop: Shop) {
    let made = hook(&shop, "https://shop.example/hooks", &[]).await;
    let off = WebhookInput {
        is_active: false,
        ..WebhookInput::of(&made.webhook)
    };
    let at = (made.webhook.webhook_id, made.webhook.version);
    let webhooks = &shop.parts.webhooks;
    webhooks.save(origin(), at, &off).await.unwrap();
    let overtaken = webhooks.renew(origin(), at, 24, None).await;
    assert_eq!(overtaken.unwrap_err().status(), 412);
    let at = (at.0, at.1 + 1);
    let too_long = webhooks.renew(origin(), at, 24 * 8, None).await;
    assert_eq!(too_long.unwrap_err().status(), 422);
    let (renewed, _) = webhooks.renew(origin(), at, 24, None).await.unwrap().value;
    assert_eq!(renewed.webhook.version, at.1 + 1);
    let log = shop.read("/api/admin/changes?sort=-seq&limit=1").await.json();
    let change = &log["data"][0];
    assert_eq!(
        (&change["entity"], &change["action"]),
        (&json!("webhook"), &json!("updated"))
    );
    let text = log.to_string();
    assert!(text.contains("former_secret_until"), "{text}");
    assert!(!text.contains("whsec_"), "{text}");
}

#[actix_web::test]
async fn the_owner_renews_a_secret_and_sees_it_once() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    let mut olive = Browser::of_owner(&shop).await;
    let own = "/admin/webhooks/1";
    let renewed = olive
        .submit(own, &format!("{own}/secret"), &[("former_hours", "24")])
        .await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    html::assert_is_ours(&renewed.text, "renewed");
    let shown = renewed.text.split_once("whsec_").unwrap().1;
    let secret = format!("whsec_{}", shown.split('<').next().unwrap());
    olive.submit(own, &format!("{own}/ping"), &[]).await;
    let ping = receiver.await_messages(1).await.remove(0);
    assert!(ping.is_signed_with(&secret) && ping.is_signed_with(made.secret.expose()));
    let page = olive.open(own).await.text;
    assert!(!page.contains("whsec_"), "the secret is shown once");
    assert!(html::text(&page).contains("signed with the former secret as well, until"));
    // Whoever presses twice does not lose the secret that the receiver knows.
    let again = olive
        .submit(
            own,
            &format!("{own}/secret"),
            &[("former_hours", "24"), ("version", "1")],
        )
        .await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert!(!again.text.contains("whsec_"));
}

#[actix_web::test]
async fn a_command_renews_a_secret() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    let output = shop
        .vitrine(&["webhook", "renew", "1", "--former-hours", "0", "--quiet"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let secret = String::from_utf8(output.stdout).unwrap();
    lamp(&shop, "Lamp").await;
    let told = receiver.await_messages(1).await.remove(0);
    assert!(told.is_signed_with(secret.trim()) && !told.is_signed_with(made.secret.expose()));
    let nobody = shop.vitrine(&["webhook", "renew", "7"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(1));
}
