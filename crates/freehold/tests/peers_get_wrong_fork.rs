//! Fork, while other threads allocate, wait for each other's cells and collect at full speed: the child has one thread, the
//! forking one, and a copy of every lock as it was at that instant. Its heap must work all the same: allocation, counting,
//! collections that are asked for, the background collector, new threads, the objects that it inherits, and its own forks.
//!
//! A child that hangs is ended by an alarm; one that fails says so by its exit code. `FREEHOLD_ROUNDS` multiplies the time.
#![cfg(unix)]

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Seconds after which a child counts as hanging. What it does takes some milliseconds.
const PATIENCE: u32 = 20;

/// One test at a time: forks of one are no business of the other.
static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

#[derive(Trace, Default)]
struct Node {
    next: Mutex<Option<Gc<Node>>>,
    #[trace(skip)]
    alive: Option<Alive>,
}

/// Counts the nodes of a ring that are alive.
struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// A ring of `nodes` nodes, and how many of them are alive.
fn ring(nodes: usize) -> (Vec<Gc<Node>>, Arc<AtomicUsize>) {
    let alive = Arc::new(AtomicUsize::new(nodes));
    let node = |_| {
        Gc::new(Node {
            next: Mutex::new(None),
            alive: Some(Alive(alive.clone())),
        })
    };
    let ring: Vec<_> = (0..nodes).map(node).collect();
    for (index, node) in ring.iter().enumerate() {
        *node.next.lock() = Some(ring[(index + 1) % nodes].clone());
    }
    (ring, alive)
}

/// Forks; the child does `work` and ends. Returns what the child's end was, in words, unless it was good.
fn in_child(work: impl FnOnce()) -> Result<(), String> {
    // SAFETY: the child runs code that a fork of a process with threads may not run, in general: this is what is tested.
    // Memory comes from glibc, whose locks survive a fork.
    match unsafe { libc::fork() } {
        -1 => Err("the system does not fork".to_owned()),
        0 => {
            // SAFETY: no memory is involved. The default action of the alarm ends the process.
            unsafe { libc::alarm(PATIENCE) };
            let good = catch_unwind(AssertUnwindSafe(work)).is_ok();
            // SAFETY: as above; destructors and buffers belong to the parent.
            unsafe { libc::_exit(i32::from(!good)) }
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` is a place for the answer.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            match status {
                0 => Ok(()),
                _ if libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGALRM => {
                    Err(format!("hangs after {PATIENCE} seconds"))
                }
                _ if libc::WIFSIGNALED(status) => Err(format!("died of signal {}", libc::WTERMSIG(status))),
                _ => Err(format!("exit code {}", libc::WEXITSTATUS(status))),
            }
        }
    }
}

/// What a child does, by name.
const WORKS: [(&str, fn()); 5] = [
    ("makes cycles and collects", make_and_collect),
    ("waits for the background collector", wait_for_background),
    ("starts threads that collect", start_threads),
    ("allocates in all sizes", allocate_all_sizes),
    ("forks again", fork_again),
];

fn collect() {
    gc::collect();
}

fn make_and_collect() {
    for _ in 0..20 {
        let (nodes, alive) = ring(100);
        let weak = Gc::downgrade(&nodes[0]);
        drop(nodes);
        assert!(weak.upgrade().is_some());
        gc::collect();
        assert_eq!((alive.load(SeqCst), weak.upgrade().is_some()), (0, false));
    }
}

fn wait_for_background() {
    gc::enable();
    let before = gc::stats().collections;
    let (first, alive) = ring(100);
    drop(first);
    // It sleeps until there is enough to do, and counts when it is done.
    while alive.load(SeqCst) > 0 || gc::stats().collections == before {
        drop(ring(1000));
    }
}

fn start_threads() {
    let (held, alive) = ring(10);
    let threads: Vec<_> = (0..3).map(|_| thread::spawn(make_and_collect)).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(alive.load(SeqCst), 10);
    drop(held);
    gc::collect();
    assert_eq!(alive.load(SeqCst), 0);
}

fn allocate_all_sizes() {
    let mut texts: Vec<Gc<str>> = Vec::new();
    for power in 0..22 {
        texts.extend((0..10).map(|_| Gc::from("x".repeat(1 << power))));
    }
    assert_eq!(texts.iter().map(|text| text.len()).max(), Some(1 << 21));
    drop(texts);
    make_and_collect();
}

fn fork_again() {
    let (held, alive) = ring(10);
    in_child(make_and_collect).expect("the child of a child");
    drop(held);
    gc::collect();
    assert_eq!(alive.load(SeqCst), 0);
}

/// The busy threads of the parent.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Busy {
    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, _) = ring(5);
        let works: [Box<dyn Fn() + Send>; 5] = [
            Box::new(collect),
            Box::new(collect),
            Box::new(|| drop(ring(50))),
            // Freed by another thread, into pages that are not its own; threads come and go.
            Box::new(|| drop(thread::spawn(|| ring(50)).join().unwrap())),
            // Weak handles, and cells that others want.
            Box::new(move || {
                for node in &shared {
                    let next = node.next.lock().clone();
                    let weak = next.as_ref().map(Gc::downgrade);
                    assert!(weak.is_some_and(|weak| weak.upgrade().is_some()));
                }
            }),
        ];
        let threads = works.into_iter().map(|work| {
            let stop = stop.clone();
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    work();
                }
            })
        });
        let threads = threads.collect();
        Busy { stop, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

#[test]
fn the_heap_of_a_child_works_though_the_fork_met_threads_at_work() {
    let _alone = ALONE.lock();
    let rounds = std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    let busy = Busy::start();
    let begin = Instant::now();
    let mut forks = 0;
    let mut failures = Vec::new();
    while begin.elapsed() < Duration::from_secs(5) * rounds && failures.len() < 3 {
        let (name, work) = WORKS[forks % WORKS.len()];
        failures.extend(
            in_child(work)
                .err()
                .map(|end| format!("fork {forks}, a child that {name}: {end}")),
        );
        forks += 1;
    }
    drop(busy);
    println!("{forks} forks");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_child_inherits_objects_and_parent_and_child_go_their_own_ways() {
    let _alone = ALONE.lock();
    let _busy = Busy::start();
    for _ in 0..8 {
        let (held, alive) = ring(100);
        let (garbage, dead) = ring(100);
        let weak = Gc::downgrade(&garbage[0]);
        let child = in_child(|| {
            let mut at = held[0].clone();
            for _ in 0..100 {
                let next = at.next.lock().clone().expect("rings are closed");
                at = next;
            }
            assert!(Gc::ptr_eq(&at, &held[0]));
            let strong = weak.upgrade().expect("alive at the fork");
            drop((at, strong));
            // Cut, so that counting frees what the child holds no more; the parent's stays.
            for node in &held[1..] {
                node.next.lock().take();
            }
            assert_eq!(alive.load(SeqCst), 100);
        });
        child.unwrap();
        drop(garbage);
        gc::collect();
        assert_eq!((alive.load(SeqCst), dead.load(SeqCst)), (100, 0));
        assert!(weak.upgrade().is_none());
        assert!(
            held.iter()
                .all(|node| node.next.lock().is_some() && node.alive.is_some())
        );
    }
}
