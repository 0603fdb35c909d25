//! The index between two lives of the program.

use std::fs;

use super::*;

#[test]
fn a_restart_goes_on_where_the_last_commit_was() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, found) = Engine::open(Some(folder.path()), budget(), Weights::default()).unwrap();
    assert_eq!(found, None);
    put(&engine, [product(1, "Lamp"), product(2, "Chair")]);
    engine.apply(vec![Entry::Remove(2)]).unwrap();
    engine.commit(&mark(7)).unwrap();
    engine
        .apply(vec![Entry::Put(Box::new(product(3, "Never committed")))])
        .unwrap();
    drop(engine);
    let (engine, found) = Engine::open(Some(folder.path()), budget(), Weights::default()).unwrap();
    assert_eq!(found, Some(mark(7)));
    assert_eq!(engine.versions().unwrap(), [(1, 1)]);
    assert_eq!((ids(&search(&engine, "lamp")), engine.len()), (vec![1], 1));
}

#[test]
fn a_torn_index_and_one_of_another_language_are_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let open = |language| {
        let budget = Budget { language, ..budget() };
        Engine::open(Some(folder.path()), budget, Weights::default()).unwrap()
    };
    put(&open(Language::English).0, [product(1, "Lamp")]);
    let (engine, found) = open(Language::German);
    assert_eq!((found, engine.len()), (None, 0));
    put(&engine, [product(1, "Lampe")]);
    drop(engine);
    let files = fs::read_dir(folder.path().join("index"))
        .unwrap()
        .map(|file| file.unwrap().path());
    let largest = files
        .max_by_key(|file| fs::metadata(file).unwrap().len())
        .unwrap();
    let mut bytes = fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    fs::write(&largest, bytes).unwrap();
    let (engine, found) = open(Language::German);
    assert_eq!((found, engine.len()), (None, 0));
    put(&engine, [product(1, "Lampe")]);
    assert_eq!(search(&engine, "lampe").total, 1, "and filled again");
}

#[test]
fn a_folder_has_one_writer_and_the_second_one_spoils_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = Engine::open(Some(folder.path()), budget(), Weights::default()).unwrap();
    put(&first, [product(1, "Lamp")]);
    let second = Engine::open(Some(folder.path()), budget(), Weights::default());
    assert_eq!(
        second.err().map(|error| error.code()),
        Some("search_folder_in_use")
    );
    put(&first, [product(2, "Chair")]);
    assert_eq!(first.len(), 2);
}

#[test]
fn a_cleared_index_is_empty_and_takes_products_again() {
    let engine = shop([product(1, "Lamp")]);
    engine.clear().unwrap();
    assert!(engine.is_empty() && ids(&search(&engine, "lamp")).is_empty());
    put(
        &engine,
        [
            product(1, "Lamp"),
            Document {
                version: 2,
                ..product(1, "Lamp, newer")
            },
        ],
    );
    assert_eq!(engine.versions().unwrap(), [(1, 2)], "the later one stands");
}
