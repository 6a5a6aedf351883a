//! fork(2), as in [`freehold_pool::fork`]: the heap's locks are taken before and released after, and the child forgets the threads
//! that it does not have.
//!
//! A child goes on with the heap as it was. It starts a collector of its own when it needs one. What other threads were about
//! to destroy at that moment is not destroyed in the child, and the handles on their stacks are never dropped there: both stay
//! where they are. A lock of the user's that another thread held stays held, as with any lock.

use crate::collect::{background, control, pace};
use crate::gc::{debug, events};
use crate::verdict;
use freehold_pool::fork::at_fork;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{MutexGuard, Once};

/// The number of forks that this process is away from the first, and one. Relaxed: changed while there is one thread.
static EPOCH: AtomicU32 = AtomicU32::new(1);

/// The process's epoch, which is not 0.
#[inline]
pub(crate) fn epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

/// Takes part in forks from now on.
pub(crate) fn register() {
    static ONCE: Once = Once::new();
    // Should the system have no memory for three addresses, a fork is as safe as it is without us.
    ONCE.call_once(|| {
        freehold_pool::fork::register();
        let _ = at_fork(prepare, parent, child);
    });
}

/// The heap's locks.
struct Held {
    control: control::Held,
    background: background::Held,
    _verdict: verdict::Held,
    _pacer: MutexGuard<'static, pace::Pacer>,
    _callbacks: MutexGuard<'static, events::Callbacks>,
    _debug: debug::Held,
}

thread_local! {
    /// What this thread holds while it forks.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

extern "C" fn prepare() {
    // The lock for finding first: nothing is condemned, and the verdict is closed, when the others are taken.
    let held = Held {
        control: control::hold(),
        background: background::hold(),
        _verdict: verdict::hold(),
        _pacer: pace::hold(),
        _callbacks: events::hold(),
        _debug: debug::hold(),
    };
    let _ = HELD.try_with(|slot| slot.replace(Some(held)));
}

extern "C" fn parent() {
    let _ = HELD.try_with(|slot| slot.take());
}

extern "C" fn child() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
    let held = HELD.try_with(|slot| slot.take());
    if let Ok(Some(held)) = held {
        held.control.start_anew();
        held.background.start_anew();
    }
}
