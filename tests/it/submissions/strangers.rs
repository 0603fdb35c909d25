//! Who gets nowhere: with another's proposal, with one's own, with a decision that was made already, with markup.

use awc::http::Method;
use vitrine::accounts::Role;

use super::{INBOX, QUEUE, decide, propose, read, signed_in};
use crate::helpers::{Shop, html};
use crate::on_both_databases;

on_both_databases!(
    v8_2_2_api1_nobody_sees_anothers_draft_and_only_who_decides_sees_anothers_proposal,
    of_two_who_decide_at_once_one_wins_and_the_other_loses_no_word,
    what_people_type_is_text_on_every_page,
    nobody_decides_on_their_own_proposal_but_who_keeps_the_catalog,
);

async fn v8_2_2_api1_nobody_sees_anothers_draft_and_only_who_decides_sees_anothers_proposal(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut eve = signed_in(&shop, Role::Submitter, "Eve").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let fields = [("name", "Moon lamp"), ("price", "39.90")];
    let draft = propose(&mut sam, "save", &fields).await;
    let sent = propose(&mut sam, "send", &fields).await;
    for browser in [&mut eve, &mut rita] {
        browser.catch_up().await;
        for id in [draft, sent] {
            let own = format!("/submit/{id}");
            assert_eq!(browser.open(&own).await.status, 404);
            // As its own form would send it, token and all.
            let page = browser.open("/submit").await;
            let mut form = html::form(&page.text, "/submit");
            form.extend([
                ("version".to_owned(), "1".to_owned()),
                ("action".to_owned(), "withdraw".to_owned()),
            ]);
            assert_eq!(browser.post_fields(&own, &form).await.status, 404);
        }
    }
    assert_eq!(rita.open(&format!("{QUEUE}/{draft}")).await.status, 404);
    assert_eq!(rita.open(&format!("{QUEUE}/{sent}")).await.status, 200);
    assert_eq!(eve.open(&format!("{QUEUE}/{sent}")).await.status, 403);
    assert!(read(&mut rita, INBOX).await.contains("1 unread"));
    assert!(
        read(&mut eve, "/account/proposals")
            .await
            .contains("No proposals yet")
    );
    for path in [
        format!("/api/v1/submissions/{draft}"),
        format!("/api/v1/submissions/{sent}"),
    ] {
        let cookies = format!("vitrine_sid={}", eve.cookie("vitrine_sid"));
        let answer = shop.send(Method::GET, &path, &[("cookie", &cookies)], None).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
    for path in ["/submit/x", "/submit/-1", "/submit/99999999999"] {
        assert_eq!(eve.open(path).await.status, 404, "{path}");
    }
}

async fn of_two_who_decide_at_once_one_wins_and_the_other_loses_no_word(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let mut rolf = signed_in(&shop, Role::Reviewer, "Rolf").await;
    let id = propose(&mut sam, "send", &[("name", "Moon lamp"), ("price", "39.90")]).await;
    let own = format!("{QUEUE}/{id}");
    let mut forms = Vec::new();
    for browser in [&mut rita, &mut rolf] {
        browser.catch_up().await;
        let page = browser.open(&own).await;
        forms.push(html::form(&page.text, &own));
    }
    let with = |form: &[(String, String)], decision: &str, message: &str| {
        crate::helpers::changed(form.to_vec(), &[("decision", decision), ("message", message)])
    };
    let (approved, refused) = (
        with(&forms[0], "approve", "Lovely, take it"),
        with(&forms[1], "refuse", "We have one like it"),
    );
    let (first, second) = futures_util::join!(
        rita.post_fields(&own, &approved),
        rolf.post_fields(&own, &refused)
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 412]);
    let (loser, words) = if first.status == 412 {
        (&first, "Lovely, take it")
    } else {
        (&second, "We have one like it")
    };
    let page = html::text(&loser.text);
    assert!(page.contains("somebody else was first"), "{page}");
    let stands = if first.status == 303 {
        "Approved"
    } else {
        "Refused"
    };
    assert!(page.contains(stands), "{page}");
    assert!(
        loser.text.contains(words),
        "what the loser wrote stands on the page: {}",
        loser.text
    );
    let products = shop
        .count("SELECT COUNT(*) AS count FROM products WHERE name = 'Moon lamp'")
        .await;
    assert_eq!(products, i64::from(first.status == 303));
}

async fn what_people_type_is_text_on_every_page(shop: Shop) {
    let hostile = "\"><svg onload=alert(1)></textarea><script>x</script>";
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let fields = [
        ("name", hostile),
        ("price", "39.90"),
        ("description", hostile),
        ("brand", hostile),
        ("category", hostile),
        ("tags", "\"><svg onload=alert(1)>"),
        ("message", hostile),
    ];
    let id = propose(&mut sam, "send", &fields).await;
    let (own, case) = (format!("/submit/{id}"), format!("{QUEUE}/{id}"));
    for path in [own.as_str(), "/account/proposals"] {
        assert!(read(&mut sam, path).await.contains("onload=alert(1)"), "{path}");
    }
    for path in [case.as_str(), QUEUE] {
        assert!(read(&mut rita, path).await.contains("onload=alert(1)"), "{path}");
    }
    assert_eq!(decide(&mut rita, id, "approve", hostile).await.status, 303);
    assert!(read(&mut sam, &own).await.contains("onload=alert(1)"));
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x.png",
        "https://evil.example/x.png",
    ] {
        let refused = [
            ("name", "Lamp"),
            ("price", "1"),
            ("images", url),
            ("action", "send"),
        ];
        let answer = sam.submit("/submit", "/submit", &refused).await;
        assert_eq!(answer.status, 422, "{url}");
        assert!(
            answer.text.contains("href=\"#field-images\""),
            "{url}: {}",
            answer.text
        );
    }
}

async fn nobody_decides_on_their_own_proposal_but_who_keeps_the_catalog(shop: Shop) {
    let fields = [("name", "Moon lamp"), ("price", "39.90")];
    for (role, name, status) in [(Role::Reviewer, "Rita", 403), (Role::Editor, "Edda", 303)] {
        let mut author = signed_in(&shop, role, name).await;
        let id = propose(&mut author, "send", &fields).await;
        let decided = decide(&mut author, id, "approve", "").await;
        assert_eq!(decided.status, status, "{}", decided.text);
    }
}
