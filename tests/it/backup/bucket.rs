//! Backups in a bucket of a real S3 server: the same as in a folder, and nothing that is half there counts.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::json;
use vitrine::backup::{self, Folder, Manifest, Schedule, Step, Until, check};
use vitrine::db::DatabaseUrl;
use vitrine::error::Error;
use vitrine::media::MediaStore;

use super::damage::files;
use super::follow::{follower_into, rows, url, work};
use super::{fill, folder, restoring, run_command, succeed};
use crate::helpers::bucket::{BucketServer, SECRET};
use crate::helpers::{Shop, empty_database, eventually};
use crate::on_both_databases;

on_both_databases!(
    a_backup_in_a_bucket_is_the_one_that_a_folder_would_hold,
    a_shop_is_restored_as_it_was_at_any_shipment_into_a_bucket,
);

async fn run(server: &BucketServer, mut command: Command) -> Output {
    server.tell(&mut command);
    run_command(command).await
}

async fn succeeds(server: &BucketServer, command: Command) -> String {
    let output = run(server, command).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

async fn fails(server: &BucketServer, command: Command) -> String {
    let output = run(server, command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains(SECRET), "{told}");
    told
}

/// Larger than what S3 takes at once.
fn add_large_picture(shop: &Shop) {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.extend(std::iter::repeat_with(|| fastrand::u8(..)).take(12 << 20));
    let media = MediaStore::at(shop.parts.settings.media.store.clone());
    media.store(&picture).unwrap();
}

fn pictures(folder: &Path) -> Vec<vitrine::media::PictureName> {
    MediaStore::at(folder.to_owned()).pictures().unwrap()
}

async fn a_backup_in_a_bucket_is_the_one_that_a_folder_would_hold(shop: Shop) {
    let Some(server) = BucketServer::start().await else {
        return;
    };
    fill(&shop).await;
    add_large_picture(&shop);
    let (local, place) = (folder(&shop, "backup"), server.place("daily/one"));
    succeed(&shop, &["backup", &local]).await;
    let told = succeeds(&server, shop.vitrine(&["backup", &place])).await;
    assert!(told.starts_with(&place), "{told}");
    let told = fails(&server, shop.vitrine(&["backup", &place])).await;
    assert!(told.contains("is not empty"), "{told}");
    // What the bucket holds, copied file by file, is a backup in a folder.
    let copied = Folder::at(server.folder("daily/one"));
    check(&copied, Until::End, &mut |_, _| ()).unwrap();
    let (here, there) = (
        Manifest::read(&Folder::at(&local)).unwrap(),
        Manifest::read(&copied).unwrap(),
    );
    let of_tables = |manifest: &Manifest| {
        let tables = manifest.tables.iter();
        // That there is a backup now is noted among the positions.
        let tables = tables.filter(|stored| stored.table.name != "follower_positions");
        tables.map(|stored| stored.digest.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of_tables(&here), of_tables(&there));
    assert_eq!(here.pictures, there.pictures);
    let told = succeeds(&server, shop.vitrine(&["backup", "verify", &place])).await;
    assert!(told.contains("whole: every checksum"), "{told}");
    let restored = empty_database(&shop);
    succeeds(&server, restoring(&shop, &place, &restored, &[])).await;
    assert_eq!(rows(&restored), rows(&url(&shop)));
    let media = folder(&shop, "restored-media");
    assert_eq!(
        pictures(Path::new(&media)),
        pictures(&shop.parts.settings.media.store)
    );
    for name in pictures(Path::new(&media)) {
        let bytes = std::fs::read(MediaStore::at(media.clone().into()).place(&name)).unwrap();
        assert_eq!(
            hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes)),
            name.hash()
        );
    }
}

async fn a_shop_is_restored_as_it_was_at_any_shipment_into_a_bucket(shop: Shop) {
    let Some(mut server) = BucketServer::start().await else {
        return;
    };
    fill(&shop).await;
    let place = server.place("followed");
    let settings = server.settings();
    let open = || backup::open(&place.parse().unwrap(), &settings).unwrap();
    let mut following = follower_into(&shop, open()).unwrap();
    let mut points = Vec::new();
    for part in [0, 1, 5, 7] {
        work(&shop, part).await;
        assert!(matches!(following.step(true).unwrap(), Step::Shipped { .. }));
        points.push((following.seq(), rows(&url(&shop))));
        if part == 1 {
            drop(following);
            following = follower_into(&shop, open()).unwrap();
        }
    }
    // A bucket that is away is waited for.
    server.kill();
    shop.create(&json!({"name": "Meanwhile", "price": "1.00"})).await;
    let error = following.step(false).unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    server.restart().await;
    assert!(matches!(following.step(false).unwrap(), Step::Shipped { .. }));
    let told = succeeds(&server, shop.vitrine(&["backup", "verify", &place])).await;
    assert!(told.contains(&format!("up to {}", following.seq())), "{told}");
    for (seq, expected) in [&points[1], &points[3]] {
        let restored = empty_database(&shop);
        let command = restoring(&shop, &place, &restored, &["--to-seq", &seq.to_string()]);
        succeeds(&server, command).await;
        assert_eq!(&rows(&restored), expected, "at change {seq}");
        std::fs::remove_file(folder(&shop, "empty.db")).ok();
    }
    let told = fails(&server, shop.vitrine(&["backup", "--follow", &place])).await;
    assert!(told.contains("Another process follows into s3://"), "{told}");
    // One that was killed, and one that woke up after another had taken its place.
    let lock = server.folder("followed").join("follower.lock");
    server.age("followed/follower.lock");
    let mut next = follower_into(&shop, open()).unwrap();
    shop.create(&json!({"name": "Later", "price": "1.00"})).await;
    assert!(matches!(next.step(false).unwrap(), Step::Shipped { .. }));
    let error = following.step(true).unwrap_err().to_string();
    assert!(error.contains("Another process follows"), "{error}");
    drop(following);
    assert!(lock.exists(), "it took away the lock of its successor");
    drop(next);
    assert!(!lock.exists());
}

#[actix_web::test]
async fn one_changed_byte_of_an_object_is_noticed_with_its_place() {
    let Some(server) = BucketServer::start().await else {
        return;
    };
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    add_large_picture(&shop);
    succeeds(&server, shop.vitrine(&["backup", &server.place("one")])).await;
    let store = backup::open(&server.place("one").parse().unwrap(), &server.settings()).unwrap();
    let root = server.folder("one");
    let found = files(&root);
    let large = found
        .iter()
        .max_by_key(|path| path.metadata().unwrap().len())
        .unwrap();
    let random = std::iter::repeat_with(|| &found[fastrand::usize(..found.len())]);
    let wanted = ["manifest.json", "tables/products.jsonl.zst"].map(|name| root.join(name));
    for path in [large].into_iter().chain(&wanted).chain(random.take(5)) {
        let whole = std::fs::read(path).unwrap();
        let position = fastrand::usize(..whole.len());
        let mut bytes = whole.clone();
        bytes[position] ^= fastrand::u8(1..);
        std::fs::write(path, &bytes).unwrap();
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        let told = check(store.as_ref(), Until::End, &mut |_, _| ())
            .unwrap_err()
            .to_string();
        assert!(told.contains(name), "{name} at {position}: {told}");
        std::fs::write(path, &whole).unwrap();
    }
    std::fs::remove_file(root.join("tables/terms.jsonl.zst")).unwrap();
    let told = fails(&server, shop.vitrine(&["backup", "verify", &server.place("one")])).await;
    assert!(told.contains("tables/terms.jsonl.zst is missing"), "{told}");
}

#[actix_web::test]
async fn an_upload_that_is_cut_off_ends_with_an_error_and_is_no_backup() {
    let Some(mut server) = BucketServer::start().await else {
        return;
    };
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    add_large_picture(&shop);
    let place = server.place("cut");
    let mut command = shop.vitrine(&["backup", &place]);
    server.tell(&mut command);
    let making = command.spawn().unwrap();
    let parts = server.parts();
    eventually("a part of the large picture is there", || async {
        parts.exists() && !files(&parts).is_empty()
    })
    .await;
    server.kill();
    let output = making.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("The store of the backups does not answer right now"),
        "{told}"
    );
    assert!(told.contains(".png: ") && !told.contains(SECRET), "{told}");
    let told = fails(&server, shop.vitrine(&["backup", "verify", &place])).await;
    assert!(told.contains("does not answer"), "{told}");
    server.restart().await;
    let url = empty_database(&shop);
    let told = fails(&server, restoring(&shop, &place, &url, &[])).await;
    assert!(
        told.contains("is no backup, or one that was not finished"),
        "{told}"
    );
    assert!(!Path::new(&folder(&shop, "empty.db")).exists());
}

#[actix_web::test]
async fn a_wrong_secret_is_told_and_not_shown() {
    let Some(server) = BucketServer::start().await else {
        return;
    };
    let shop = Shop::on_sqlite().await;
    let secret = folder(&shop, "secret");
    std::fs::write(&secret, "another-secret-that-nobody-may-read\n").unwrap();
    for arguments in [
        &["backup", &server.place("one")][..],
        &["backup", "verify", &server.place("one")],
        &["backup", "--follow", &server.place("one")],
    ] {
        let mut command = shop.vitrine(arguments);
        server.tell(&mut command);
        command
            .env("VITRINE__LOG__LEVEL", "trace")
            .env_remove("VITRINE__BACKUP__S3_SECRET_ACCESS_KEY")
            .env("VITRINE__BACKUP__S3_SECRET_ACCESS_KEY_FILE", &secret);
        let output = run_command(command).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("the bucket refuses this access key"), "{told}");
        assert!(!told.contains("that-nobody-may-read"), "{told}");
    }
    assert!(!server.folder("one").exists());
}

/// What looks like a finished backup of a schedule.
fn scheduled(folder: &Path) -> Vec<String> {
    let children = std::fs::read_dir(folder).unwrap().map(|child| child.unwrap());
    let finished = children.filter(|child| child.path().join("manifest.json").exists());
    let names = finished.map(|child| child.file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("20")).collect()
}

#[actix_web::test]
async fn a_schedule_takes_away_only_what_is_its_own() {
    let Some(server) = BucketServer::start().await else {
        return;
    };
    let shop = Shop::on_sqlite().await;
    let others = [
        "daily/by-hand/manifest.json",
        "daily/2026-11-22/note",
        "2020-01-01T00-00-00Z/note",
    ];
    let rest = "daily/2020-01-01T00-00-00Z/tables/products.jsonl.zst";
    for name in others.into_iter().chain([rest]) {
        let path = server.folder(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    let schedule = Schedule {
        place: server.place("daily").parse().unwrap(),
        bucket: server.settings(),
        every: Duration::ZERO,
        keep: 2,
    };
    let url = DatabaseUrl::parse(&url(&shop)).unwrap();
    let media = MediaStore::new(&shop.parts.settings.media);
    let mut made = std::collections::BTreeSet::new();
    // Their names are seconds.
    eventually("three are made", || {
        if let Err(error) = schedule.run(&url, &media) {
            assert!(error.to_string().contains("is not empty"), "{error}");
        }
        made.extend(scheduled(&server.folder("daily")));
        let is_over = made.len() == 3;
        async move { is_over }
    })
    .await;
    let is_there = |name: &str| server.folder(name).exists();
    assert_eq!(others.map(is_there), [true; 3]);
    assert!(!is_there(rest));
    let kept: Vec<bool> = made
        .iter()
        .map(|name| is_there(&format!("daily/{name}/manifest.json")))
        .collect();
    assert_eq!(kept, [false, true, true], "{made:?}");
    for name in made.iter().skip(1) {
        check(
            &Folder::at(server.folder(&format!("daily/{name}"))),
            Until::End,
            &mut |_, _| (),
        )
        .unwrap();
    }
}
