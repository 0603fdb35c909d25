//! Who tries codes, or has only the first step.

use std::time::Duration;

use super::super::{NEW, follow};
use super::{code_of, first_step, let_a_step_pass, now, second_step, set_up, wrong_code};
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    v6_3_3_of_two_nodes_one_takes_a_code,
    v6_3_3_three_wrong_codes_wait_for_the_next_step_on_every_node,
    v6_3_3_the_first_step_counts_for_a_while_once_and_for_nothing_else,
);

async fn v6_3_3_of_two_nodes_one_takes_a_code(shop: Shop) {
    let there = shop.beside(|_| {}).await;
    let (secret, codes) = set_up(&mut Browser::of_owner(&shop).await).await;
    let code = code_of(&secret);
    for proof in [&code, &codes[0]] {
        let_a_step_pass(&shop).await;
        let (mut here, mut other) = (Browser::new(&shop), Browser::new(&there));
        let (form, other_form) = (
            first_step(&mut here, EMAIL).await,
            first_step(&mut other, EMAIL).await,
        );
        let (one, two) = futures_util::future::join(
            second_step(&mut here, &form, proof),
            second_step(&mut other, &other_form, proof),
        )
        .await;
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 401], "{}\n{}", one.text, two.text);
    }
}

async fn v6_3_3_three_wrong_codes_wait_for_the_next_step_on_every_node(shop: Shop) {
    let there = shop.beside(|_| {}).await;
    let (secret, _) = set_up(&mut Browser::of_owner(&shop).await).await;
    let_a_step_pass(&shop).await;
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    let mut other = Browser::new(&there);
    let other_form = first_step(&mut other, EMAIL).await;
    // Within one step of time; if that ends meanwhile, in the next one.
    for _ in 0..10 {
        let step = now() / 30;
        let mut statuses = Vec::new();
        for _ in 0..2 {
            statuses.push(second_step(&mut guest, &form, &wrong_code(&secret)).await.status);
        }
        statuses.push(
            second_step(&mut other, &other_form, &wrong_code(&secret))
                .await
                .status,
        );
        let locked = second_step(&mut other, &other_form, &code_of(&secret)).await;
        let again = second_step(&mut guest, &form, &code_of(&secret)).await;
        if now() / 30 != step {
            let_a_step_pass(&shop).await;
            continue;
        }
        assert_eq!(statuses, [401, 401, 401]);
        assert_eq!((locked.status, again.status), (429, 429), "{}", locked.text);
        let wait: u64 = locked.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        html::assert_is_ours(&locked.text, "too many codes");
        // Then the token of the first step still counts: nobody has to begin anew.
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while now() / 30 == step {
            assert!(std::time::Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(
            second_step(&mut guest, &form, &code_of(&secret)).await.status,
            303
        );
        return;
    }
    panic!("no step was long enough for five requests");
}

async fn v6_3_3_the_first_step_counts_for_a_while_once_and_for_nothing_else(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (secret, codes) = set_up(&mut olive).await;
    let mut guest = Browser::new(&shop);
    let form = first_step(&mut guest, EMAIL).await;
    let token = form.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    let stored = format!("SELECT COUNT(*) AS count FROM one_time_tokens WHERE token_hash = '{token}'");
    assert_eq!(shop.count(&stored).await, 0, "a hash is stored");
    // It opens no other door.
    let link = format!("/account/link?token={token}");
    assert_eq!(follow(&shop, &link, "", NEW).await.0.status, 403);
    assert_eq!(second_step(&mut guest, &form, &codes[0]).await.status, 303);
    let again = second_step(&mut Browser::new(&shop), &form, &codes[1]).await;
    assert_eq!(again.status, 401, "once");
    assert!(!html::form(&again.text, "/login").is_empty(), "from the start");
    // And no other token opens this one.
    let printed = shop
        .vitrine(&["user", "reset", EMAIL, "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let reset = printed.split_once("token=").unwrap().1.trim().to_owned();
    let forged = changed(form.clone(), &[("token", &reset)]);
    assert_eq!(second_step(&mut guest, &forged, &codes[1]).await.status, 401);
    // Its time ends, and so it does with whatever takes something from the person.
    let late = first_step(&mut guest, EMAIL).await;
    shop.sql("UPDATE one_time_tokens SET expires_at = '2020-01-01 00:00:00'")
        .await;
    assert_eq!(second_step(&mut guest, &late, &codes[1]).await.status, 401);
    let form = first_step(&mut guest, EMAIL).await;
    let fields = [("old_password", PASSWORD), ("password", NEW)];
    let done = olive.submit("/account", "/account/password", &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(second_step(&mut guest, &form, &codes[1]).await.status, 401);
    assert_eq!(
        second_step(&mut guest, &form, &code_of(&secret)).await.status,
        401
    );
    assert_eq!(
        shop.count("SELECT COUNT(*) AS count FROM recovery_codes").await,
        9
    );
    // From another site's page nothing is proved.
    let foreign = guest
        .post_with(
            "/login/code",
            &[("code", "123456")],
            &[("sec-fetch-site", "cross-site")],
        )
        .await;
    assert_eq!(foreign.status, 403);
}
