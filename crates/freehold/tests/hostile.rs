//! Drops and payloads that do their worst: panics that panic, drops under locks, payloads nested without end. Each was once
//! a way to break the heap. Every test ends, or fails by the clock.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, gc, heap};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// One test at a time; fails if `work` takes longer than a minute.
fn in_time(work: impl FnOnce() + Send + 'static) {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let _alone = ALONE.lock();
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = sender.send(());
    });
    match receiver.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still not done after a minute"),
        _ => worker.join().unwrap(),
    }
}

/// A panic payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("the payload of a panic panics");
        }
    }
}

struct Throws(Arc<AtomicUsize>);

impl Drop for Throws {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
        panic_any(Bomb);
    }
}

#[derive(Trace)]
struct Thrower {
    link: Mutex<Option<Gc<Thrower>>>,
    #[trace(skip)]
    _throws: Throws,
}

fn thrower(dropped: &Arc<AtomicUsize>) -> Gc<Thrower> {
    Gc::new(Thrower {
        link: Mutex::new(None),
        _throws: Throws(dropped.clone()),
    })
}

#[test]
fn panics_whose_payloads_panic_lose_nothing_when_counting_destroys() {
    in_time(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        let chain = thrower(&dropped);
        *chain.link.lock() = Some(thrower(&dropped));
        *chain.link.lock().as_ref().unwrap().link.lock() = Some(thrower(&dropped));
        let panicked = catch_unwind(AssertUnwindSafe(|| drop(chain)));
        std::mem::forget(panicked.unwrap_err());
        assert_eq!(dropped.load(SeqCst), 3);
        // Destruction on this thread works as before.
        drop(Gc::new(Mutex::new(Some(Gc::new(String::from("fine"))))));
    });
}

#[test]
fn panics_whose_payloads_panic_lose_nothing_when_the_collector_destroys() {
    in_time(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        for _ in 0..10 {
            let cycle = thrower(&dropped);
            *cycle.link.lock() = Some(cycle.clone());
        }
        assert_eq!(gc::collect().panics, 10);
        assert_eq!(dropped.load(SeqCst), 10);
        assert_eq!(gc::collect().collected, 0, "collections go on");
    });
}

/// A registry that its entries leave when they die, under a lock of std's.
static REGISTRY: std::sync::Mutex<usize> = std::sync::Mutex::new(0);

struct Registered;

impl Drop for Registered {
    fn drop(&mut self) {
        *REGISTRY.lock().unwrap() -= 1;
    }
}

#[derive(Trace)]
struct Entry {
    me: Mutex<Option<Gc<Entry>>>,
    #[trace(skip)]
    _registered: Registered,
}

fn register() -> Gc<Entry> {
    *REGISTRY.lock().unwrap() += 1;
    Gc::new(Entry {
        me: Mutex::new(None),
        _registered: Registered,
    })
}

#[test]
fn looking_at_the_heap_under_a_lock_that_drops_take_does_not_wait_for_itself() {
    in_time(|| {
        let stop = Arc::new(AtomicBool::new(false));
        let worker = {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    drop(register());
                    let cycle = register();
                    *cycle.me.lock() = Some(cycle.clone());
                }
            })
        };
        let collector = {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    gc::collect();
                }
            })
        };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let registry = REGISTRY.lock().unwrap();
            heap::census();
            drop(registry);
        }
        stop.store(true, SeqCst);
        worker.join().unwrap();
        collector.join().unwrap();
        gc::collect();
        while *REGISTRY.lock().unwrap() > 0 {
            thread::yield_now();
        }
    });
}

#[derive(Trace)]
struct Waiter {
    me: Mutex<Option<Gc<Waiter>>>,
    held: Mutex<Option<Gc<Waiter>>>,
    #[trace(skip)]
    _unwraps: Option<Unwraps>,
}

/// Takes another object's only handle out of it and unwraps it, when dropped.
struct Unwraps(Weak<Waiter>);

impl Drop for Unwraps {
    fn drop(&mut self) {
        if let Some(target) = self.0.upgrade() {
            let only = target.me.lock().take();
            drop(target);
            let _ = only.map(Gc::try_unwrap);
        }
    }
}

#[test]
fn a_drop_left_to_the_collector_may_unwrap_what_the_collector_suspects() {
    in_time(|| {
        let waiter = |unwraps| {
            Gc::new(Waiter {
                me: Mutex::new(None),
                held: Mutex::new(None),
                _unwraps: unwraps,
            })
        };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            let target = waiter(None);
            *target.me.lock() = Some(target.clone());
            let dying = waiter(Some(Unwraps(Gc::downgrade(&target))));
            for _ in 0..2000 {
                let filler = waiter(None);
                *filler.me.lock() = Some(filler.clone());
            }
            let holder = waiter(None);
            *holder.held.lock() = Some(dying);
            *holder.me.lock() = Some(holder.clone());
            let weak = Gc::downgrade(&holder);
            drop((target, holder));
            let mutator = thread::spawn(move || {
                for _ in 0..200 {
                    thread::yield_now();
                }
                if let Some(holder) = weak.upgrade() {
                    drop(holder.held.lock().take());
                }
            });
            gc::collect();
            mutator.join().unwrap();
            gc::collect();
        }
    });
}

#[test]
fn payloads_nested_without_end_are_given_up() {
    in_time(|| {
        #[derive(Trace, Default)]
        struct List {
            next: Option<Box<List>>,
            number: u64,
        }
        let mut list = List::default();
        for number in 0..1_000_000 {
            list = List {
                next: Some(Box::new(list)),
                number,
            };
        }
        let object = Gc::new(Mutex::new(list));
        gc::collect();
        heap::census();
        // Taken apart without recursion, as a list of boxes must be.
        let mut rest = std::mem::take(&mut *object.lock());
        let mut length = 0;
        while let Some(next) = rest.next.take() {
            length += 1;
            rest = *next;
        }
        assert_eq!((length, rest.number), (1_000_000, 0));
    });
}
