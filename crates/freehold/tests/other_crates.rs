//! Types of other crates inside the heap: their handles are seen, so cycles through them are collected. Needs `--all-features`.
#![cfg(all(
    feature = "arrayvec",
    feature = "bytes",
    feature = "chrono",
    feature = "either",
    feature = "hashbrown",
    feature = "indexmap",
    feature = "parking_lot",
    feature = "serde",
    feature = "smallvec",
    feature = "uuid"
))]

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};

/// Builds a value that holds a handle, puts it in an object that the handle leads to, and expects the cycle to go.
fn cycle_through<T: Trace + Send + Sync + 'static>(build: impl FnOnce(Gc<Mutex<Option<T>>>) -> T) {
    let object = Gc::new(Mutex::new(None));
    let weak = Gc::downgrade(&object);
    *object.lock() = Some(build(object.clone()));
    assert!(gc::is_tracked(&object));
    drop(object);
    assert!(weak.upgrade().is_some(), "held by itself");
    gc::collect();
    assert!(
        weak.upgrade().is_none(),
        "{} hides its handles",
        std::any::type_name::<T>()
    );
}

/// Anything that may be held: a container's type cannot name itself.
trait Object: Trace + Send + Sync {}
impl<T: Trace + Send + Sync> Object for T {}

type Link = Box<dyn Object>;

fn link<T: Trace + Send + Sync + 'static>(handle: Gc<T>) -> Link {
    Box::new(handle)
}

#[test]
fn containers_show_what_they_hold() {
    cycle_through(|me| hashbrown::HashMap::<u8, Link, std::hash::RandomState>::from_iter([(1, link(me))]));
    cycle_through(|me| indexmap::IndexMap::<u8, Link, std::hash::RandomState>::from_iter([(1, link(me))]));
    cycle_through(|me| smallvec::SmallVec::<[Link; 2]>::from_iter([link(me)]));
    cycle_through(|me| arrayvec::ArrayVec::<Link, 3>::from_iter([link(me)]));
    cycle_through(|me| either::Either::<u8, Link>::Right(link(me)));
    cycle_through(|me| vec![Some((1u8, link(me)))]);
    cycle_through(|me| std::collections::BTreeMap::from([(1u8, [link(me)])]));
    cycle_through(|me| std::collections::VecDeque::from([link(me)]));
}

#[test]
fn plain_data_is_no_candidate() {
    assert!(!gc::is_tracked(&Gc::new(bytes::Bytes::new())));
    assert!(!gc::is_tracked(&Gc::new(uuid::Uuid::nil())));
    assert!(!gc::is_tracked(&Gc::new(chrono::NaiveDate::MIN)));
    assert!(!gc::is_tracked(&Gc::new(chrono::DateTime::<chrono::Utc>::MIN_UTC)));
    assert!(!gc::is_tracked(&Gc::new(arrayvec::ArrayString::<8>::new())));
    assert!(!gc::is_tracked(&Gc::new(smallvec::SmallVec::<[u8; 4]>::new())));
    assert!(!gc::is_tracked(&Gc::new(hashbrown::HashSet::<u8, ()>::with_hasher(()))));
}

#[test]
fn serde_sees_the_target() {
    let value: (Gc<u32>, Gc<[Gc<str>]>) = (Gc::new(7), ["a", "b"].map(Gc::<str>::from).into());
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(text, r#"[7,["a","b"]]"#);
    assert_eq!(serde_json::from_str::<(Gc<u32>, Gc<[Gc<str>]>)>(&text).unwrap(), value);
}

/// Contents without handles are not entered, whoever holds their lock; see `foreign` for the others.
#[test]
fn parking_lots_locks_of_plain_data_cost_nothing() {
    #[derive(Trace)]
    struct Counter {
        count: parking_lot::Mutex<u64>,
        names: parking_lot::RwLock<Vec<String>>,
        link: Mutex<Option<Gc<Counter>>>,
    }
    let counter = Gc::new(Counter {
        count: parking_lot::Mutex::new(1),
        names: parking_lot::RwLock::default(),
        link: Mutex::new(None),
    });
    *counter.link.lock() = Some(counter.clone());
    assert_eq!((*counter.count.lock(), counter.names.read().len()), (1, 0));
    std::mem::forget(counter.count.lock());
    let weak = Gc::downgrade(&counter);
    drop(counter);
    gc::collect();
    assert!(weak.upgrade().is_none());
    assert!(!gc::is_tracked(&Gc::new(parking_lot::Mutex::new(5))));
}
