//! Control blocks: what weak handles hold on to. Made at an object's first `downgrade`.
//!
//! The block outlives the object, so the object's slot is free for reuse at once. A lock in it orders an upgrade with the
//! object's death: an upgrade touches the header only while the lock says that the object is alive, and whoever destroys
//! the object says so under the lock first. So an upgrade can never meet the slot's next object.
//!
//! Locks are taken in the order control block, verdict. The child of a fork may find the block of another thread's upgrade
//! locked, and takes the lock: whether that upgrade has counted its handle or not, there is nobody left to use it.

use crate::header::{Header, Upgrade};
use crate::primitive::{AtomicUsize, Ordering, acquire, register};
use crate::spin::SpinLock;
use crate::type_info::TypeInfo;
use crate::verdict;
use std::ptr::NonNull;

#[repr(align(16))] // The header keeps bits of its own below a pointer to it.
pub(crate) struct Control {
    info: &'static TypeInfo,
    /// The object while it is alive.
    object: SpinLock<Option<NonNull<Header>>>,
    /// Weak handles, and one for the object itself.
    holders: AtomicUsize,
}

// SAFETY: the header is touched under the lock only, and is made for sharing.
unsafe impl Sync for Control {}
// SAFETY: as above.
unsafe impl Send for Control {}

impl Control {
    /// One more weak handle to the object: its control block, made if it has none.
    ///
    /// # Safety
    /// `header` is a live object, kept alive by the caller's handle.
    pub(crate) unsafe fn of(header: NonNull<Header>) -> NonNull<Control> {
        // SAFETY: alive, as the caller promised.
        let object = unsafe { header.as_ref() };
        if let Some(control) = object.control() {
            // SAFETY: the object holds its block.
            unsafe { control.as_ref() }.hold();
            return control;
        }
        register();
        // SAFETY: alive.
        let info = unsafe { object.info() };
        let block = Box::new(Control {
            info,
            object: SpinLock::new(Some(header)),
            holders: AtomicUsize::new(2),
        });
        let block = NonNull::from(Box::leak(block));
        match object.install(block) {
            Ok(()) => block,
            Err(installed) => {
                // SAFETY: ours, never shared.
                drop(unsafe { Box::from_raw(block.as_ptr()) });
                // SAFETY: the object holds its block.
                unsafe { installed.as_ref() }.hold();
                installed
            }
        }
    }

    /// A control block for an object that is being built, with one holder: a weak handle, which cannot be upgraded yet.
    pub(crate) fn unborn(info: &'static TypeInfo) -> NonNull<Control> {
        register();
        let block = Box::new(Control {
            info,
            object: SpinLock::new(None),
            holders: AtomicUsize::new(1),
        });
        NonNull::from(Box::leak(block))
    }

    /// The object was published, and holds the block: weak handles can be upgraded from now on.
    pub(crate) fn born(&self, header: NonNull<Header>) {
        self.object.with(|object| *object = Some(header));
    }

    pub(crate) fn info(&self) -> &'static TypeInfo {
        self.info
    }

    /// One more weak handle.
    pub(crate) fn hold(&self) {
        // Relaxed: the handle cloned from keeps the block.
        let old = self.holders.fetch_add(1, Ordering::Relaxed);
        if old > isize::MAX as usize {
            std::process::abort();
        }
    }

    /// One holder less; the last frees the block.
    ///
    /// # Safety
    /// The caller is a holder, and does not use the block again.
    pub(crate) unsafe fn release(this: NonNull<Control>) {
        // SAFETY: the caller is a holder.
        // Release pairs with the fence below: all uses precede the block's end.
        if unsafe { this.as_ref() }.holders.fetch_sub(1, Ordering::Release) == 1 {
            // SAFETY: freed below.
            acquire(|order| unsafe { this.as_ref() }.holders.load(order));
            // SAFETY: that was the last holder.
            drop(unsafe { Box::from_raw(this.as_ptr()) });
        }
    }

    /// Takes a strong handle's count on the object, if it is alive.
    pub(crate) fn upgrade(&self) -> Option<NonNull<Header>> {
        self.object.with(|object| {
            let header = (*object)?;
            // SAFETY: alive while the lock is held; see `kill`.
            let taken = match unsafe { header.as_ref() }.upgrade() {
                Upgrade::Done => true,
                Upgrade::Dead => false,
                Upgrade::Condemned => verdict::rescue(header),
            };
            taken.then_some(header)
        })
    }

    /// The object's strong count; 0 once it is dead.
    pub(crate) fn strong_count(&self) -> usize {
        // SAFETY: as in `upgrade`.
        let count = |header: NonNull<Header>| unsafe { header.as_ref() }.count();
        self.object.with(|object| object.map_or(0, count))
    }

    /// The number of weak handles.
    pub(crate) fn weak_count(&self) -> usize {
        let of_object = usize::from(self.object.with(|object| object.is_some()));
        self.holders.load(Ordering::Relaxed) - of_object
    }

    /// From here on no upgrade succeeds, and none is inside the object. By whoever will destroy the object.
    pub(crate) fn kill(&self) {
        self.object.with(|object| *object = None);
    }
}
