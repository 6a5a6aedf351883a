//! Unsized targets, views of objects, and objects that know themselves.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, coerce, gc};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// One test at a time, and no collection but those it asks for.
fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    gc::disable();
    ALONE.lock()
}

/// Counts its drops.
#[derive(Clone)]
struct Witness(Arc<AtomicUsize>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

trait Shape: Trace + Send + Sync {
    fn sides(&self) -> usize;
    fn neighbours(&self) -> &Mutex<Vec<Gc<dyn Shape>>>;
}

#[derive(Trace)]
struct Polygon<const SIDES: usize> {
    neighbours: Mutex<Vec<Gc<dyn Shape>>>,
    padding: [u8; SIDES],
    #[trace(skip)]
    _witness: Witness,
}

impl<const SIDES: usize> Shape for Polygon<SIDES> {
    fn sides(&self) -> usize {
        self.padding.len()
    }

    fn neighbours(&self) -> &Mutex<Vec<Gc<dyn Shape>>> {
        &self.neighbours
    }
}

fn polygon<const SIDES: usize>(dropped: &Arc<AtomicUsize>) -> Gc<dyn Shape> {
    let polygon = Polygon::<SIDES> {
        neighbours: Mutex::default(),
        padding: [0; SIDES],
        _witness: Witness(dropped.clone()),
    };
    coerce!(Gc::new(polygon) => Gc<dyn Shape>)
}

#[test]
fn cycles_of_trait_objects_are_collected() {
    let _alone = alone();
    let dropped = Arc::new(AtomicUsize::new(0));
    let (a, b) = (polygon::<3>(&dropped), polygon::<900>(&dropped));
    a.neighbours().lock().push(b.clone());
    b.neighbours().lock().push(a.clone());
    assert_eq!((a.sides(), a.neighbours().lock()[0].sides()), (3, 900));
    let weak = Gc::downgrade(&a);
    drop((a, b));
    assert_eq!(weak.upgrade().unwrap().sides(), 3);
    gc::collect();
    assert!(weak.upgrade().is_none());
    assert_eq!(dropped.load(SeqCst), 2);
}

#[test]
fn a_view_must_be_the_object_itself() {
    let pair = Gc::new([[1u64], [2u64]]);
    let outcome = std::panic::catch_unwind(|| Gc::coerce_with(pair.clone(), |pair| -> &[u64] { &pair[1] }));
    assert!(outcome.is_err());
}

#[test]
fn any_goes_back_to_what_it_was() {
    let _alone = alone();
    let dropped = Arc::new(AtomicUsize::new(0));
    #[derive(Trace)]
    struct Boxed {
        number: u32,
        #[trace(skip)]
        _witness: Witness,
    }
    let boxed = Gc::new(Boxed {
        number: 5,
        _witness: Witness(dropped.clone()),
    });
    let any = coerce!(boxed => Gc<dyn Any + Send + Sync>);
    let other = any.clone();
    let any = any.downcast::<u32>().unwrap_err();
    let boxed: Gc<Boxed> = any.downcast().unwrap();
    assert_eq!((boxed.number, Gc::strong_count(&boxed)), (5, 2));
    drop((boxed, other));
    assert_eq!(dropped.load(SeqCst), 1);
}

#[test]
fn slices_keep_drop_and_trace_their_elements() {
    let _alone = alone();
    type Link = Mutex<Option<Gc<[Cell]>>>;
    #[derive(Trace)]
    struct Cell {
        number: u128,
        link: Link,
        #[trace(skip)]
        _witness: Witness,
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    for length in [0, 1, 2, 31, 32, 33, 1000, 5000] {
        dropped.store(0, SeqCst);
        let cells: Gc<[Cell]> = (0..length)
            .map(|number| Cell {
                number,
                link: Mutex::new(None),
                _witness: Witness(dropped.clone()),
            })
            .collect();
        assert_eq!(cells.len() as u128, length);
        assert!(cells.iter().zip(0..).all(|(cell, number)| cell.number == number));
        if let Some(last) = cells.last() {
            *last.link.lock() = Some(cells.clone());
        }
        drop(cells);
        gc::collect();
        assert_eq!(dropped.load(SeqCst) as u128, length, "length {length}");
    }
}

#[test]
fn an_array_is_a_slice_in_view() {
    let array = Gc::new([Gc::new(1), Gc::new(2)]);
    let slice = coerce!(array.clone() => Gc<[Gc<i32>]>);
    assert!(Gc::ptr_eq(&slice[1], &array[1]));
    drop(array);
    assert_eq!(*slice[0], 1);
}

#[test]
fn text_is_text() {
    let text: Gc<str> = "a text of the shared heap".into();
    assert_eq!(&*text, "a text of the shared heap");
    assert_eq!(text, Gc::from(String::from("a text of the shared heap")));
    assert_eq!(&*Gc::<str>::default(), "");
    let long: Gc<str> = "x".repeat(100_000).into();
    assert_eq!(
        (long.len(), long.chars().filter(|&c| c == 'x').count()),
        (100_000, 100_000)
    );
    let map = std::collections::HashMap::from([(text, 1)]);
    assert_eq!(map.get("a text of the shared heap"), Some(&1));
}

#[test]
fn zero_sized_elements_are_counted() {
    let units: Gc<[()]> = vec![(); 1000].into();
    assert_eq!(units.len(), 1000);
}

#[derive(Trace)]
struct Knowing {
    me: Weak<Knowing>,
    strong: Mutex<Option<Gc<Knowing>>>,
    #[trace(skip)]
    _witness: Witness,
}

#[test]
fn an_object_can_know_itself() {
    let _alone = alone();
    let dropped = Arc::new(AtomicUsize::new(0));
    let new = || {
        Gc::new_cyclic(|me: &Weak<Knowing>| {
            assert!(me.upgrade().is_none());
            assert_eq!(me.strong_count(), 0);
            gc::collect();
            Knowing {
                me: me.clone(),
                strong: Mutex::new(None),
                _witness: Witness(dropped.clone()),
            }
        })
    };
    let (a, b) = (new(), new());
    assert_eq!((Gc::strong_count(&a), Gc::weak_count(&a)), (1, 1));
    assert!(Gc::ptr_eq(&a, &a.me.upgrade().unwrap()));
    drop(a);
    assert_eq!(dropped.load(SeqCst), 1);
    *b.strong.lock() = b.me.upgrade();
    drop(b);
    gc::collect();
    assert_eq!(dropped.load(SeqCst), 2);
}

#[test]
fn a_panic_while_an_object_is_built_leaves_dead_weak_handles() {
    let mut leaked = None;
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        Gc::new_cyclic(|me: &Weak<Knowing>| {
            leaked = Some(me.clone());
            panic!("cannot build");
        })
    }));
    assert!(outcome.is_err());
    assert!(leaked.unwrap().upgrade().is_none());
}
