//! Saving and loading: what is saved comes back whole, saving replaces only snapshots, and each way of
//! not being a snapshot has its own sentence.

#[path = "common/arbitrary.rs"]
mod arbitrary;
#[path = "common/mod.rs"]
mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Shape;
use freehold_snapshot::{Builder, Error, Label, Object, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags};
use proptest::prelude::*;
use tempfile::TempDir;

fn small() -> Snapshot {
    let shape = Shape {
        sizes: vec![5, 6, 7],
        edges: vec![(0, 1), (0, 2), (1, 2), (2, 0)],
        roots: vec![0],
    };
    shape.snapshot()
}

fn saved() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("app.fhs");
    small().save(&path).unwrap();
    (directory, path)
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The error of loading `path`, whose message must name `path` and contain `because`.
fn refused(path: &Path, because: &str) -> Error {
    let error = Snapshot::load(path).unwrap_err();
    let message = error.to_string();
    assert!(message.contains(because), "{message}");
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    assert!(!message.contains('\n'), "{message}");
    error
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_saved_comes_back(shape in arbitrary::shapes(60)) {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("app.fhs");
        let snapshot = shape.snapshot();
        snapshot.save(&path).unwrap();
        prop_assert_eq!(Snapshot::load(&path).unwrap(), snapshot);
    }
}

#[test]
fn an_empty_heap_is_a_snapshot() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("empty.fhs");
    let snapshot = Builder::new(common::meta()).finish().unwrap();
    snapshot.save(&path).unwrap();
    assert_eq!(Snapshot::load(&path).unwrap(), snapshot);
}

#[test]
fn the_most_compressible_heap_is_not_taken_for_a_lie() {
    let mut builder = Builder::new(common::meta());
    let type_id = builder.type_id("deque", TypeFlags::BUILTIN);
    for _ in 0..1_100_000 {
        let object = Object {
            address: 0,
            type_id,
            size: 0,
            count: 0,
            flags: ObjectFlags::NONE,
        };
        builder.object(object).unwrap();
    }
    for _ in 0..1_100_000 {
        builder.reference(ObjectId(0), ObjectId(0), Label::Other).unwrap();
    }
    let snapshot = builder.finish().unwrap();
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("dense.fhs");
    snapshot.save(&path).unwrap();
    assert!(Snapshot::load(&path).unwrap() == snapshot);
}

#[test]
fn saving_replaces_a_snapshot_and_leaves_nothing_behind() {
    let (directory, path) = saved();
    let mut builder = Builder::new(common::meta());
    let type_id = builder.type_id("list", TypeFlags::BUILTIN);
    let name = builder.name("app");
    let object = Object {
        address: 1,
        type_id,
        size: 9,
        count: 1,
        flags: ObjectFlags::BOUNDED,
    };
    let id = builder.object(object).unwrap();
    builder.root(id, RootKind::Native, name).unwrap();
    let other = builder.finish().unwrap();
    other.save(&path).unwrap();
    assert_eq!(Snapshot::load(&path).unwrap(), other);
    assert_eq!(names(directory.path()), ["app.fhs"]);
}

#[test]
fn saving_never_replaces_what_is_not_a_snapshot() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("notes.txt");
    fs::write(&file, "mine").unwrap();
    assert!(small().save(&file).unwrap_err().is_occupied());

    let project = directory.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("meta.json"), r#"{"format":"other","version":1}"#).unwrap();
    assert!(small().save(&project).unwrap_err().is_occupied());

    let (_keep, mixed) = saved();
    fs::write(mixed.join("README"), "mine").unwrap();
    let error = small().save(&mixed).unwrap_err();
    assert!(error.is_occupied());
    assert!(error.to_string().contains("README"), "{error}");

    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(names(directory.path()), ["notes.txt", "project"]);
    assert_eq!(fs::read_to_string(mixed.join("README")).unwrap(), "mine");
}

#[test]
fn saving_into_an_empty_directory_or_over_a_damaged_snapshot_works() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("app.fhs");
    fs::create_dir(&path).unwrap();
    small().save(&path).unwrap();
    fs::remove_file(path.join("names.parquet")).unwrap();
    small().save(&path).unwrap();
    assert_eq!(Snapshot::load(&path).unwrap(), small());
}

#[test]
fn saving_where_there_is_no_directory_says_so() {
    let directory = TempDir::new().unwrap();
    let error = small().save(&directory.path().join("missing/app.fhs")).unwrap_err();
    assert!(error.is_io(), "{error}");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn each_way_of_not_being_a_snapshot_has_its_sentence() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("nothing.fhs");
    assert!(refused(&path, "there is no snapshot at").is_not_found());

    fs::write(&path, "text").unwrap();
    assert!(refused(&path, "it is a file, not a directory").is_not_a_snapshot());

    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(refused(&empty, "it has no meta.json").is_not_a_snapshot());

    fs::write(empty.join("meta.json"), r#"{"format":"x","version":1}"#).unwrap();
    assert!(refused(&empty, "of something else").is_not_a_snapshot());

    fs::write(empty.join("meta.json"), "{\"format\":").unwrap();
    assert!(refused(&empty, "EOF").is_corrupt());
}

#[test]
fn a_future_format_is_refused_for_its_version() {
    let (_keep, path) = saved();
    let future = r#"{"format":"freehold-snapshot","version":7,"shape":"unknown"}"#;
    fs::write(path.join("meta.json"), future).unwrap();
    let error = refused(&path, "has snapshot format 7, and this version reads format 1");
    assert!(error.is_unsupported_version());
}

#[test]
fn a_missing_a_short_and_a_foreign_table_are_named() {
    for damage in ["remove", "halve", "replace", "empty"] {
        let (_keep, path) = saved();
        let file = path.join("references.parquet");
        let bytes = fs::read(&file).unwrap();
        match damage {
            "remove" => fs::remove_file(&file).unwrap(),
            "halve" => fs::write(&file, &bytes[..bytes.len() / 2]).unwrap(),
            "replace" => fs::copy(path.join("names.parquet"), &file).map(drop).unwrap(),
            _ => fs::write(&file, "").unwrap(),
        }
        let error = refused(&path, "references.parquet");
        assert!(error.is_corrupt(), "{damage}: {error}");
    }
}

#[test]
fn totals_that_disagree_are_refused() {
    let (_keep, path) = saved();
    let file = path.join("meta.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"objects\": 3", "\"objects\": 4")).unwrap();
    assert!(refused(&path, "objects.parquet").is_corrupt());
}
