//! `OnceLock` and `LazyLock`: set once, by one thread, and seen by all.

use crate::together;
use freehold::sync::{Barrier, LazyLock, OnceLock};
use freehold::{Gc, Trace, gc};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

#[test]
fn the_first_to_set_it_sets_it() {
    let mut once = OnceLock::new();
    assert!(once.get().is_none() && once.get_mut().is_none());
    assert_eq!((once.set("a"), once.set("b")), (Ok(()), Err("b")));
    *once.get_mut().unwrap() = "c";
    assert_eq!(
        (once.clone().into_inner(), once.take(), once.take()),
        (Some("c"), Some("c"), None)
    );
    assert_eq!(once.set("d"), Ok(()));
    assert_eq!(
        (once, format!("{:?}", OnceLock::<u8>::new())),
        (OnceLock::from("d"), "OnceLock(<unset>)".into())
    );
}

#[test]
fn one_initialiser_runs_and_all_see_what_it_made() {
    for _ in 0..50 {
        let (once, runs, begin) = (OnceLock::new(), AtomicUsize::new(0), Barrier::new(4));
        together(4, |_| {
            begin.wait().unwrap();
            let seen = once.get_or_init(|| {
                runs.fetch_add(1, SeqCst);
                thread::yield_now();
                vec![1, 2, 3]
            });
            assert_eq!(*seen, [1, 2, 3]);
        });
        assert_eq!(runs.load(SeqCst), 1);
    }
}

#[test]
fn an_initialiser_that_panics_leaves_it_to_the_next() {
    let once = OnceLock::new();
    assert!(catch_unwind(AssertUnwindSafe(|| once.get_or_init(|| panic!("on purpose")))).is_err());
    assert_eq!(once.get_or_init(|| 5), &5);
}

#[test]
fn a_lazy_value_is_made_when_it_is_used() {
    let runs = AtomicUsize::new(0);
    let lazy = LazyLock::new(|| runs.fetch_add(1, SeqCst) + 10);
    assert_eq!(
        (runs.load(SeqCst), format!("{lazy:?}")),
        (0, "LazyLock(<uninit>)".into())
    );
    together(3, |_| assert_eq!(*lazy, 10));
    assert_eq!((runs.load(SeqCst), *LazyLock::force(&lazy)), (1, 10));
}

#[test]
fn a_lazy_value_that_could_not_be_made_panics_again() {
    let lazy: LazyLock<u8, _> = LazyLock::new(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(|| *lazy)).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| *lazy)).is_err());
}

#[derive(Trace)]
struct Node {
    once: OnceLock<Gc<Node>>,
}

#[test]
fn what_an_initialiser_makes_during_a_collection_is_kept() {
    let node = || Gc::new(Node { once: OnceLock::new() });
    let a = node();
    let b = a.once.get_or_init(|| {
        let b = node();
        assert!(b.once.set(b.clone()).is_ok());
        gc::collect();
        b
    });
    gc::collect();
    assert!(Gc::ptr_eq(b.once.get().unwrap(), b));
    let weak = Gc::downgrade(b);
    drop(a);
    gc::collect();
    assert!(weak.upgrade().is_none());
}
