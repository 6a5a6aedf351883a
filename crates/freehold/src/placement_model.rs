//! Placing objects for loom models: slots of their own, reused in turn, so that a model sees reuse as the pool would do it.

use crate::header::{Header, PAYLOAD};
use crate::primitive::{AtomicUsize, Ordering};
use crate::trace::Trace;
use crate::type_info::TypeInfo;
use std::alloc::{Layout, alloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Mutex;

/// The slots of the model in progress. A plain lock, held for an instant: loom does not explore it.
static SLOTS: Mutex<Vec<SlotState>> = Mutex::new(Vec::new());

struct SlotState {
    header: NonNull<Header>,
    layout: Layout,
    vacant: bool,
    /// As in the pool, the next user of a slot has synchronised with the last one.
    handover: &'static AtomicUsize,
}

// SAFETY: moved between the model's threads under the lock.
unsafe impl Send for SlotState {}

fn slots() -> std::sync::MutexGuard<'static, Vec<SlotState>> {
    SLOTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Forgets all slots; their memory is left to the end of the process, as loom may still look at the atomics in it.
pub(crate) fn reset() {
    slots().clear();
}

/// Every slot, vacant or not.
pub(crate) fn headers() -> Vec<NonNull<Header>> {
    slots().iter().map(|slot| slot.header).collect()
}

/// The number of slots in use.
pub(crate) fn in_use() -> usize {
    slots().iter().filter(|slot| !slot.vacant).count()
}

pub(crate) fn place<T: Trace + 'static>(value: T) -> NonNull<T> {
    let layout = Layout::new::<T>();
    assert!(layout.align() <= PAYLOAD.next_power_of_two());
    let mut slots = slots();
    let (header, handover) = match slots.iter_mut().find(|slot| slot.vacant && slot.layout == layout) {
        Some(slot) => {
            slot.vacant = false;
            (slot.header, slot.handover)
        }
        None => {
            let whole = Layout::from_size_align(PAYLOAD + layout.size(), 16).expect("models are small");
            // SAFETY: not of size zero.
            let Some(start) = NonNull::new(unsafe { alloc(whole) }) else {
                handle_alloc_error(whole)
            };
            let header = start.cast::<Header>();
            // SAFETY: fresh memory.
            unsafe { header.write(Header::vacant()) };
            let handover: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
            slots.push(SlotState {
                header,
                layout,
                vacant: false,
                handover,
            });
            (header, handover)
        }
    };
    // loom must not switch threads under the lock.
    drop(slots);
    // Acquire pairs with the Release in `free`.
    handover.fetch_add(0, Ordering::Acquire);
    // SAFETY: the slot is ours, and large enough.
    unsafe {
        let payload = header.cast::<u8>().add(PAYLOAD).cast::<T>();
        payload.write(value);
        header.as_ref().publish(TypeInfo::of::<T>(), T::finalizer().is_some());
        payload
    }
}

/// The slots of a model stay.
pub(crate) fn pin<T: Trace + 'static>() {}

/// Gives a slot back.
///
/// # Safety
/// The object in it is gone, and nobody has a handle.
pub(crate) unsafe fn free(header: NonNull<Header>) {
    let find = |slots: &[SlotState]| slots.iter().position(|slot| slot.header == header);
    let handover = {
        let slots = slots();
        let index = find(&slots).expect("a slot of this model");
        slots[index].handover
    };
    handover.fetch_add(1, Ordering::Release);
    let mut slots = slots();
    let index = find(&slots).expect("a slot of this model");
    assert!(!slots[index].vacant, "freed twice");
    slots[index].vacant = true;
}
