//! The failover of docs/operations.md, with the very lines that stand there: the primary dies with changes that no replica got,
//! and nothing that was made of them is ever shown again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::Node;
use crate::load::People;
use crate::shop::{self, Serving};
use crate::stage::{NAMES, Stage};
use crate::table::say;
use crate::{alone, pause, suite, until};

const GUIDE: &str = include_str!("../../docs/operations.md");
const PATIENCE: Duration = Duration::from_secs(30);

/// No more than the stage needs; they rest before anything happens.
const PEOPLE: People = People {
    writers: 2,
    guests: 0,
};

/// What the product costs in the history that all have, and in the part of it that is lost.
const KEPT: &str = "10.00";
const LOST: &str = "66.66";

/// How long nodes are looked at afterwards.
const WATCHED: Duration = Duration::from_secs(5);

#[test]
fn after_a_failover_as_it_is_written_down_nobody_sees_what_was_lost() {
    let _alone = alone();
    let Some(stage) = suite::open(PEOPLE) else { return };
    stage.load.rest();
    let product = Product::made(&stage, "Fork lamp");
    refused_while_another_primary_lives(&stage);

    // Nodes that know the lost part go on.
    lose(&stage, &product, &[1, 2]);
    stage.node(0).kill();
    let took = fail_over(&stage, &[1, 2]);
    watch(&stage, &product);
    say(&format!(
        "failover of the primary, nodes go on: promoted and renamed in {took:.1?}"
    ));

    // Nodes that were started anew know nothing, and find in Redis what others kept.
    let second = stage.primary.get();
    let third = 3 - second;
    lose(&stage, &product, &[third]);
    stage.node(second).kill();
    for shop in stage.shops.borrow_mut().drain(..) {
        shop.kill();
    }
    let took = fail_over(&stage, &[third]);
    let started = NAMES.iter().map(|name| Serving::start(&stage.place, name));
    stage.shops.borrow_mut().extend(started);
    watch(&stage, &product);
    say(&format!(
        "failover of the primary, nodes are new: promoted and renamed in {took:.1?}"
    ));
    assert_eq!(
        stage
            .place
            .say(&["history", "--limit", "100"])
            .matches("forked history")
            .count(),
        2
    );
}

/// A product, as its pages are.
struct Product {
    id: i64,
    paths: [String; 2],
}

impl Product {
    fn made(stage: &Stage, name: &str) -> Product {
        let body = json!({"name": name, "price": KEPT});
        let made = write(stage, "POST", "/api/admin/products", "", &body);
        let made = made.expect("a product is made");
        let id = made["product_id"].as_i64().unwrap();
        Product {
            id,
            paths: [
                format!("/api/v1/products/{id}"),
                format!("/products/{}", made["slug"].as_str().unwrap()),
            ],
        }
    }

    /// The prices that this process shows; none where there is no answer.
    fn shown(&self, at: &Serving) -> Vec<String> {
        let pages = self.paths.iter().filter_map(|path| {
            let (head, body) = shop::http("GET", &format!("{}{path}", at.base), "", "")?;
            head.contains(" 200 ").then_some(body)
        });
        pages
            .map(|page| if page.contains(LOST) { LOST } else { KEPT }.to_owned())
            .collect()
    }
}

/// A write by the first process of the shop; what it says if it took it.
fn write(stage: &Stage, method: &str, path: &str, etag: &str, body: &Value) -> Option<Value> {
    let url = format!("{}{path}", stage.shops.borrow()[0].base);
    let mut headers = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
        stage.key
    );
    if !etag.is_empty() {
        headers.push_str(&format!("If-Match: {etag}\r\n"));
    }
    let (head, answer) = shop::http(method, &url, &headers, &body.to_string())?;
    let is_taken = head.contains(" 200 ") || head.contains(" 201 ");
    is_taken.then(|| serde_json::from_str(&answer).unwrap())
}

/// Gives the product a price. Tried again where a replica told of an older version than there is.
fn price(stage: &Stage, product: &Product, price: &str) {
    let path = format!("/api/admin/products/{}", product.id);
    let url = format!("{}{path}", stage.shops.borrow()[0].base);
    let key = format!("Authorization: Bearer {}\r\n", stage.key);
    until("the price is taken", PATIENCE, || {
        let Some((head, _)) = shop::http("GET", &url, &key, "") else {
            return false;
        };
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let etag = lines.find(|(name, _)| name.eq_ignore_ascii_case("etag"));
        etag.is_some_and(|(_, etag)| write(stage, "PATCH", &path, etag, &json!({"price": price})).is_some())
    });
}

fn seq_of(node: &Node) -> i64 {
    node.sql("SELECT seq FROM shop.change_head").parse().unwrap()
}

/// What `vitrine db fork` says with these servers in the settings, the first being the primary.
fn fork(stage: &Stage, servers: &[usize]) -> (bool, String) {
    let urls: Vec<String> = servers
        .iter()
        .map(|number| stage.node(*number).url("vitrine"))
        .collect();
    let output = stage
        .place
        .vitrine(&["db", "fork"])
        .env("VITRINE__DATABASE__PRIMARY", &urls[0])
        .env("VITRINE__DATABASE__REPLICAS", urls[1..].join(","))
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn refused_while_another_primary_lives(stage: &Stage) {
    let is_refused = |servers: &[usize], why: &str| {
        let (well, said) = fork(stage, servers);
        assert!(!well && said.contains(why), "{servers:?}: {said}");
    };
    is_refused(&[1], "takes no writes");
    // Somebody promotes a server although the primary is well.
    stage.node(1).sql("STOP SLAVE; SET GLOBAL read_only = 0");
    is_refused(&[1, 0], "takes writes as well");
    is_refused(&[1, 2], "fed by a primary that lives");
    stage.node(1).sql("SET GLOBAL read_only = 1; START SLAVE");
    stage.await_whole(PATIENCE);
}

/// Changes the product while these replicas hear nothing, and lets every process keep pages of it.
fn lose(stage: &Stage, product: &Product, replicas: &[usize]) {
    let written = seq_of(stage.node(stage.primary.get()));
    for number in replicas {
        until("the replica has everything", PATIENCE, || {
            seq_of(stage.node(*number)) >= written
        });
        stage.node(*number).sql("STOP SLAVE IO_THREAD");
    }
    price(stage, product, "33.33");
    price(stage, product, LOST);
    for shop in stage.shops.borrow().iter() {
        until("the process shows the new price", PATIENCE, || {
            product.shown(shop) == [LOST, LOST]
        });
    }
}

/// The lines of the guide's section, block by block.
fn steps() -> Vec<String> {
    let section = GUIDE.split("\n## Failover of the primary\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks
        .map(|block| block.split_once('\n').unwrap().1.to_owned())
        .collect()
}

/// From the dead primary to a shop that writes again, with those replicas that are left.
fn fail_over(stage: &Stage, replicas: &[usize]) -> Duration {
    let begun = Instant::now();
    let steps = steps();
    let [finish, promote, fork, follow, look] = steps.as_slice() else {
        panic!("the guide has other steps than this test: {steps:?}");
    };
    let mut reached = Vec::new();
    for number in replicas {
        let mut said = String::new();
        until("the replica has applied what it received", PATIENCE, || {
            said = stage.node(*number).sql(finish);
            said.contains("has read all relay log")
        });
        reached.push((said.lines().last().unwrap().parse::<i64>().unwrap(), *number));
    }
    let (_, new) = *reached.iter().max().unwrap();
    let server = stage.node(new);
    server.sql(promote);
    command(stage, fork, server);
    let other = replicas
        .iter()
        .find(|number| **number != new)
        .map(|number| stage.node(*number));
    if let Some(other) = other {
        other.sql(&placed(follow, server));
    }
    for cable in &stage.cables[1..] {
        cable.lead_to(other.unwrap_or(server).port);
    }
    stage.cables[0].lead_to(server.port);
    stage.primary.set(new);
    let took = begun.elapsed();
    stage.await_whole(PATIENCE);
    for line in look.lines() {
        command(stage, line, server);
    }
    took
}

fn placed(text: &str, new: &Node) -> String {
    text.replace("NEW_HOST", "127.0.0.1")
        .replace("NEW_PORT", &new.port.to_string())
        .replace("shop_app:PASSWORD", "vitrine:vitrine")
}

/// A line for the terminal, with the program that is tested.
fn command(stage: &Stage, line: &str, new: &Node) {
    let line = placed(line.trim(), new);
    let (settings, words) = line.split_once("vitrine ").map_or_else(
        || panic!("not of the program: {line}"),
        |(settings, words)| (settings.trim(), words),
    );
    let mut command = stage.place.vitrine(&words.split(' ').collect::<Vec<_>>());
    if let Some((key, value)) = settings.split_once('=') {
        command.env(key, value).env("VITRINE__DATABASE__REPLICAS", "");
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&said)
    );
}

/// No process shows anything of the lost part, while the shop goes on to the numbers that it had and beyond.
fn watch(stage: &Stage, product: &Product) {
    let name = stage
        .node(stage.primary.get())
        .sql("SELECT epoch FROM shop.change_head");
    for shop in stage.shops.borrow().iter() {
        until("the process knows the history by its new name", PATIENCE, || {
            let key = format!("Authorization: Bearer {}\r\n", stage.key);
            let said = shop::http("GET", &format!("{}/api/admin/cache", shop.base), &key, "");
            said.is_some_and(|(_, said)| said.contains(&name))
        });
    }
    let deadline = Instant::now() + WATCHED;
    let mut rounds = 0;
    let another = Product::made(stage, &format!("Beside it, {}", fastrand::u64(..)));
    while Instant::now() < deadline {
        for shop in stage.shops.borrow().iter() {
            let shown = product.shown(shop);
            assert_eq!(shown, [KEPT, KEPT], "by {} in round {rounds}", shop.base);
        }
        if rounds < 10 {
            price(stage, &another, &format!("{}.00", 20 + rounds));
        }
        rounds += 1;
        pause(Duration::from_millis(50));
    }
    // And what is written now is shown.
    price(stage, product, "12.00");
    price(stage, product, KEPT);
}
