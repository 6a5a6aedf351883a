//! `Gc<[T]>` and `Gc<str>`: the elements in one slot.
//!
//! A handle to a slice is two words, and knows the length. The collector finds an object by its slot, and does not; so
//! the length also stands in the last word of the slot, where it costs at most eight bytes and no pointer.
//!
//! ```text
//! slot:  [header, 16][element 0][element 1] … [unused][length, 8]
//! ```

use super::Gc;
use crate::header::{Header, PAYLOAD};
use crate::placement::{self, MAX_ALIGN};
use crate::trace::{Trace, Tracer};
use crate::type_info::TypeInfo;
use std::alloc::{Layout, handle_alloc_error};
use std::any::TypeId;
use std::ptr::{self, NonNull};

impl<T: Trace + Send + Sync + 'static> From<Vec<T>> for Gc<[T]> {
    /// Moves the elements to the shared heap. O(n).
    fn from(mut elements: Vec<T>) -> Self {
        let payload = vacant_slice::<T>(elements.len());
        // SAFETY: the slot has room for the elements; the vector forgets them before anything can panic.
        unsafe {
            ptr::copy_nonoverlapping(elements.as_ptr(), payload.as_ptr(), elements.len());
            let length = elements.len();
            elements.set_len(0);
            let elements = NonNull::slice_from_raw_parts(payload, length);
            publish(elements, info_of_slice::<T>(), T::finalizer().is_some())
        }
    }
}

impl<T: Trace + Send + Sync + Clone + 'static> From<&[T]> for Gc<[T]> {
    fn from(elements: &[T]) -> Self {
        elements.to_vec().into()
    }
}

impl<T: Trace + Send + Sync + 'static, const N: usize> From<[T; N]> for Gc<[T]> {
    fn from(elements: [T; N]) -> Self {
        Vec::from(elements).into()
    }
}

impl<T: Trace + Send + Sync + 'static> FromIterator<T> for Gc<[T]> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        elements.into_iter().collect::<Vec<T>>().into()
    }
}

impl From<&str> for Gc<str> {
    /// Copies the text to the shared heap. O(n).
    fn from(text: &str) -> Self {
        let payload = vacant_slice::<u8>(text.len());
        // SAFETY: the slot has room for the bytes, which are UTF-8; a `str` has the layout of its bytes.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), payload.as_ptr(), text.len());
            let bytes = NonNull::slice_from_raw_parts(payload, text.len());
            publish(NonNull::new_unchecked(bytes.as_ptr() as *mut str), &STR, false)
        }
    }
}

impl From<String> for Gc<str> {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl<T: Trace + Send + Sync + 'static> Default for Gc<[T]> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl Default for Gc<str> {
    fn default() -> Self {
        "".into()
    }
}

/// A slot for `length` elements, not published, with the length written.
fn vacant_slice<T: Trace + 'static>(length: usize) -> NonNull<T> {
    const {
        assert!(
            align_of::<T>() <= MAX_ALIGN,
            "a type aligned to more than 32 KiB does not fit in a `Gc`"
        )
    };
    let elements = Layout::array::<T>(length).expect("the elements are in memory already");
    let Ok((whole, _)) = elements.extend(Layout::new::<usize>()) else {
        handle_alloc_error(elements)
    };
    let payload = placement::reserve_dynamic(whole, placement::kind_of::<T>());
    // SAFETY: the slot is ours, and has room for the length behind the elements.
    unsafe { length_of(payload).write(length) };
    payload.cast()
}

/// Where the length of the slice with this payload stands.
///
/// # Safety
/// The payload is in a slot that was not given back.
unsafe fn length_of(payload: NonNull<u8>) -> NonNull<usize> {
    // SAFETY: the slot's last word. Slots end at a multiple of 16.
    unsafe { payload.add(placement::room(payload) - size_of::<usize>()).cast() }
}

/// # Safety
/// The payload and the length are written in a slot that nobody else knows.
unsafe fn publish<T: ?Sized>(payload: NonNull<T>, info: &'static TypeInfo, finalizable: bool) -> Gc<T> {
    // SAFETY: the header stands before the payload; the count of 1 is the new handle's.
    unsafe {
        let header = payload.cast::<u8>().sub(PAYLOAD).cast::<Header>();
        header.as_ref().publish(info, finalizable);
        if placement::is_large(Layout::for_value(payload.as_ref())) {
            placement::announce(header);
        }
        Gc::from_counted(payload)
    }
}

/// `str`, whose payload is a slice of bytes.
static STR: TypeInfo = TypeInfo {
    name: std::any::type_name::<str>,
    type_id: TypeId::of::<str>,
    ..*info_of_slice::<u8>()
};

const fn info_of_slice<T: Trace + 'static>() -> &'static TypeInfo {
    const {
        &TypeInfo {
            trace: trace::<T>,
            drop: drop::<T>,
            finalize: finalize::<T>,
            size: size::<T>,
            name: std::any::type_name::<[T]>,
            type_id: TypeId::of::<[T]>,
        }
    }
}

/// The slice that a payload is.
///
/// # Safety
/// The payload of a live slice of `T`.
unsafe fn slice<T>(payload: *const u8) -> NonNull<[T]> {
    // SAFETY: as the caller promised; a payload is not at address 0.
    unsafe {
        let payload = NonNull::new_unchecked(payload.cast_mut());
        NonNull::slice_from_raw_parts(payload.cast(), length_of(payload).read())
    }
}

unsafe fn trace<T: Trace>(payload: *const u8, tracer: &mut Tracer) {
    // SAFETY: the caller gives a live slice.
    unsafe { slice::<T>(payload).as_ref() }.trace(tracer);
}

/// Finalises the elements; a panic ends it.
unsafe fn finalize<T: Trace>(payload: *const u8) {
    if let Some(finalize) = T::finalizer() {
        // SAFETY: the caller gives a live slice.
        unsafe { slice::<T>(payload).as_ref() }.iter().for_each(finalize);
    }
}

unsafe fn drop<T>(payload: *mut u8) {
    // SAFETY: the caller gives a slice that nobody uses again.
    unsafe { slice::<T>(payload).drop_in_place() }
}

unsafe fn size<T>(payload: *const u8) -> usize {
    // SAFETY: the caller gives a live slice.
    unsafe { size_of_val(slice::<T>(payload).as_ref()) + size_of::<usize>() }
}
