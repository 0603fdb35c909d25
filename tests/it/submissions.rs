//! What people propose for the catalog: from the first draft to the decision, by pages and by the API, and who gets nowhere.

mod api;
mod edits;
mod limits;
mod personal;
mod pictures;

use awc::http::Method;
use serde_json::{Value, json};
use vitrine::accounts::{NewUser, Role};
use vitrine::db::{Actor, Origin};

use crate::helpers::{Answer, Browser, PASSWORD, Shop, eventually, html};
use crate::on_both_databases;

on_both_databases!(
    a_proposal_is_asked_about_answered_approved_and_undone,
    v8_2_2_api1_nobody_sees_anothers_draft_and_only_who_decides_sees_anothers_proposal,
    of_two_who_decide_at_once_one_wins_and_the_other_loses_no_word,
    what_was_withdrawn_cannot_be_approved,
    what_people_type_is_text_on_every_page,
    nobody_decides_on_their_own_proposal_but_who_keeps_the_catalog,
    a_trusted_author_publishes_at_once,
);

pub use pictures::PIXEL;

const QUEUE: &str = "/admin/submissions";

/// Somebody with this role, signed in.
async fn signed_in<'a>(shop: &'a Shop, role: Role, name: &str) -> Browser<'a> {
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

async fn decide(reviewer: &mut Browser<'_>, id: i32, decision: &str, message: &str) -> Answer {
    let own = format!("{QUEUE}/{id}");
    let fields = [("decision", decision), ("message", message)];
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

async fn a_proposal_is_asked_about_answered_approved_and_undone(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let before = shop.head().await;
    let typed = [("name", "Moon lamp"), ("price", "a lot"), ("stock_quantity", "3")];
    let id = propose(&mut sam, "save", &typed).await;
    assert_eq!(shop.head().await, before, "a draft stands in no log");
    let own = format!("/submit/{id}");
    let page = read(&mut sam, &own).await;
    assert!(
        page.contains("Draft") && page.contains("Only you see this"),
        "{page}"
    );

    let wrong = sam
        .submit(
            &own,
            &own,
            &[("action", "send"), ("message", "From our workshop")],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("value=\"a lot\"") && wrong.text.contains("From our workshop"));
    assert!(wrong.text.contains("href=\"#field-price\""), "{}", wrong.text);
    let sent = [
        ("action", "send"),
        ("price", "39.9"),
        ("message", "From our workshop"),
    ];
    assert_eq!(sam.submit(&own, &own, &sent).await.status, 303);

    let queue = read(&mut rita, QUEUE).await;
    assert!(
        queue.contains("Moon lamp") && queue.contains("Sam") && queue.contains("1 unread"),
        "{queue}"
    );
    assert!(
        queue.contains("Proposals 1 new notice"),
        "the head of each page tells: {queue}"
    );
    let case = read(&mut rita, &format!("{QUEUE}/{id}")).await;
    assert!(
        case.contains("39.90") && case.contains("From our workshop"),
        "{case}"
    );
    let wordless = decide(&mut rita, id, "ask", " ").await;
    assert_eq!(wordless.status, 422, "whoever is asked is told what");
    assert_eq!(decide(&mut rita, id, "ask", "Which colour?").await.status, 303);

    let inbox = read(&mut sam, "/account/proposals").await;
    assert!(
        inbox.contains("needs a change") && inbox.contains("1 unread"),
        "{inbox}"
    );
    let page = read(&mut sam, &own).await;
    assert!(
        page.contains("Which colour?") && page.contains("The shop") && !page.contains("Rita"),
        "{page}"
    );
    let answer = [
        ("action", "send"),
        ("name", "Moon lamp, blue"),
        ("message", "Blue."),
    ];
    assert_eq!(sam.submit(&own, &own, &answer).await.status, 303);
    let read_all = sam.submit("/account/proposals", "/account/notices", &[]).await;
    assert_eq!(read_all.status, 303);
    assert!(read(&mut sam, "/account/proposals").await.contains("0 unread"));

    assert_eq!(decide(&mut rita, id, "approve", "").await.status, 303);
    eventually("guests see it", async || {
        shop.get("/products").await.text.contains("Moon lamp, blue")
    })
    .await;
    assert!(
        read(&mut sam, "/account/proposals")
            .await
            .contains("was approved")
    );
    let changes = shop.read("/api/admin/changes?sort=-seq&limit=10").await;
    let changes = changes.json();
    let of = |entity: &str| -> Value {
        let rows = changes["data"].as_array().unwrap();
        rows.iter().find(|row| row["entity"] == entity).unwrap().clone()
    };
    let batch = json!(format!("submission-{id}"));
    let product = of("product");
    assert_eq!((&product["batch"], &of("submission")["batch"]), (&batch, &batch));
    assert_eq!(
        product["actor"],
        of("submission")["actor"],
        "the reviewer made it"
    );
    let log = shop.count(
        "SELECT COUNT(*) AS count FROM changes WHERE entity = 'submission' AND (state_after LIKE '%Blue%' OR state_after LIKE '%Sam%')",
    );
    assert_eq!(
        log.await,
        0,
        "the log holds ids and states, no words and no names"
    );

    let undo = format!("/api/admin/changes/{}/undo", product["seq"]);
    let undone = shop.admin(Method::POST, &undo, &[], Some(&json!({}))).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    eventually("it is gone again", async || {
        !shop.get("/products").await.text.contains("Moon lamp, blue")
    })
    .await;
}

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
    assert!(
        !read(&mut rita, &format!("{QUEUE}?state=all"))
            .await
            .contains("2 unread")
    );
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

async fn what_was_withdrawn_cannot_be_approved(shop: Shop) {
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let id = propose(&mut sam, "send", &[("name", "Moon lamp"), ("price", "39.90")]).await;
    let (own, case) = (format!("/submit/{id}"), format!("{QUEUE}/{id}"));
    rita.catch_up().await;
    let page = rita.open(&case).await;
    let mut form = html::form(&page.text, &case);
    form.push(("decision".to_owned(), "approve".to_owned()));
    let withdrawn = sam.submit(&own, &own, &[("action", "withdraw")]).await;
    assert_eq!(
        withdrawn.header("location"),
        "/account/proposals?done=withdrawn",
        "{}",
        withdrawn.text
    );
    assert_eq!(rita.post_fields(&case, &form).await.status, 412);
    // Also by who knows the version.
    for (name, value) in &mut form {
        if name == "version" {
            "3".clone_into(value);
        }
    }
    assert_eq!(rita.post_fields(&case, &form).await.status, 409);
    assert_eq!(shop.count("SELECT COUNT(*) AS count FROM products").await, 0);
    assert!(read(&mut sam, &own).await.contains("You took it back"));
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

async fn a_trusted_author_publishes_at_once(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let mut sam = signed_in(&shop, Role::Submitter, "Sam").await;
    let mut rita = signed_in(&shop, Role::Reviewer, "Rita").await;
    let first = propose(&mut sam, "send", &[("name", "Moon lamp"), ("price", "39.90")]).await;
    let case = format!("{QUEUE}/{first}");
    let trust = format!("{case}/trust");
    rita.catch_up().await;
    let page = rita.open(&case).await;
    assert!(!page.text.contains(&trust), "that is for who looks after people");
    olive.catch_up().await;
    let trusted = olive.submit(&case, &trust, &[]).await;
    assert_eq!(trusted.status, 303, "{}", trusted.text);
    sam.catch_up().await;
    let second = propose(&mut sam, "send", &[("name", "Sun lamp"), ("price", "19.90")]).await;
    let page = read(&mut sam, &format!("/submit/{second}")).await;
    assert!(page.contains("Approved"), "{page}");
    eventually("guests see it", async || {
        shop.get("/products").await.text.contains("Sun lamp")
    })
    .await;
    let batch = shop.count(format!(
        "SELECT COUNT(*) AS count FROM changes WHERE batch = 'submission-{second}' AND entity IN ('product', 'submission')"
    ));
    assert_eq!(
        batch.await,
        2,
        "the product and the decision belong together, as by hand"
    );
    let logged = shop.count(
        "SELECT COUNT(*) AS count FROM changes WHERE entity = 'user' AND state_after LIKE '%publishes_at_once%true%'",
    );
    assert_eq!(logged.await, 1);
    olive.catch_up().await;
    assert_eq!(olive.submit(&case, &trust, &[]).await.status, 303);
    let third = propose(&mut sam, "send", &[("name", "Star lamp"), ("price", "9.90")]).await;
    assert!(
        read(&mut sam, &format!("/submit/{third}"))
            .await
            .contains("Waiting for review")
    );
}
