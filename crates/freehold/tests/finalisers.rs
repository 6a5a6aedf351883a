//! Finalisers, in the order of PEP 442: once each, before anything is dropped, all of the garbage intact, its weak handles dead;
//! what they keep lives on.

use freehold::sync::Mutex;
use freehold::{Finalize, Gc, Trace, Weak, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

type Log = Arc<parking_lot::Mutex<Vec<String>>>;
type Work = Box<dyn Fn(&Node) + Send + Sync>;

/// What a node does at its end.
struct Last {
    name: &'static str,
    log: Log,
    work: Work,
}

impl Drop for Last {
    fn drop(&mut self) {
        self.log.lock().push(format!("{} dropped", self.name));
    }
}

#[derive(Trace)]
#[trace(finalize)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
    /// Weak handles to look at when it ends.
    watched: Mutex<Vec<Weak<Node>>>,
    #[trace(skip)]
    last: Last,
}

impl Finalize for Node {
    fn finalize(&self) {
        self.last.log.lock().push(format!("{} finalised", self.last.name));
        (self.last.work)(self);
    }
}

fn alone() -> impl Drop {
    static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    let guard = ALONE.lock();
    gc::disable();
    gc::collect();
    guard
}

fn node(name: &'static str, log: &Log, work: impl Fn(&Node) + Send + Sync + 'static) -> Gc<Node> {
    Gc::new(Node {
        links: Mutex::default(),
        watched: Mutex::default(),
        last: Last {
            name,
            log: log.clone(),
            work: Box::new(work),
        },
    })
}

fn link(from: &Gc<Node>, to: &Gc<Node>) {
    from.links.lock().push(to.clone());
}

fn taken(log: &Log) -> Vec<String> {
    std::mem::take(&mut log.lock())
}

#[test]
fn the_last_drop_finalises_and_then_drops_parents_before_children() {
    let _alone = alone();
    let log = Log::default();
    let (parent, child) = (node("parent", &log, |_| ()), node("child", &log, |_| ()));
    link(&parent, &child);
    drop(child);
    assert!(!gc::is_finalized(&parent));
    drop(parent);
    assert_eq!(
        taken(&log),
        ["parent finalised", "parent dropped", "child finalised", "child dropped"]
    );
}

#[test]
fn a_cycle_is_finalised_whole_before_anything_of_it_is_dropped() {
    let _alone = alone();
    let log = Log::default();
    let looks = |me: &Node| {
        // All that it reaches is intact, and all weak handles to the garbage are dead.
        assert_eq!(
            me.links.lock().iter().filter(|next| next.last.name.len() == 1).count(),
            1
        );
        assert!(
            me.watched
                .lock()
                .iter()
                .all(|weak| weak.upgrade().is_none() && weak.strong_count() == 0)
        );
    };
    let nodes = [node("a", &log, looks), node("b", &log, looks), node("c", &log, looks)];
    for (index, from) in nodes.iter().enumerate() {
        link(from, &nodes[(index + 1) % 3]);
        from.watched.lock().extend(nodes.iter().map(Gc::downgrade));
    }
    drop(nodes);
    let collection = gc::collect();
    assert_eq!(
        (collection.collected, collection.finalised, collection.resurrected),
        (3, 3, 0)
    );
    let log = taken(&log);
    assert_eq!(log.len(), 6);
    assert!(log[..3].iter().all(|line| line.ends_with("finalised")), "{log:?}");
    assert!(log[3..].iter().all(|line| line.ends_with("dropped")), "{log:?}");
    assert_eq!(gc::collect().panics, 0);
}

#[test]
fn what_a_finaliser_keeps_lives_on_and_is_not_finalised_again() {
    let _alone = alone();
    let log = Log::default();
    let kept: Arc<parking_lot::Mutex<Vec<Gc<Node>>>> = Arc::default();
    let keep = {
        let kept = kept.clone();
        move |me: &Node| kept.lock().push(me.links.lock()[0].clone())
    };
    // a ⇄ b, and b → c. The finaliser of a keeps b, and with it everything.
    let [a, b, c] = [node("a", &log, keep), node("b", &log, |_| ()), node("c", &log, |_| ())];
    let before = Gc::downgrade(&b);
    link(&a, &b);
    link(&b, &a);
    link(&b, &c);
    drop((a, b, c));
    let collection = gc::collect();
    assert_eq!((collection.collected, collection.resurrected), (0, 3));
    assert_eq!(taken(&log).len(), 3, "all three are finalised, and none is dropped");
    let b = kept.lock().pop().unwrap();
    assert!(gc::is_finalized(&b) && gc::is_finalized(&b.links.lock()[1]));
    assert_eq!(Gc::strong_count(&b), 2);
    assert!(
        before.upgrade().is_none(),
        "weak handles from before the finalisers stay dead"
    );
    let after = Gc::downgrade(&b);
    assert!(Gc::ptr_eq(&after.upgrade().unwrap(), &b), "new ones work");
    assert_eq!((Gc::weak_count(&b), before.strong_count()), (1, 0));
    drop(b);
    assert_eq!(gc::collect().collected, 3);
    assert!(after.upgrade().is_none());
    assert!(taken(&log).iter().all(|line| line.ends_with("dropped")), "once each");
}

#[test]
fn an_object_that_dies_by_counting_can_be_resurrected_too() {
    let _alone = alone();
    static HELD: parking_lot::Mutex<Vec<Weak<Node>>> = parking_lot::Mutex::new(Vec::new());
    static KEPT: parking_lot::Mutex<Vec<Gc<Node>>> = parking_lot::Mutex::new(Vec::new());
    let log = Log::default();
    let child = node("child", &log, |_| ());
    let parent = node("parent", &log, |me| KEPT.lock().extend(me.links.lock().drain(..)));
    HELD.lock().push(Gc::downgrade(&child));
    link(&parent, &child);
    drop(child);
    drop(parent);
    assert_eq!(taken(&log), ["parent finalised", "parent dropped"]);
    let child = KEPT.lock().pop().unwrap();
    assert!(!gc::is_finalized(&child), "it was never garbage");
    assert!(HELD.lock()[0].upgrade().is_some());
    drop(child);
    assert_eq!(taken(&log), ["child finalised", "child dropped"]);
    HELD.lock().clear();
}

#[test]
fn a_finaliser_may_take_the_garbage_apart() {
    let _alone = alone();
    let log = Log::default();
    let breaks = |me: &Node| drop(std::mem::take(&mut *me.links.lock()));
    let nodes = [
        node("a", &log, breaks),
        node("b", &log, breaks),
        node("c", &log, breaks),
    ];
    for from in &nodes {
        nodes.iter().for_each(|to| link(from, to));
    }
    drop(nodes);
    gc::collect();
    let log = taken(&log);
    for name in ["a", "b", "c"] {
        let at = |what: &str| log.iter().position(|line| *line == format!("{name} {what}")).unwrap();
        assert!(at("finalised") < at("dropped"));
    }
    assert_eq!(log.len(), 6);
}

#[test]
fn objects_made_by_finalisers_are_collected_later() {
    let _alone = alone();
    let log = Log::default();
    let made = Arc::new(AtomicUsize::new(0));
    let makes = {
        let (log, made) = (log.clone(), made.clone());
        move |_: &Node| {
            for _ in 0..100 {
                let made = made.clone();
                let new = node("new", &log, move |_| _ = made.fetch_add(1, SeqCst));
                link(&new, &new);
            }
        }
    };
    let old = node("old", &log, makes);
    link(&old, &old);
    drop(old);
    assert_eq!(gc::collect().collected, 1);
    assert_eq!(made.load(SeqCst), 0, "not in the collection that they were made in");
    assert_eq!(gc::collect().collected, 100);
    assert_eq!(made.load(SeqCst), 100);
}

#[test]
fn panics_in_finalisers_lose_nothing() {
    let _alone = alone();
    let log = Log::default();
    let panics = |_: &Node| panic!("a finaliser panics");
    let (a, b) = (node("a", &log, panics), node("b", &log, panics));
    link(&a, &b);
    link(&b, &a);
    drop((a, b));
    let before = gc::stats().panics;
    let collection = gc::collect();
    assert_eq!((collection.collected, collection.panics), (2, 2));
    assert_eq!(gc::stats().panics, before + 2);
    assert_eq!(taken(&log).len(), 4);
    // In a drop it goes on when all is done, as that of a destructor.
    let (parent, child) = (node("parent", &log, panics), node("child", &log, |_| ()));
    link(&parent, &child);
    drop(child);
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(parent)));
    assert!(result.is_err());
    assert_eq!(taken(&log).len(), 4);
}

#[test]
fn slices_are_finalised_by_element_and_moved_values_are_not() {
    let _alone = alone();
    static FINALISED: AtomicUsize = AtomicUsize::new(0);
    #[derive(Trace)]
    #[trace(finalize)]
    struct Leaf(u8);
    impl Finalize for Leaf {
        fn finalize(&self) {
            FINALISED.fetch_add(usize::from(self.0), SeqCst);
        }
    }
    drop(Gc::<[Leaf]>::from([Leaf(1), Leaf(10)]));
    assert_eq!(FINALISED.load(SeqCst), 11);
    assert!(Gc::into_inner(Gc::new(Leaf(100))).is_some());
    assert_eq!(FINALISED.load(SeqCst), 11);
    drop(Gc::new_cyclic(|_| Leaf(7)));
    assert_eq!(FINALISED.load(SeqCst), 18);
    assert!(!gc::is_finalized(&Gc::new(5)), "a type without a finaliser");
}

#[test]
fn finalisers_run_once_with_collectors_and_droppers_in_many_threads() {
    let _alone = alone();
    gc::enable();
    static FINALISED: AtomicUsize = AtomicUsize::new(0);
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    static KEPT: parking_lot::Mutex<Vec<Gc<Many>>> = parking_lot::Mutex::new(Vec::new());
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }
    #[derive(Trace)]
    #[trace(finalize)]
    struct Many {
        links: Mutex<Vec<Gc<Many>>>,
        #[trace(skip)]
        number: usize,
        #[trace(skip)]
        _counted: Counted,
    }
    impl Finalize for Many {
        fn finalize(&self) {
            FINALISED.fetch_add(1, SeqCst);
            // Every seventh keeps what it reaches; every fifth takes itself apart.
            let mut links = self.links.lock();
            match self.number {
                number if number.is_multiple_of(7) => KEPT.lock().extend(links.iter().cloned()),
                number if number.is_multiple_of(5) => {
                    let taken = std::mem::take(&mut *links);
                    drop(links);
                    drop(taken);
                }
                _ => {}
            }
        }
    }
    const EACH: usize = 3000;
    const THREADS: usize = 3;
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            thread::spawn(move || {
                let new = |number| {
                    Gc::new(Many {
                        links: Mutex::default(),
                        number,
                        _counted: Counted,
                    })
                };
                for number in (0..EACH).step_by(3) {
                    let group = [new(number), new(number + 1), new(number + 2)];
                    for (index, member) in group.iter().enumerate() {
                        member.links.lock().push(group[(index + 1) % 3].clone());
                        if let Some(kept) = KEPT.lock().pop() {
                            member.links.lock().push(kept);
                        }
                    }
                    if number % 64 == thread {
                        gc::collect();
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    loop {
        let kept = std::mem::take(&mut *KEPT.lock());
        let done = kept.is_empty();
        drop(kept);
        if gc::collect().resurrected == 0 && done && KEPT.lock().is_empty() {
            break;
        }
    }
    assert_eq!(FINALISED.load(SeqCst), EACH * THREADS, "once each");
    assert_eq!(DROPPED.load(SeqCst), EACH * THREADS);
    gc::disable();
}

/// Whoever asks the heap for its objects finds those that are about to be finalised, and may drop others through them.
#[test]
fn what_is_reached_by_asking_while_it_is_finalised_is_not_lost() {
    let _alone = alone();
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Counted;
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, SeqCst);
        }
    }
    #[derive(Trace)]
    #[trace(finalize)]
    struct Part {
        links: Mutex<Vec<Gc<Part>>>,
        marker: Mutex<Option<Gc<Part>>>,
        #[trace(skip)]
        _counted: Counted,
    }
    impl Finalize for Part {
        fn finalize(&self) {}
    }
    let part = || {
        Gc::new(Part {
            links: Mutex::default(),
            marker: Mutex::default(),
            _counted: Counted,
        })
    };
    let marker = part();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let cutter = {
        let (marker, stop) = (marker.clone(), stop.clone());
        thread::spawn(move || {
            while !stop.load(SeqCst) {
                for object in gc::referrers(&marker) {
                    let part = object.downcast::<Part>().unwrap();
                    let links = std::mem::take(&mut *part.links.lock());
                    links.into_iter().rev().for_each(drop);
                }
            }
        })
    };
    let (rounds, many) = (20, 5000);
    for _ in 0..rounds {
        let head = part();
        *head.marker.lock() = Some(marker.clone());
        head.links.lock().extend((0..many).map(|_| part()));
        head.links.lock().push(head.clone());
        drop(head);
        gc::collect();
    }
    stop.store(true, SeqCst);
    cutter.join().unwrap();
    drop(marker);
    gc::collect();
    gc::collect();
    assert_eq!(DROPPED.load(SeqCst), rounds * (many + 1) + 1);
}
