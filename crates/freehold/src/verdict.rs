//! The verdict of the collection in progress: whether condemned objects can still be rescued.
//!
//! A weak handle may be upgraded while its target is condemned. It does not wait: while the verdict is open it takes its
//! handle and leaves the object here as a *rescue*; the collector revives what was rescued and all that it reaches. The
//! collector closes the verdict in one step, only when no rescue is pending; afterwards upgrades of what is still
//! condemned fail.

use crate::header::Header;
use crate::primitive::{Mutex, per_process};
use std::ptr::NonNull;

struct Verdict {
    open: bool,
    rescued: Vec<Rescued>,
}

/// An object that was rescued.
struct Rescued(NonNull<Header>);

// SAFETY: the rescuer's handle keeps the object alive until the collector has revived it, or the collector itself does.
unsafe impl Send for Rescued {}

per_process! {
    static VERDICT: Mutex<Verdict> = Mutex::new(Verdict { open: false, rescued: Vec::new() })
}

/// The verdict's lock, held across a fork.
#[cfg(not(loom))]
pub(crate) struct Held {
    _verdict: std::sync::MutexGuard<'static, Verdict>,
}

/// Takes the lock.
#[cfg(not(loom))]
pub(crate) fn hold() -> Held {
    Held {
        _verdict: VERDICT.lock(),
    }
}

/// Opens the verdict, before the first object is condemned.
pub(crate) fn open() {
    VERDICT.lock().open = true;
}

/// Closes the verdict if no rescue is pending, and otherwise returns the rescues.
pub(crate) fn close() -> Result<(), Vec<NonNull<Header>>> {
    let mut verdict = VERDICT.lock();
    if verdict.rescued.is_empty() {
        verdict.open = false;
        return Ok(());
    }
    Err(verdict.rescued.drain(..).map(|Rescued(header)| header).collect())
}

/// Takes a handle on a condemned object, unless the verdict is closed. The caller holds the object's control block locked,
/// so the collector cannot finish with the object meanwhile (it says so to the control block before the next verdict
/// opens).
pub(crate) fn rescue(header: NonNull<Header>) -> bool {
    rescue_while(header, || true)
}

/// As [`rescue`], of an object that is alive if `is_alive` says so under the verdict's lock.
pub(crate) fn rescue_while(header: NonNull<Header>, is_alive: impl FnOnce() -> bool) -> bool {
    let mut verdict = VERDICT.lock();
    if !is_alive() {
        return false;
    }
    // SAFETY: the header of a live object: by the control block's lock, or as `is_alive` says.
    let object = unsafe { header.as_ref() };
    if !verdict.open {
        // Revived between the caller's look and ours, or beyond rescue.
        return object.upgrade() == crate::header::Upgrade::Done;
    }
    let taken = object.rescue();
    if taken {
        verdict.rescued.push(Rescued(header));
    }
    taken
}
