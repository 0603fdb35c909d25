//! Answers that are wrong in one thing each.

use super::*;

on_both_databases!(
    passkeys_user_enumeration_whatever_is_wrong_is_refused_in_the_same_words,
    passkeys_v8_2_2_an_answer_of_anothers_passkey_is_nobodys,
    passkeys_a_count_that_goes_back_is_refused,
    passkeys_what_is_no_answer_makes_no_passkey,
    api4_passkeys_a_body_that_is_too_large_or_garbage_is_refused,
);

/// The same answer with one part changed.
fn with(mut form: Fields, part: &str, change: impl Fn(&str) -> String) -> Fields {
    for (name, value) in &mut form {
        if name == part {
            *value = change(value);
        }
    }
    form
}

/// Another letter in the middle: other bytes, and base64url as before.
fn changed_letter(text: &str) -> String {
    let at = text.len() / 2;
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

async fn passkeys_user_enumeration_whatever_is_wrong_is_refused_in_the_same_words(shop: Shop) {
    let there = named(&shop).await;
    let mut device = Authenticator::default();
    let mut stranger = Authenticator::default();
    let mut olive = Browser::of_owner(&there).await;
    add(&mut olive, &mut device, "Phone").await;
    // A passkey of this shop that it never heard of.
    let (asked, _) = question(&mut olive, "/account/passkeys/question").await;
    stranger.make(&asked, &truth());

    let mut guest = Browser::new(&there);
    let mut forms = Vec::new();
    for says in [
        Says {
            origin: "https://evil.example".to_owned(),
            ..truth()
        },
        Says {
            origin: "http://shop.example".to_owned(),
            ..truth()
        },
        Says {
            party: "evil.example".to_owned(),
            ..truth()
        },
        Says {
            is_verified: false,
            ..truth()
        },
    ] {
        forms.push(answered(&mut guest, &mut device, &says).await);
    }
    for part in [
        "credential",
        "client_data",
        "authenticator_data",
        "signature",
        "user_handle",
        "token",
    ] {
        let form = answered(&mut guest, &mut device, &truth()).await;
        forms.push(with(form.clone(), part, changed_letter));
        let form = answered(&mut guest, &mut device, &truth()).await;
        forms.push(with(form, part, |_| String::new()));
    }
    forms.push(answered(&mut guest, &mut stranger, &truth()).await);
    let mut seen = None;
    for form in &forms {
        let refused = guest.post_fields(SIGN_IN, form).await;
        assert_eq!((refused.status, session_of(&guest)), (401, ""), "{form:?}");
        html::assert_is_ours(&refused.text, "a refused passkey");
        let first = seen.get_or_insert_with(|| refused.text.clone());
        assert_eq!(&refused.text, first, "{form:?}");
    }
    // Of somebody who is shut out, the right one.
    let mut eddie = Browser::of_role(&there, Role::Editor).await;
    let mut phone = Authenticator::default();
    add(&mut eddie, &mut phone, "Phone").await;
    let off = shop
        .vitrine(&["user", "disable", "editor@shop.example"])
        .output()
        .unwrap();
    assert!(off.status.success());
    let refused = sign_in(&mut guest, &mut phone).await;
    assert_eq!((refused.status, Some(refused.text)), (401, seen));
    // Nothing of it has hurt the right one.
    assert_eq!(sign_in(&mut guest, &mut device).await.status, 303);
}

async fn passkeys_v8_2_2_an_answer_of_anothers_passkey_is_nobodys(shop: Shop) {
    let there = named(&shop).await;
    let (mut olives, mut eddies) = (Authenticator::default(), Authenticator::default());
    add(&mut Browser::of_owner(&there).await, &mut olives, "Phone").await;
    add(
        &mut Browser::of_role(&there, Role::Editor).await,
        &mut eddies,
        "Phone",
    )
    .await;
    let mut guest = Browser::new(&there);
    // Eddie's device says that it holds Olive's: by her id, by her number, by both.
    let hers = answered(&mut guest, &mut olives, &truth()).await;
    for parts in [
        &["credential"][..],
        &["user_handle"],
        &["credential", "user_handle"],
    ] {
        let mut form = answered(&mut guest, &mut eddies, &truth()).await;
        for part in parts {
            let value = hers.iter().find(|(name, _)| name == part).unwrap().1.clone();
            form = with(form, part, |_| value.clone());
        }
        assert_eq!(guest.post_fields(SIGN_IN, &form).await.status, 401, "{parts:?}");
    }
    // What is known as somebody's is not taken over as another's.
    let mut eddie = Browser::new(&there);
    eddie.sign_in("editor@shop.example", PASSWORD).await;
    let before = shop.count("SELECT COUNT(*) AS count FROM passkeys").await;
    let (asked, token) = question(&mut eddie, "/account/passkeys/question").await;
    let made = Authenticator::default().make(&asked, &truth());
    let csrf = eddie.csrf_token().await;
    let form = changed(
        filled(Vec::new(), &token, made.clone()),
        &[("name", "One"), ("csrf_token", &csrf)],
    );
    assert_eq!(eddie.post_fields(NEW, &form).await.status, 303);
    shop.sql("UPDATE passkeys SET user_id = 1 WHERE name = 'One'")
        .await;
    let (asked, token) = question(&mut eddie, "/account/passkeys/question").await;
    let same = rewritten(made, &asked);
    let form = changed(
        filled(Vec::new(), &token, same),
        &[("name", "Two"), ("csrf_token", &csrf)],
    );
    let taken = eddie.post_fields(NEW, &form).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    let after = shop.count("SELECT COUNT(*) AS count FROM passkeys").await;
    assert_eq!(after, before + 1);
}

/// The same passkey in answer to another question: nobody signs who made it.
fn rewritten(made: Fields, asked: &serde_json::Value) -> Fields {
    let other = Authenticator::default().make(asked, &truth());
    let client = other
        .into_iter()
        .find(|(name, _)| name == "client_data")
        .unwrap()
        .1;
    with(made, "client_data", |_| client.clone())
}

async fn passkeys_a_count_that_goes_back_is_refused(shop: Shop) {
    let there = named(&shop).await;
    let mut device = Authenticator::counting_from(7);
    add(&mut Browser::of_owner(&there).await, &mut device, "Key").await;
    let mut guest = Browser::new(&there);
    assert_eq!(sign_in(&mut guest, &mut device).await.status, 303);
    assert_eq!(shop.count("SELECT sign_count AS count FROM passkeys").await, 8);
    let mut thief = Browser::new(&there);
    for count in [7, 6, 2, 0] {
        device.count = count;
        assert_eq!(sign_in(&mut thief, &mut device).await.status, 401, "{count}");
    }
    device.count = 8;
    assert_eq!(sign_in(&mut thief, &mut device).await.status, 303, "nine");
}

async fn passkeys_what_is_no_answer_makes_no_passkey(shop: Shop) {
    let there = named(&shop).await;
    let mut olive = Browser::of_owner(&there).await;
    let csrf = olive.csrf_token().await;
    let lies = [
        Says {
            origin: "https://evil.example".to_owned(),
            ..truth()
        },
        Says {
            party: "evil.example".to_owned(),
            ..truth()
        },
        Says {
            is_verified: false,
            ..truth()
        },
    ];
    let parts = ["client_data", "authenticator_data", "token"];
    let cases = lies
        .into_iter()
        .map(|says| (says, None))
        .chain(parts.map(|part| (truth(), Some(part))));
    for (says, part) in cases {
        let (asked, token) = question(&mut olive, "/account/passkeys/question").await;
        let mut form = filled(Vec::new(), &token, Authenticator::default().make(&asked, &says));
        if let Some(part) = part {
            form = with(form, part, |_| "garbage".to_owned());
        }
        let form = changed(form, &[("name", "Phone"), ("csrf_token", &csrf)]);
        let refused = olive.post_fields(NEW, &form).await;
        assert_eq!(refused.status, 422, "{part:?} {}", refused.text);
        html::assert_is_ours(&refused.text, "a passkey that was not made");
        let name = html::form(&refused.text, NEW)
            .into_iter()
            .find(|(name, _)| name == "name");
        assert_eq!(name.unwrap().1, "Phone", "the name is kept");
    }
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM passkeys").await, 0);
}

async fn api4_passkeys_a_body_that_is_too_large_or_garbage_is_refused(shop: Shop) {
    let there = named(&shop).await;
    let mut device = Authenticator::default();
    let mut olive = Browser::of_owner(&there).await;
    add(&mut olive, &mut device, "Phone").await;
    let mut guest = Browser::new(&there);
    let form = answered(&mut guest, &mut device, &truth()).await;
    let long = with(form, "signature", |_| "A".repeat(100_000));
    assert_eq!(
        guest.post_fields(SIGN_IN, &long).await.status,
        401,
        "a part is bounded"
    );
    let most = there.parts.settings.server.max_body * 4;
    let huge = [("signature", "A".repeat(most + 1))];
    let fields = [("signature", huge[0].1.as_str())];
    assert_eq!(guest.post(SIGN_IN, &fields).await.status, 413, "so is the whole");
    let csrf = olive.csrf_token().await;
    let fields = [("csrf_token", csrf.as_str()), ("client_data", huge[0].1.as_str())];
    assert_eq!(olive.post(NEW, &fields).await.status, 413);
    for body in ["", "token", "token=%zz", "\u{0}", "token=x&token=y", "{}"] {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("host", "shop.example"),
        ];
        let answer = there
            .ask(awc::http::Method::POST, SIGN_IN, &headers, Some(body.to_owned()))
            .await;
        assert!(matches!(answer.status, 400 | 401), "{body:?}: {}", answer.status);
    }
    let foreign = guest
        .post_with(SIGN_IN, &[], &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(foreign.status, 403);
    let foreign = guest
        .post_with(
            "/login/passkey/question",
            &[],
            &[("sec-fetch-site", "cross-site")],
        )
        .await;
    assert_eq!(foreign.status, 403);
}
