//! Webhooks as the owner meets them: by forms, and by commands.

use serde_json::json;

use super::{hook, lamp, to_loopback};
use crate::helpers::receiver::Receiver;
use crate::helpers::{Browser, Shop, eventually, html};

const ADDRESS: &str = "/admin/webhooks";

#[actix_web::test]
async fn the_owner_sets_one_up_tests_it_and_sees_what_came_of_it() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let receiver = Receiver::open();
    let mut olive = Browser::of_owner(&shop).await;
    let refused = olive
        .submit(
            "/admin/webhooks/new",
            ADDRESS,
            &[("url", "https://10.0.0.1/hook")],
        )
        .await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("https://10.0.0.1/hook"),
        "what was typed stays"
    );
    assert!(html::text(&refused.text).contains("not a public address"));
    let made = olive
        .submit(
            "/admin/webhooks/new",
            ADDRESS,
            &[("url", &receiver.url), ("types", "product.price")],
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    html::assert_is_ours(&made.text, "made");
    let shown = made.text.split_once("whsec_").unwrap().1;
    let secret = format!("whsec_{}", shown.split('<').next().unwrap());
    let own = "/admin/webhooks/1";
    olive.submit(own, &format!("{own}/ping"), &[]).await;
    let ping = receiver.await_messages(1).await.remove(0);
    assert_eq!((ping.kind(), ping.is_signed_with(&secret)), ("ping", true));
    eventually("the log tells it", async || {
        let kept = shop.parts.webhooks.deliveries(1, None, 1).await.unwrap().0;
        kept.first().is_some_and(|delivery| delivery.answer.is_some())
    })
    .await;
    let page = olive.open(own).await.text;
    assert!(html::text(&page).contains("it answered 204 No Content"));
    html::assert_is_ours(&page, "webhook");
    assert!(!page.contains("whsec_"), "the secret is shown once");
    let id = lamp(&shop, "Lamp").await;
    shop.amend(&id, &json!({"price": "10.00"})).await;
    receiver.await_messages(2).await;
    let replayed = olive
        .submit(own, &format!("{own}/replay"), &[("since", "0")])
        .await;
    assert_eq!(replayed.status, 303, "{}", replayed.text);
    receiver.await_messages(3).await;
    let nonsense = olive
        .submit(own, &format!("{own}/replay"), &[("since", "99999")])
        .await;
    assert_eq!(nonsense.status, 422);
    assert!(html::text(&nonsense.text).contains("The log stands at"));
    let gone = olive
        .submit(&format!("{own}/delete"), &format!("{own}/delete"), &[])
        .await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    assert_eq!(olive.open(own).await.status, 404);
    let history = olive.open("/admin/history").await;
    assert!(!history.text.contains(&secret));
}

#[actix_web::test]
async fn commands_add_list_replay_and_remove() {
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let receiver = Receiver::open();
    let run = |arguments: &[&str]| {
        let mut command = shop.vitrine(arguments);
        command
            .env("VITRINE__WEBHOOKS__ALLOW_HTTP", "true")
            .env("VITRINE__WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.0/8");
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    let (code, secret) = run(&["webhook", "add", &receiver.url, "--quiet"]);
    assert_eq!(code, Some(0), "{secret}");
    lamp(&shop, "Lamp").await;
    let told = receiver.await_messages(1).await;
    assert!(told[0].is_signed_with(secret.trim()));
    let (_, list) = run(&["webhook", "list"]);
    assert!(list.contains(&receiver.url) && !list.contains("whsec_"), "{list}");
    let (_, replayed) = run(&["webhook", "replay", "1", "--since", "0"]);
    assert!(replayed.starts_with("1 messages"), "{replayed}");
    receiver.await_messages(2).await;
    assert_eq!(run(&["webhook", "remove", "1"]).0, Some(0));
    assert_eq!(run(&["webhook", "remove", "1"]).0, Some(1));
    let (code, refused) = run(&["webhook", "add", "https://169.254.169.254/", "--type", "x"]);
    assert_eq!(code, Some(1));
    assert!(
        refused.contains("not a public address") && refused.contains("must be of"),
        "{refused}"
    );
}

/// The receiver of the manual believes a real message and no other.
#[actix_web::test]
async fn the_example_in_the_manual_tells_real_messages_from_forged_ones() {
    let manual = std::fs::read_to_string("docs/webhooks.md").unwrap();
    let example = manual
        .split("```python\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert!(example.lines().count() <= 20, "{example}");
    let shop = Shop::on_sqlite_with(to_loopback).await;
    let receiver = Receiver::open();
    let made = hook(&shop, &receiver.url, &[]).await;
    lamp(&shop, "Lamp").await;
    let told = receiver.await_messages(1).await.remove(0);
    let believes = |secret: &str, text: &str, timestamp: &str| {
        let mut headers = told.headers.clone();
        headers.insert("webhook-timestamp".to_owned(), timestamp.to_owned());
        let call =
            "import json, sys\nprint(verify(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode()))";
        let output = std::process::Command::new("python3")
            .args(["-c", &format!("{example}\n{call}"), secret])
            .args([&serde_json::to_string(&headers).unwrap(), text])
            .output()
            .expect("python3, which deploy/rollout needs as well");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim() == "True"
    };
    let timestamp = told.headers["webhook-timestamp"].clone();
    let secret = made.secret.expose();
    assert!(believes(secret, &told.text, &timestamp));
    assert!(!believes(secret, &told.text.replace("Lamp", "Lump"), &timestamp));
    assert!(!believes(secret, &told.text, "1614265330"));
    let other = hook(&shop, &receiver.url, &[]).await;
    assert!(!believes(other.secret.expose(), &told.text, &timestamp));
}
