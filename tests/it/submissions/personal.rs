//! What proposals tell of a person is in the copy of their data, and goes with them.

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::accounts::Role;

use super::pictures::{photograph, send_files};
use super::{INBOX, QUEUE, decide, id_of, read, signed_in};
use crate::helpers::Shop;
use crate::on_both_databases;

on_both_databases!(a_person_takes_a_copy_of_their_proposals_along_and_leaves_only_numbers_behind);

async fn a_person_takes_a_copy_of_their_proposals_along_and_leaves_only_numbers_behind(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let mut ids = Vec::new();
    for (name, action) in [("Sun lamp", "send"), ("Moon lamp", "send"), ("Star lamp", "save")] {
        let typed = [
            ("name", name),
            ("price", "9.90"),
            ("message", "I live by the sea"),
            ("action", action),
        ];
        let files: [(&str, &[u8]); 1] = [("a.jpg", &photograph(u8::try_from(name.len()).unwrap()))];
        ids.push(id_of(
            &send_files(&mut sam, ("/submit", "/submit"), &typed, &files).await,
        ));
    }
    assert_eq!(
        decide(&mut rita, ids[0], "refuse", "Dear Sam, no").await.status,
        303
    );

    // A program decides, too, and may ask again what came of it.
    let asked = shop
        .admin(
            Method::POST,
            &format!("/api/admin/submissions/{}/request-changes", ids[1]),
            &[("if-match", "\"v2\""), ("idempotency-key", "once")],
            Some(&json!({"message": "Which one?"})),
        )
        .await;
    assert_eq!(asked.status, 200, "{}", asked.text);
    assert!(read(&mut sam, INBOX).await.contains("was refused"));
    let copy = sam.open("/account/export").await;
    let copy: Value = serde_json::from_str(&copy.text).unwrap();
    let proposals = copy["proposals"].as_array().unwrap();
    assert_eq!(proposals.len(), 3, "{copy}");
    assert_eq!(proposals[0]["conversation"][1]["message"], "Dear Sam, no");
    assert_eq!(proposals[0]["conversation"][1]["by"], "the shop");
    assert!(
        proposals[1]["pictures"][0]["content_base64"].is_string(),
        "{copy}"
    );
    assert_eq!(proposals[2]["product"]["name"], "Star lamp");
    assert_eq!(copy["notices"][1]["data"]["state"], "refused");
    assert_eq!(copy["publishes_at_once"], false);
    assert!(!copy.to_string().contains("Rita"), "who decides is not told");

    let output = shop
        .vitrine(&["user", "erase", "sam@shop.example"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (table, condition) in [
        (
            "submissions",
            "typed LIKE '%lamp%' OR proposed LIKE '%lamp%' OR state IN ('draft', 'submitted')",
        ),
        ("idempotency_keys", "body LIKE '%lamp%'"),
        ("submission_messages", "body LIKE '%sea%' OR body LIKE '%Sam%'"),
        ("submission_pictures", "1 = 1"),
        ("inbox", "user_id = 1"),
        ("submission_notices", "user_id = 1"),
        ("changes", "state_after LIKE '%lamp%' OR state_after LIKE '%Sam%'"),
    ] {
        let left = shop.count(format!("SELECT COUNT(*) AS count FROM {table} WHERE {condition}"));
        assert_eq!(left.await, 0, "{table}: {condition}");
    }
    let page = read(&mut rita, &format!("{QUEUE}/{}", ids[1])).await;
    assert!(
        page.contains("Withdrawn") && page.contains("Erased person"),
        "{page}"
    );
    let verified = shop.vitrine(&["audit", "verify"]).output().unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
}
