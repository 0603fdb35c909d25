//! What a browser is asked: each question is good for one answer, for a while, for whom it was asked, and there are not too many.

use super::*;

on_both_databases!(
    passkeys_a_question_is_good_for_one_answer_on_whichever_node,
    passkeys_a_question_is_good_for_five_minutes_and_for_its_purpose,
    passkeys_a_question_is_good_for_the_session_in_which_it_was_asked,
    passkeys_questions_are_bounded_and_the_oldest_go,
    v6_3_1_passkeys_who_asks_without_end_is_slowed_down,
);

async fn passkeys_a_question_is_good_for_one_answer_on_whichever_node(shop: Shop) {
    let (here, there) = (named(&shop).await, named(&shop).await);
    let mut device = Authenticator::default();
    add(&mut Browser::of_owner(&here).await, &mut device, "Phone").await;
    let (mut one, mut two) = (Browser::new(&here), Browser::new(&there));
    let form = answered(&mut one, &mut device, &truth()).await;
    let (first, second) =
        futures_util::future::join(one.post_fields(SIGN_IN, &form), two.post_fields(SIGN_IN, &form)).await;
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 401], "{}\n{}", first.text, second.text);
    assert_eq!(
        Browser::new(&here).post_fields(SIGN_IN, &form).await.status,
        401,
        "later"
    );
    // Nor after an answer that was wrong.
    let (asked, token) = question(&mut Browser::new(&here), "/login/passkey/question").await;
    let wrong = Says {
        is_verified: false,
        ..truth()
    };
    for (says, told) in [(wrong, "wrong"), (truth(), "right, but too late")] {
        let form = filled(Vec::new(), &token, device.answer(&asked, &says));
        assert_eq!(
            Browser::new(&here).post_fields(SIGN_IN, &form).await.status,
            401,
            "{told}"
        );
    }
    let left = "SELECT COUNT(*) AS count FROM one_time_tokens WHERE purpose = 'passkey'";
    assert_eq!(shop.count(left).await, 0);
}

async fn passkeys_a_question_is_good_for_five_minutes_and_for_its_purpose(shop: Shop) {
    let there = named(&shop).await;
    let mut device = Authenticator::default();
    let mut olive = Browser::of_owner(&there).await;
    add(&mut olive, &mut device, "Phone").await;
    let mut guest = Browser::new(&there);
    let form = answered(&mut guest, &mut device, &truth()).await;
    // Microseconds apart from what both databases write.
    let long_ones =
        "SELECT COUNT(*) AS count FROM one_time_tokens WHERE purpose = 'passkey' AND expires_at > created_at";
    assert_eq!(shop.count(long_ones).await, 1);
    shop.sql("UPDATE one_time_tokens SET expires_at = '2020-01-01 00:00:00'")
        .await;
    assert_eq!(guest.post_fields(SIGN_IN, &form).await.status, 401, "too old");
    // A question for a new passkey signs nobody in, and the other way round.
    let (asked, token) = question(&mut olive, "/account/passkeys/question").await;
    let form = filled(Vec::new(), &token, device.answer(&asked, &truth()));
    assert_eq!(guest.post_fields(SIGN_IN, &form).await.status, 401);
    let (mut asked, token) = question(&mut guest, "/login/passkey/question").await;
    asked["user"] = serde_json::json!({"id": "AAAAAQ"});
    let csrf = olive.csrf_token().await;
    let made = Authenticator::default().make(&asked, &truth());
    let form = changed(
        filled(Vec::new(), &token, made),
        &[("name", "Phone"), ("csrf_token", &csrf)],
    );
    assert_eq!(olive.post_fields(NEW, &form).await.status, 422);
    // Such a token opens no page, either.
    let link = format!("/account/link?token={token}");
    assert_eq!(guest.open(&link).await.status, 403);
}

async fn passkeys_a_question_is_good_for_the_session_in_which_it_was_asked(shop: Shop) {
    let there = named(&shop).await;
    let mut olive = Browser::of_owner(&there).await;
    let mut elsewhere = Browser::new(&there);
    elsewhere.sign_in(EMAIL, PASSWORD).await;
    let mut eddie = Browser::of_role(&there, Role::Editor).await;
    for other in [&mut elsewhere, &mut eddie] {
        let (asked, token) = question(&mut olive, "/account/passkeys/question").await;
        let csrf = other.csrf_token().await;
        let made = Authenticator::default().make(&asked, &truth());
        let form = changed(
            filled(Vec::new(), &token, made),
            &[("name", "Phone"), ("csrf_token", &csrf)],
        );
        let refused = other.post_fields(NEW, &form).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
    }
    // A second one takes the place of the first.
    for _ in 0..3 {
        question(&mut olive, "/account/passkeys/question").await;
    }
    let open = "SELECT COUNT(*) AS count FROM one_time_tokens WHERE purpose = 'new_passkey'";
    assert_eq!(shop.count(open).await, 1);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM passkeys").await, 0);
}

async fn passkeys_questions_are_bounded_and_the_oldest_go(shop: Shop) {
    let there = named(&shop).await;
    let digits = (0..10)
        .map(|digit| format!("SELECT {digit} AS d"))
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    let fill = format!(
        "INSERT INTO one_time_tokens (token_hash, purpose, user_id, created_at, expires_at) \
         SELECT 1000 * a.d + 100 * b.d + 10 * c.d + e.d, 'passkey', NULL, \
                CASE WHEN a.d + b.d + c.d + e.d = 0 THEN '2026-01-01 00:00:00' ELSE '2026-01-02 00:00:00' END, '2037-01-01 00:00:00' \
         FROM ({digits}) a, ({digits}) b, ({digits}) c, ({digits}) e WHERE a.d < 2"
    );
    shop.sql(fill).await;
    let all = "SELECT COUNT(*) AS count FROM one_time_tokens WHERE purpose = 'passkey'";
    assert_eq!(shop.count(all).await, 2_000);
    question(&mut Browser::new(&there), "/login/passkey/question").await;
    assert_eq!(shop.count(all).await, 2_000);
    let oldest = format!("{all} AND created_at < '2026-01-02 00:00:00'");
    assert_eq!(shop.count(oldest).await, 0);
    // A person has so many passkeys at most, too.
    let mut olive = Browser::of_owner(&there).await;
    let fill = format!(
        "INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, name, created_at) \
         SELECT 1, 10 * a.d + b.d, '', 0, 'Phone', '2026-01-01 00:00:00' FROM ({digits}) a, ({digits}) b WHERE a.d < 2"
    );
    shop.sql(fill).await;
    let token = olive.csrf_token().await;
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("x-csrf-token", token.as_str()),
    ];
    let refused = olive.post_with("/account/passkeys/question", &[], &headers).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
}

async fn v6_3_1_passkeys_who_asks_without_end_is_slowed_down(shop: Shop) {
    let proxied = |settings: &mut vitrine::config::Settings| {
        settings.server.public_url = Some(ORIGIN.parse().unwrap());
        settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.limits.sign_in = 60_000;
    };
    let (here, there) = (shop.beside(proxied).await, shop.beside(proxied).await);
    let ask = async |node: &Shop, address: &str| {
        let headers = [("sec-fetch-site", "same-origin"), ("x-forwarded-for", address)];
        Browser::new(node)
            .post_with("/login/passkey/question", &[], &headers)
            .await
    };
    let mut refused = None;
    for turn in 0..40 {
        let node = if turn % 2 == 0 { &here } else { &there };
        let answer = ask(node, "203.0.113.7").await;
        if answer.status == 429 {
            refused = Some((turn, answer));
            break;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let (turn, answer) = refused.expect("nobody was slowed down");
    assert!(turn >= 20, "after {turn}");
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(ask(&here, "203.0.113.8").await.status, 200, "others are not");
}
