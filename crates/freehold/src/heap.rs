//! Looking at the shared heap: what is alive, of which type, and (with feature `snapshot`) who holds it.
//!
//! A look enters one object at a time, as the collector does, so it is safe while threads run; it is a picture of each
//! object at its own moment, not of all at one.

#[cfg(feature = "snapshot")]
mod capture;
mod census;

#[cfg(feature = "snapshot")]
pub use capture::{capture, snapshot};
pub use census::{CensusRow, census};

use crate::header::Header;
use freehold_pool::Walk;

/// The number of objects alive, and the bytes in their slots.
pub(crate) fn live() -> (usize, usize) {
    let walk = Walk::begin();
    let mut live = (0, 0);
    for page in walk.pages() {
        // SAFETY: header words can be read at any time during a walk.
        let objects = (0..page.len()).filter(|&slot| unsafe { page.slot(slot).cast::<Header>().as_ref() }.count() > 0);
        let objects = objects.count();
        live = (live.0 + objects, live.1 + objects * page.slot_size());
    }
    live
}
