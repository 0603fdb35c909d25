//! The index on disk, in a process of its own: what a start finds there, what a death leaves behind, who may write.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use awc::http::Method;
use serde_json::{Value, json};

use crate::helpers::{Serving, Shop, eventually, send};

/// The program on the database of a shop, with an index in this folder.
fn serve(shop: &Shop, folder: &Path) -> Serving {
    Serving::start(command(shop, &["serve"], folder))
}

fn command(shop: &Shop, arguments: &[&str], folder: &Path) -> Command {
    let mut command = shop.vitrine(arguments);
    command.env("VITRINE__SEARCH__PATH", folder);
    command
}

async fn status(serving: &Serving) -> Value {
    let answer = send(Method::GET, &format!("{}/search", serving.ops()), &[], None).await;
    answer.json()
}

/// Waits until its index has everything that the shop has written.
async fn indexed(shop: &Shop, serving: &Serving) -> Value {
    let head: i64 = shop.head().await.parse().unwrap();
    eventually("the index has followed", async || {
        let status = status(serving).await;
        status["phase"] == "ready" && status["seq"].as_i64() >= Some(head)
    })
    .await;
    status(serving).await
}

async fn total(serving: &Serving, word: &str) -> (i64, bool) {
    let base = serving.said("listening on ").unwrap();
    let url = format!("{base}/api/v1/search?q={word}&total=true&limit=1");
    let meta = send(Method::GET, &url, &[], None).await.json()["meta"].clone();
    (meta["total"].as_i64().unwrap(), meta["degraded"] == true)
}

async fn fill(shop: &Shop, count: usize) {
    for number in 0..count {
        shop.create(&json!({"name": format!("Marmot {number}"), "price": "1.00"}))
            .await;
    }
}

fn folder(shop: &Shop) -> PathBuf {
    shop.folder.path().join("search")
}

#[actix_web::test]
async fn a_restart_goes_on_from_the_disk_and_catches_up() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 3).await;
    let first = serve(&shop, &folder(&shop));
    let made = indexed(&shop, &first).await;
    assert_eq!((&made["builds"], &made["is_on_disk"]), (&json!(1), &json!(true)));
    assert!(first.stop().1);
    fill(&shop, 2).await;
    let second = serve(&shop, &folder(&shop));
    let caught_up = indexed(&shop, &second).await;
    assert_eq!(
        (&caught_up["builds"], &caught_up["documents"]),
        (&json!(0), &json!(5))
    );
    assert_eq!(total(&second, "marmot").await, (5, false));
}

#[actix_web::test]
async fn what_is_torn_foreign_or_of_another_history_is_made_anew() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 3).await;
    let place = folder(&shop);
    indexed(&shop, &serve(&shop, &place)).await;
    let files = || {
        std::fs::read_dir(place.join("index"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    // Torn: the end of each file is gone.
    for file in
        files().filter(|file| !file.ends_with("meta.json") && file.extension().is_none_or(|e| e != "lock"))
    {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    }
    let torn = serve(&shop, &place);
    assert_eq!(indexed(&shop, &torn).await["builds"], 1);
    assert_eq!(total(&torn, "marmot").await, (3, false));
    drop(torn);
    std::fs::write(place.join("index/meta.json"), "{").unwrap();
    let unreadable = serve(&shop, &place);
    assert_eq!(indexed(&shop, &unreadable).await["builds"], 1);
    drop(unreadable);
    // Foreign: of another shop, whose log is longer.
    let other = Shop::on_sqlite().await;
    fill(&other, 9).await;
    let foreign = serve(&other, &place);
    assert_eq!(indexed(&other, &foreign).await["builds"], 1);
    assert_eq!(total(&foreign, "marmot").await, (9, false));
    drop(foreign);
    // Another history of the same shop.
    shop.sql("UPDATE change_head SET epoch = 'another'").await;
    let own = serve(&shop, &place);
    assert_eq!(indexed(&shop, &own).await["builds"], 1);
    assert_eq!(total(&own, "marmot").await, (3, false));
    drop(own);
    // The log was archived beyond what the index has: nobody can say what it lacks.
    fill(&shop, 3).await;
    shop.sql("DELETE FROM changes WHERE seq < 6").await;
    shop.sql(format!(
        "INSERT INTO follower_positions (follower, epoch, seq, hash, updated_at)
         SELECT 'archive', 'another', 5, prev_hash, '{}' FROM changes WHERE seq = 6",
        "2026-01-01 00:00:00"
    ))
    .await;
    let archived = serve(&shop, &place);
    assert_eq!(indexed(&shop, &archived).await["builds"], 1);
    let epoch = status(&archived).await["epoch"].clone();
    assert_eq!(epoch, "another", "nothing has forked");
    assert_eq!(total(&archived, "marmot").await, (6, false));
}

#[actix_web::test]
async fn killed_at_any_moment_it_is_right_after_the_next_start() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 400).await;
    let place = folder(&shop);
    let mut builds = 0;
    for round in 0..6 {
        let serving = serve(&shop, &place);
        // In the middle of the build at first, then of catching up and of a stream of changes.
        let end = async { tokio::time::sleep(Duration::from_millis(40 + 90 * round)).await };
        let changes = async {
            for number in 0..12 {
                shop.create(&json!({"name": format!("Otter {round} {number}"), "price": "1.00"}))
                    .await;
            }
        };
        futures_util::future::join(end, changes).await;
        serving.signal("-KILL");
        drop(serving);
        builds += 1;
    }
    let last = serve(&shop, &place);
    let status = indexed(&shop, &last).await;
    assert_eq!(status["documents"], 400 + builds * 12, "{status}");
    assert_eq!(total(&last, "otter").await, (builds * 12, false));
    assert_eq!(total(&last, "marmot").await, (400, false));
}

#[actix_web::test]
async fn a_folder_that_cannot_be_used_costs_no_search() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 2).await;
    let file = shop.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let serving = serve(&shop, &file.join("search"));
    let told = indexed(&shop, &serving).await;
    assert_eq!(told["is_on_disk"], false);
    assert!(told["trouble"].is_string(), "{told}");
    assert_eq!(total(&serving, "marmot").await, (2, false));
    let (log, well) = serving.stop();
    assert!(
        well && log.contains("the search index cannot be kept on disk"),
        "{log}"
    );
}

#[actix_web::test]
async fn of_two_processes_on_one_folder_the_second_keeps_its_own_in_memory_and_says_so() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 2).await;
    let place = folder(&shop);
    let first = serve(&shop, &place);
    indexed(&shop, &first).await;
    let second = serve(&shop, &place);
    let told = indexed(&shop, &second).await;
    assert_eq!(told["is_on_disk"], false);
    assert!(
        told["trouble"].as_str().unwrap().contains("search.path"),
        "{told}"
    );
    for serving in [&first, &second] {
        assert_eq!(total(serving, "marmot").await, (2, false));
    }
    assert_eq!(status(&first).await["is_on_disk"], true);
}

#[actix_web::test]
async fn commands_ask_the_running_shop() {
    let shop = Shop::on_sqlite().await;
    fill(&shop, 2).await;
    let serving = serve(&shop, &folder(&shop));
    indexed(&shop, &serving).await;
    let port = serving.ops().rsplit(':').next().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let mut command = command(&shop, arguments, &folder(&shop));
        command.env("VITRINE__SERVER__OPS_PORT", &port).output().unwrap()
    };
    let told = run(&["search", "status"]);
    let words = String::from_utf8(told.stdout).unwrap();
    assert!(
        told.status.success() && words.contains("answers, 2 products; kept on disk"),
        "{words}"
    );
    let made = run(&["search", "reindex"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(status(&serving).await["builds"], 2);
    assert_eq!(total(&serving, "marmot").await, (2, false));
    let url = format!("{}/search/reindex", serving.ops());
    assert_eq!(
        send(Method::POST, &url, &[], None).await.status,
        403,
        "a page in a browser could do this"
    );
    assert!(serving.stop().1);
    assert!(!run(&["search", "status"]).status.success());
}
