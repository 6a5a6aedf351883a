//! Deadlocks, found before they happen and when they do. With feature `deadlock-detection`, for the locks of [`sync`](super).
//!
//! ```
//! use freehold::sync::deadlock;
//!
//! deadlock::on_inversion(|inversion| eprintln!("{inversion}"));
//! deadlock::on_deadlock(|deadlock| eprintln!("{deadlock}"));
//! ```
//!
//! Two lines at the beginning of a program; it is told what was found when it is found, and the library prints nothing. What was
//! found can also be asked for later.
//!
//! # Inversions
//!
//! A thread that holds one lock and wants another makes an *order* of the two. Orders that contradict each other are an
//! [`Inversion`]: at another moment, the threads would have waited for each other for ever. It is reported the first time
//! that both orders were seen, also by one thread alone, and whether or not anybody ever waited; cycles of three and
//! more orders are, too.
//!
//! ```
//! use freehold::sync::{Mutex, deadlock};
//!
//! let (accounts, log) = (Mutex::new(100), Mutex::new(Vec::new()));
//! {
//!     let mut accounts = accounts.lock();
//!     log.lock().push("withdrawn"); // accounts before log
//!     *accounts -= 10;
//! }
//! assert!(deadlock::inversions().is_empty());
//! {
//!     let mut log = log.lock();
//!     log.push(if *accounts.lock() > 0 { "rich" } else { "poor" }); // log before accounts
//! }
//! let inversion = &deadlock::inversions()[0];
//! assert_eq!(inversion.orders.len(), 2);
//! println!("{inversion}");
//! # assert!(inversion.to_string().contains("thread 1 \"main\" held Mutex #2 at 0x"), "{inversion}");
//! ```
//!
//! ```text
//! 2 locks are taken in orders that can deadlock:
//!   thread 1 "main" held Mutex #2 at 0x7ffd1c2a5d90 (src/main.rs:12:23) and wanted Mutex #1 at 0x7ffd1c2a5d78 (src/main.rs:13:26)
//!   thread 1 "main" held Mutex #1 at 0x7ffd1c2a5d78 (src/main.rs:6:33) and wanted Mutex #2 at 0x7ffd1c2a5d90 (src/main.rs:7:9)
//! ```
//!
//! - **Who tries does not wait.** `try_lock`, `try_lock_for` and their like make no order to the lock that they take. Orders from
//!   it they make, as all who hold it.
//! - **Readers** wait for readers: a lock lets none past a writer that waits, so two readers and two writers can deadlock in
//!   opposite orders, and one reader that reads again, with one writer. Orders of reads count, therefore, and so does a
//!   `read` within a `read` of the same lock. `read_recursive` passes the writer by, and waits for readers never. Beside an
//!   upgradable reader the lock lets readers past a writer that waits, so `read` does not wait for it.
//! - **What takes a lock again** makes orders, too: a [`Condvar`](super::Condvar) when the wait is over, `unlocked`, `bump`,
//!   and an upgrade, which waits for the other readers. After `unlocked`, the place where the lock is taken is one in `lock_api`.
//! - A [`OnceLock`](super::OnceLock) and a [`LazyLock`](super::LazyLock) are locks while they are being set.
//! - The parts of a [`Map`](crate::lockfree::Map) have mutexes, which those who change it hold, with places in its own source.
//! - A [`ReentrantMutex`](super::ReentrantMutex) that its owner takes again makes none.
//! - **Reported once** for the same sites, however many locks are taken there. Another place in the program that takes the same two
//!   locks is reported when the first is mended.
//! - **The search has a budget**: before the first inversion 100,000 orders are looked at for a cycle, afterwards 250, from the
//!   nearest on. Two locks in both orders are always found; a cycle of many, in a program that has inversions, perhaps when
//!   those are mended.
//!
//! An inversion is a danger, not always a fault: the detector does not know that a third lock, always held around both, lets one
//! thread at a time come there, or that one order is of the program's beginning and the other of its end.
//!
//! # Deadlocks
//!
//! A thread that is about to wait looks at what the others hold and wait for. If they wait for it in turn, that is a [`Deadlock`]:
//! which threads, for which lock each of them waits and where, who has it, and where it was taken. There are no false ones,
//! and the collector is in none: it enters a lock only by trying. A thread that waits for itself is a deadlock of one. A
//! wait with a limit ends by itself, and is in none.
//!
//! ```
//! use freehold::sync::{Mutex, deadlock};
//! use std::time::Duration;
//!
//! static COUNT: Mutex<u32> = Mutex::new(0);
//! std::thread::spawn(|| {
//!     let first = COUNT.lock();
//!     let second = COUNT.lock(); // never returns
//!     drop((first, second));
//! });
//! while deadlock::deadlocks().is_empty() {
//!     std::thread::sleep(Duration::from_millis(1));
//! }
//! let deadlock = &deadlock::deadlocks()[0];
//! assert_eq!(deadlock.waits.len(), 1);
//! assert!(deadlock.to_string().starts_with("a thread waits for itself:\n  thread "));
//! ```
//!
//! Nobody ends a deadlock: the threads wait, after the callbacks have run. A callback may end the process
//! ([`std::process::abort`] leaves a core for the debugger), or write down what it was told and let a watchdog do it. It
//! cannot end one wait by a panic: the locks are sometimes taken again for guards that exist already.
//!
//! A guard that was forgotten holds its lock, and a thread that waits for it is in a deadlock if the owner waits in turn. Another
//! thread may end one that was reported by `force_unlock`: nobody can know that it will.
//!
//! Semaphores, events and barriers have no owner, and are not looked at; nor are locks of other crates, channels, `join`, and
//! destructors that are waited for.
//!
//! # Callbacks
//!
//! They run on the thread that found something, before it takes the lock, with no lock of the detector's. They may take locks, from
//! which no orders are made; not those that the thread holds already. A panic of theirs is counted in
//! [`Stats`](crate::gc::Stats), and ends there, as for [`on_collection`](crate::gc::on_collection).
//!
//! # What it costs
//!
//! Nothing without the feature: the locks compile to the same instructions. With it a lock has 8 bytes more. Where a mutex is taken and
//! released in 15 ns without, it takes 55 ns with it; one inside another 31 ns and 150 ns; and 31 ns and 430 ns if the inner
//! one is new each time, so that each time there is a new order (`crates/freehold-bench/examples/lock_detection.rs`).
//!
//! A new order, a wait of a thread that holds something, and the end of a lock or a thread take one lock of the detector's. A
//! lock that is taken while others are held is compared with each of them. Who waits to read and holds something wakes up
//! from time to time, after 20 ms, 40 ms, 80 ms and so on, to look again, and then stands at the end of the lock's queue. The
//! graph has an entry for each pair of live locks that were held at once, with both places. The feature is meant for
//! tests, and for programs that are known to stop; it can be left on where locks are not what takes the time.
//!
//! A lock has a `Drop` with the feature: so a thread-local that has locks in it gets a destructor, and a constant function
//! that drops a lock does not compile. A global allocator that waits for these locks is not supported.
//!
//! # After a fork
//!
//! The child has a detector that knows its one thread. Locks that other threads of the parent held stay locked, and nobody is said to
//! have them. Handlers of the program's may take locks.

mod acquisition;
mod detector;
mod order;
mod report;
mod thread;
mod wait;
pub(super) mod watch;

pub use super::mode::{Kind, Mode};
pub use acquisition::{Acquisition, Lock};
pub use report::{Deadlock, Inversion, Order, Thread, Wait};

pub(crate) use detector::register_now;
use detector::with_detector;
use std::sync::Arc;

/// A callback's registration.
///
/// ```
/// use freehold::sync::deadlock::{CallbackId, on_deadlock, remove_callback};
/// let id: CallbackId = on_deadlock(|_| std::process::abort());
/// remove_callback(id);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallbackId(u64);

/// Has `callback` told of each inversion, by the thread that finds it and is about to take the lock.
pub fn on_inversion(callback: impl Fn(&Inversion) + Send + Sync + 'static) -> CallbackId {
    let callback = Arc::new(callback);
    with_detector(|detector| {
        let id = detector.next_callback();
        detector.inversions.register(id, callback);
        CallbackId(id)
    })
}

/// Has `callback` told of each deadlock, by the thread that finds it: the last that was about to wait.
pub fn on_deadlock(callback: impl Fn(&Deadlock) + Send + Sync + 'static) -> CallbackId {
    let callback = Arc::new(callback);
    with_detector(|detector| {
        let id = detector.next_callback();
        detector.deadlocks.register(id, callback);
        CallbackId(id)
    })
}

/// Removes a callback. It may be running at the moment, or just about to.
pub fn remove_callback(CallbackId(id): CallbackId) {
    let removed = with_detector(|detector| (detector.inversions.remove(id), detector.deadlocks.remove(id)));
    // What the callback owned is dropped without the lock.
    drop(removed);
}

/// The inversions found so far, the first hundred of them.
pub fn inversions() -> Vec<Inversion> {
    with_detector(|detector| detector.inversions.kept())
}

/// The deadlocks found so far, the first hundred of them.
pub fn deadlocks() -> Vec<Deadlock> {
    with_detector(|detector| detector.deadlocks.kept())
}
