//! Backups that are not what was written.

use std::path::{Path, PathBuf};

use vitrine::backup::{Folder, Until, check};

use super::{fill, folder, refused, restoring, run_command, succeed};
use crate::helpers::{Shop, empty_database};

/// Positions that are tried, over all files by their length.
const POSITIONS: usize = 200;

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[actix_web::test]
async fn one_changed_byte_is_noticed_wherever_it_is_with_its_file() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let root = Path::new(&backup);
    let files = files(root);
    let mut tried = std::collections::BTreeSet::new();
    for number in 0..POSITIONS {
        // Every file once, then any byte of all of them.
        let path = files
            .get(number)
            .unwrap_or_else(|| &files[fastrand::usize(..files.len())]);
        let whole = std::fs::read(path).unwrap();
        let position = fastrand::usize(..whole.len());
        let mut bytes = whole.clone();
        bytes[position] ^= fastrand::u8(1..);
        std::fs::write(path, &bytes).unwrap();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        let told = check(&Folder::at(root), Until::End, &mut |_, _| ())
            .unwrap_err()
            .to_string();
        assert!(told.contains(name), "{name} at {position}: {told}");
        tried.insert(name.to_owned());
        std::fs::write(path, &whole).unwrap();
    }
    assert!(tried.contains("manifest.json") && tried.contains("tables/products.jsonl.zst"));
    check(&Folder::at(root), Until::End, &mut |_, _| ()).unwrap();
}

#[actix_web::test]
async fn a_damaged_backup_is_refused_before_anything_is_touched() {
    let shop = Shop::on_sqlite().await;
    fill(&shop).await;
    let backup = folder(&shop, "backup");
    succeed(&shop, &["backup", &backup]).await;
    let url = empty_database(&shop);
    let path = Path::new(&backup).join("tables/products.jsonl.zst");
    let whole = std::fs::read(&path).unwrap();
    let cut = &whole[..whole.len() / 2];
    let faults: [(&dyn Fn(), &str); 3] = [
        (
            &|| std::fs::remove_file(&path).unwrap(),
            "tables/products.jsonl.zst is missing",
        ),
        (&|| std::fs::write(&path, cut).unwrap(), "bytes instead of"),
        (
            &|| std::fs::write(&path, vec![7; whole.len()]).unwrap(),
            "tables/products.jsonl.zst was changed",
        ),
    ];
    for (damage, expected) in faults {
        damage();
        let output = run_command(restoring(&shop, &backup, &url, &[])).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(expected), "{told}");
        let told = refused(&shop, &["backup", "verify", &backup]).await;
        assert!(told.contains(expected), "{told}");
    }
    assert!(!Path::new(&folder(&shop, "empty.db")).exists());
    assert!(!Path::new(&folder(&shop, "restored-media")).exists());
}
