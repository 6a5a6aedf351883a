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

/// Payloads with more elements than anyone can count, of no size.
#[test]
fn many_nothings_are_not_counted_one_by_one() {
    #[derive(Trace)]
    struct Boxed {
        many: Box<[()]>,
        array: [(); usize::MAX],
        locked: Mutex<Box<[()]>>,
        link: Mutex<Option<Gc<Boxed>>>,
    }
    in_time(|| {
        let nothings = || vec![(); usize::MAX].into_boxed_slice();
        let object = Gc::new(Boxed {
            many: nothings(),
            array: [(); usize::MAX],
            locked: Mutex::new(nothings()),
            link: Mutex::new(None),
        });
        assert_eq!((object.many.len(), object.array.len()), (usize::MAX, usize::MAX));
        assert_eq!(object.locked.lock().len(), usize::MAX);
        *object.link.lock() = Some(object.clone());
        let weak = Gc::downgrade(&object);
        drop(object);
        gc::collect();
        assert_eq!(weak.strong_count(), 0);
        let slice: Gc<[()]> = vec![(); usize::MAX].into();
        assert!(gc::referents(&slice).is_empty());
    });
}

#[derive(Trace)]
struct Counting {
    link: Mutex<Option<Gc<Counting>>>,
    #[trace(skip)]
    _counted: Counted,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn counting_cycle(dropped: &Arc<AtomicUsize>) {
    let object = Gc::new(Counting {
        link: Mutex::new(None),
        _counted: Counted(dropped.clone()),
    });
    *object.link.lock() = Some(object.clone());
}

/// Panics when dropped, once it is armed.
struct Captive(Arc<AtomicBool>);

impl Drop for Captive {
    fn drop(&mut self) {
        if self.0.swap(false, SeqCst) {
            panic!("a captive panics");
        }
    }
}

#[test]
fn a_sink_whose_captive_panics_loses_no_garbage() {
    in_time(|| {
        gc::disable();
        let dropped = Arc::default();
        (0..100).for_each(|_| counting_cycle(&dropped));
        let captive = Captive(Arc::new(AtomicBool::new(true)));
        let armed = captive.0.clone();
        gc::on_debug(move |_| {
            let _ = &captive;
            gc::on_debug(|_| ());
        });
        gc::set_debug(gc::Debug::COLLECTABLE);
        gc::collect();
        gc::set_debug(gc::Debug::NONE);
        assert_eq!((dropped.load(SeqCst), armed.load(SeqCst)), (100, false));
        gc::enable();
    });
}

#[test]
fn a_sink_that_collects_does_not_come_back_to_itself() {
    in_time(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        gc::on_debug(move |_| {
            counted.fetch_add(1, SeqCst);
            gc::collect();
        });
        gc::set_debug(gc::Debug::STATS);
        gc::collect();
        gc::set_debug(gc::Debug::NONE);
        gc::on_debug(|_| ());
        assert!(calls.load(SeqCst) >= 1);
    });
}

#[test]
fn a_callback_that_removes_itself_leaves_the_collector_running() {
    in_time(|| {
        let captive = Captive(Arc::new(AtomicBool::new(true)));
        let armed = captive.0.clone();
        let id = Arc::new(parking_lot::Mutex::new(None));
        let mine = id.clone();
        *id.lock() = Some(gc::on_collection(move |_| {
            let _ = &captive;
            if let Some(id) = mine.lock().take() {
                gc::remove_callback(id);
            }
        }));
        let dropped = Arc::default();
        while armed.load(SeqCst) {
            counting_cycle(&dropped);
        }
        let begun = gc::stats().collections;
        while gc::stats().collections < begun + 2 {
            (0..1000).for_each(|_| counting_cycle(&dropped));
        }
    });
}

/// Threads that collect inside their allocations, with drops that take time, so that something is being destroyed nearly always.
#[test]
fn collect_has_its_turn() {
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(Duration::from_micros(300));
        }
    }
    #[derive(Trace)]
    struct Heavy {
        link: Mutex<Option<Gc<Heavy>>>,
        #[trace(skip)]
        _slow: Slow,
        _room: [u64; 100],
    }
    in_time(|| {
        let before = gc::threshold();
        gc::set_mode(gc::Mode::Inline);
        gc::set_threshold(gc::Threshold {
            young: 1,
            middle: 0,
            old: 0,
        });
        let stop = Arc::new(AtomicBool::new(false));
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let stop = stop.clone();
                thread::spawn(move || {
                    while !stop.load(SeqCst) {
                        thread::sleep(Duration::from_millis(1));
                        let object = Gc::new(Heavy {
                            link: Mutex::new(None),
                            _slow: Slow,
                            _room: [0; 100],
                        });
                        *object.link.lock() = Some(object.clone());
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(100));
        (0..3).for_each(|_| _ = gc::collect());
        stop.store(true, SeqCst);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        gc::set_mode(gc::Mode::Background);
        gc::set_threshold(before);
    });
}
