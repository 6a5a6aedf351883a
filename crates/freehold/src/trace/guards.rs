//! Guards of many types in one stack: what the tracer is inside, or keeps, of the locks of others.
//!
//! A lock of std can be left only by its guard, whose type names the content. The type is forgotten here, but for what drops
//! it. Guards of std and parking_lot are one word or two, and lie in place; a larger one is boxed.

use std::fmt;
use std::mem::MaybeUninit;

/// Room for a guard.
type Place = [MaybeUninit<usize>; 2];

/// Guards in the order in which their locks were entered; the last is left first, so that no lock is left before what it contains.
/// Used by one thread: most guards must be dropped where they were made.
#[derive(Default)]
pub(super) struct Guards(Vec<Guard>);

struct Guard {
    place: Place,
    /// Drops the guard in this place, once.
    release: unsafe fn(&mut Place),
}

impl Guards {
    /// Adds a guard.
    ///
    /// # Safety
    /// What the guard borrows outlives its stay here.
    pub(super) unsafe fn push<G>(&mut self, guard: G) {
        self.0.push(match fits::<G>() {
            true => Guard::new(guard),
            false => Guard::new(Box::new(guard)),
        });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Drops the last guards, until `len` are left.
    pub(super) fn truncate(&mut self, len: usize) {
        while self.0.len() > len {
            self.0.pop();
        }
    }
}

impl Drop for Guards {
    fn drop(&mut self) {
        self.truncate(0);
    }
}

impl fmt::Debug for Guards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guards").field(&self.0.len()).finish()
    }
}

const fn fits<G>() -> bool {
    size_of::<G>() <= size_of::<Place>() && align_of::<G>() <= align_of::<Place>()
}

impl Guard {
    fn new<G>(guard: G) -> Self {
        const { assert!(fits::<Box<G>>()) };
        let mut place: Place = [MaybeUninit::uninit(); 2];
        assert!(fits::<G>());
        // SAFETY: it fits.
        unsafe { place.as_mut_ptr().cast::<G>().write(guard) };
        Guard {
            place,
            // SAFETY: a `G` is there, as `Drop` promises.
            release: |place| unsafe { place.as_mut_ptr().cast::<G>().drop_in_place() },
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: `new` wrote the guard that `release` drops, and this is its only use.
        unsafe { (self.release)(&mut self.place) };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::cell::RefCell;

    struct Noted<'a, const N: usize>(&'a RefCell<Vec<usize>>, [u8; N]);

    impl<const N: usize> Drop for Noted<'_, N> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(N);
        }
    }

    #[test]
    fn guards_of_all_sizes_are_dropped_once_and_the_last_first() {
        let dropped = RefCell::new(Vec::new());
        let mut guards = Guards::default();
        // SAFETY: `dropped` outlives them.
        unsafe {
            guards.push(Noted(&dropped, [0; 8]));
            guards.push(Noted(&dropped, [0; 0]));
            guards.push(Noted(&dropped, [0; 100]));
            guards.push(());
        }
        guards.truncate(2);
        assert_eq!((dropped.take(), guards.len()), (vec![100], 2));
        drop(guards);
        assert_eq!(dropped.take(), [0, 8]);
    }

    #[test]
    fn guards_of_std_and_parking_lot_lie_in_place() {
        assert!(fits::<std::sync::MutexGuard<'_, String>>() && fits::<std::sync::RwLockReadGuard<'_, String>>());
        assert!(fits::<std::sync::RwLockWriteGuard<'_, String>>() && fits::<parking_lot::MutexGuard<'_, String>>());
    }
}
