//! Other ways in: by a link, by a fresh sign-in, by the command.

use vitrine::accounts::Role;

use super::super::{NEW, follow, path_of};
use super::{code_of, let_a_step_pass, second_step, set_up, wrong_code};
use crate::helpers::{Browser, EMAIL, PASSWORD, Shop, changed, html};
use crate::on_both_databases;

on_both_databases!(
    v6_3_3_a_new_password_by_link_still_asks_for_the_code,
    sudo_a_fresh_sign_in_asks_for_the_code_too_and_loses_nothing,
    who_has_lost_both_gets_in_again_by_the_command,
);

async fn v6_3_3_a_new_password_by_link_still_asks_for_the_code(shop: Shop) {
    let (secret, _) = set_up(&mut Browser::of_owner(&shop).await).await;
    let_a_step_pass(&shop).await;
    let printed = shop
        .vitrine(&["user", "reset", EMAIL, "--link"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let link = path_of(printed.split_once("24 hours: ").unwrap().1.trim());
    let (asked, mut guest) = follow(&shop, &link, "", NEW).await;
    assert_eq!(
        (asked.status, guest.cookie("vitrine_sid")),
        (200, ""),
        "{}",
        asked.text
    );
    let form = html::form(&asked.text, "/login/code");
    let done = second_step(&mut guest, &form, &code_of(&secret)).await;
    assert_eq!((done.status, done.header("location")), (303, "/admin/products"));
}

async fn sudo_a_fresh_sign_in_asks_for_the_code_too_and_loses_nothing(shop: Shop) {
    let mut olive = Browser::of_owner(&shop).await;
    let (secret, _) = set_up(&mut olive).await;
    let_a_step_pass(&shop).await;
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    let typed = [("email", "rita@shop.example"), ("role", "reviewer")];
    let asked = olive.submit("/admin/people", "/admin/people", &typed).await;
    assert_eq!(asked.status, 401, "{}", asked.text);
    let filled = changed(
        html::form(&asked.text, "/login"),
        &[("email", EMAIL), ("password", PASSWORD)],
    );
    let old = olive.cookie("vitrine_sid").to_owned();
    let step = olive.post_fields("/login", &filled).await;
    assert_eq!(step.status, 200, "{}", step.text);
    assert_eq!(olive.cookie("vitrine_sid"), old);
    let form = html::form(&step.text, "/login/code");
    let wrong = second_step(&mut olive, &form, &wrong_code(&secret)).await;
    assert_eq!(wrong.status, 401);
    let form = html::form(&wrong.text, "/login/code");
    let shown = second_step(&mut olive, &form, &code_of(&secret)).await;
    assert!(
        html::text(&shown.text).contains("rita@shop.example"),
        "{}",
        shown.text
    );
    assert_ne!(olive.cookie("vitrine_sid"), old, "7.2.4: a new id");
    let form = html::form(&shown.text, "/admin/people");
    assert_eq!(olive.post_fields("/admin/people", &form).await.status, 200);
    // A form without a field of its own is on its way, too.
    shop.sql("UPDATE sessions SET created_at = '2020-01-01 00:00:00'")
        .await;
    let_a_step_pass(&shop).await;
    let asked = olive.submit("/account", "/account/second-factor/off", &[]).await;
    assert_eq!(asked.status, 401);
    let filled = changed(
        html::form(&asked.text, "/login"),
        &[("email", EMAIL), ("password", PASSWORD)],
    );
    let step = olive.post_fields("/login", &filled).await;
    let form = html::form(&step.text, "/login/code");
    let shown = second_step(&mut olive, &form, &code_of(&secret)).await;
    assert!(shown.text.contains("Switch it off"), "{}", shown.text);
    let form = html::form(&shown.text, "/account/second-factor/off");
    let off = olive.post_fields("/account/second-factor/off", &form).await;
    assert_eq!(off.status, 303, "{}", off.text);
}

async fn who_has_lost_both_gets_in_again_by_the_command(shop: Shop) {
    let mut eddie = Browser::of_role(&shop, Role::Editor).await;
    let command = ["user", "second-factor-off", "editor@shop.example"];
    assert!(
        !shop.vitrine(&command).output().unwrap().status.success(),
        "there is none"
    );
    set_up(&mut eddie).await;
    assert_eq!(eddie.open("/account").await.status, 200);
    let done = shop.vitrine(&command).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(eddie.open("/account").await.status, 303, "signed out");
    assert_eq!(eddie.sign_in("editor@shop.example", PASSWORD).await.status, 303);
    // Whoever is erased leaves none behind.
    set_up(&mut eddie).await;
    Browser::of_role(&shop, Role::Owner).await;
    let erased = shop
        .vitrine(&["user", "erase", "editor@shop.example"])
        .output()
        .unwrap();
    assert!(erased.status.success());
    for table in ["second_factors", "recovery_codes"] {
        let left = shop.count(format!("SELECT COUNT(*) AS count FROM {table}")).await;
        assert_eq!(left, 0, "{table}");
    }
}
