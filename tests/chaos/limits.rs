//! The program at a limit of its machine.

use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::shop::{Place, Serving};
use crate::{alone, until};

#[test]
fn a_shop_that_ran_out_of_open_files_goes_on_when_there_are_some_again() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let place = Place {
        primary: format!("sqlite:{}", folder.path().join("shop.db").display()),
        replicas: Vec::new(),
        folder: folder.path().to_owned(),
        redis: None,
    };
    let shop = Serving::start(&place, "shop");
    // A first answer opens what it needs.
    assert!(shop.home_page().is_some());
    let limit = format!("--nofile={}", shop.held().1 + 10);
    let set = Command::new("prlimit")
        .args(["--pid", &shop.id().to_string(), &limit])
        .status();
    assert!(set.unwrap().success());
    let address = shop.base.strip_prefix("http://").unwrap();
    let idle: Vec<TcpStream> = (0..40).map(|_| TcpStream::connect(address).unwrap()).collect();
    assert_eq!(shop.home_page(), None, "the limit was not reached");
    drop(idle);
    until("customers are served again", Duration::from_secs(20), || {
        shop.home_page().is_some_and(|page| page.contains("<h1"))
    });
}
