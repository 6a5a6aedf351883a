//! fork(2), as in [`freehold_pool::fork`]: the heap's locks are taken before and released after, and the child forgets the threads
//! that it does not have.
//!
//! A child goes on with the heap as it was. It starts a collector of its own when it needs one. What other threads were about
//! to destroy at that moment is not destroyed in the child, and the handles on their stacks are never dropped there: both stay
//! where they are. A lock of the user's that another thread held stays held, as with any lock.

use crate::collect::{background, control, pace};
use crate::gc::{debug, events};
use crate::lockfree::limbo;
use crate::verdict;
use freehold_pool::fork::{Forking, at_fork};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// The number of forks that this process is away from the first, and one. Relaxed: changed while there is one thread.
static EPOCH: AtomicU32 = AtomicU32::new(1);

/// The process's epoch, which is not 0.
#[inline]
pub(crate) fn epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Takes part in forks from now on. Where the linker lets us, that was done before the program began.
#[inline]
pub(crate) fn register() {
    if !REGISTERED.load(Ordering::Relaxed) {
        register_now();
    }
}

#[cold]
extern "C" fn register_now() {
    // Relaxed: a thread that goes on before another has done it is unprotected for that moment. Nobody waits for it, since
    // the child of a fork in that moment would wait for a thread that it does not have.
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        freehold_pool::fork::register();
        // Should the system have no memory for three addresses, a fork is as safe as it is without us.
        let _ = at_fork(prepare, parent, child);
        #[cfg(feature = "deadlock-detection")]
        crate::sync::deadlock::register_now();
    }
}

/// Run by the loader before `main`, when there is one thread: so no fork can come while we register.
#[used]
// SAFETY: the section holds addresses of functions without arguments, as this one is.
#[cfg_attr(
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    unsafe(link_section = ".init_array")
)]
// SAFETY: as above.
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static BEFORE_MAIN: extern "C" fn() = register_now;

/// The heap's locks.
struct Held {
    control: control::Held,
    background: background::Held,
    _verdict: verdict::Held,
    _pacer: MutexGuard<'static, pace::Pacer>,
    _callbacks: MutexGuard<'static, events::Callbacks>,
    _debug: debug::Held,
    limbo: limbo::Held,
}

/// What the thread that forks holds meanwhile.
static HELD: Forking<Held> = Forking::new();

extern "C" fn prepare() {
    // The lock for finding first: nothing is condemned, and the verdict is closed, when the others are taken.
    let held = Held {
        control: control::hold(),
        background: background::hold(),
        _verdict: verdict::hold(),
        _pacer: pace::hold(),
        _callbacks: events::hold(),
        _debug: debug::hold(),
        limbo: limbo::hold(),
    };
    // SAFETY: the locks are ours, so no other thread forks.
    unsafe { HELD.put(held) };
}

extern "C" fn parent() {
    // SAFETY: put there by `prepare`, on this thread.
    drop(unsafe { HELD.take() });
}

extern "C" fn child() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
    // SAFETY: as above.
    if let Some(held) = unsafe { HELD.take() } {
        held.control.start_anew();
        held.background.start_anew();
        held.limbo.start_anew();
    }
}
