//! Looking at the heap: the census, and captures that become snapshots, also while threads work. Needs `--features snapshot`.

#![cfg(feature = "snapshot")]

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc, heap};
use freehold_snapshot::Snapshot;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(Trace)]
struct Registry {
    entries: Mutex<Vec<Gc<Entry>>>,
}

#[derive(Trace)]
struct Entry {
    text: [u8; 100],
    registry: Mutex<Option<Gc<Registry>>>,
}

fn entry() -> Gc<Entry> {
    Gc::new(Entry {
        text: [b'x'; 100],
        registry: Mutex::new(None),
    })
}

/// One test at a time: they look at the whole heap.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    ALONE.lock()
}

/// The number of objects of a type whose name ends in `name`, and the size of one.
fn objects_of(snapshot: &Snapshot, name: &str) -> Vec<u64> {
    let of_type = |object: &freehold_snapshot::Object| snapshot.type_name(object.type_id).ends_with(name);
    let objects = snapshot.objects().map(|(_, object)| object);
    objects.filter(of_type).map(|object| object.size).collect()
}

#[test]
fn a_snapshot_has_every_object_and_handle_and_says_who_holds_them() {
    let _alone = alone();
    let registry = Gc::new(Registry {
        entries: Mutex::default(),
    });
    for _ in 0..1000 {
        let entry = entry();
        *entry.registry.lock() = Some(registry.clone());
        registry.entries.lock().push(entry);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("heap.fhs");
    heap::snapshot(&path).unwrap();
    let snapshot = Snapshot::load(&path).unwrap();
    assert_eq!(
        objects_of(&snapshot, "::Entry"),
        vec![(size_of::<Entry>() + 16) as u64; 1000]
    );
    assert_eq!(objects_of(&snapshot, "::Registry").len(), 1);
    // The registry is held from outside, by `registry`; the entries by the registry alone.
    let held_outside: Vec<_> = snapshot
        .roots()
        .iter()
        .map(|root| snapshot.object(root.object).unwrap())
        .collect();
    assert!(
        held_outside
            .iter()
            .any(|object| snapshot.type_name(object.type_id).ends_with("::Registry"))
    );
    assert!(
        !held_outside
            .iter()
            .any(|object| snapshot.type_name(object.type_id).ends_with("::Entry"))
    );
    assert!(snapshot.reference_count() >= 2000);
    assert_eq!(registry.entries.lock()[0].text[99], b'x');
    registry.entries.lock().clear();
}

#[test]
fn the_census_counts_by_type() {
    let _alone = alone();
    let kept: Vec<_> = (0..500).map(|_| entry()).collect();
    let census = heap::census();
    let row = census.iter().find(|row| row.type_name.ends_with("::Entry")).unwrap();
    assert_eq!((row.objects, row.bytes), (500, 500 * (size_of::<Entry>() + 16)));
    drop(kept);
    assert!(!heap::census().iter().any(|row| row.type_name.ends_with("::Entry")));
}

#[test]
fn captures_and_collections_go_on_beside_mutators() {
    let _alone = alone();
    let stop = Arc::new(AtomicBool::new(false));
    let mutators: Vec<_> = (0..2)
        .map(|_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                while !stop.load(Relaxed) {
                    let registry = Gc::new(Registry {
                        entries: Mutex::default(),
                    });
                    for _ in 0..50 {
                        let entry = entry();
                        *entry.registry.lock() = Some(registry.clone());
                        registry.entries.lock().push(entry.clone());
                        assert_eq!(entry.text[0], b'x');
                    }
                }
            })
        })
        .collect();
    for _ in 0..8 {
        let snapshot = heap::capture().unwrap();
        assert_eq!(snapshot.objects().len(), snapshot.object_count());
        heap::census();
        gc::collect();
    }
    stop.store(true, Relaxed);
    mutators.into_iter().for_each(|mutator| mutator.join().unwrap());
    gc::collect();
    assert!(
        !heap::census().iter().any(|row| row.type_name.ends_with("::Entry")),
        "all of it was garbage"
    );
}
