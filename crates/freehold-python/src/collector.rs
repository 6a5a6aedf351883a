//! CPython's cycle collector: its lists of tracked objects, its switch and its statistics.
//!
//! Each tracked object is preceded by a header of two links; each generation, and the permanent one that
//! `gc.freeze()` fills, is a ring of such headers. The rings are read in place: that allocates nothing, changes
//! no count, and sees frozen objects, none of which `gc.get_objects()` can say.
//!
//! The state is found without knowing the layout of the interpreter's state, which changes within minor
//! versions: a new list is the last of the youngest ring, so its next link leads to the ring's head, and the rest
//! lies at fixed distances from there. [`Collector::find`] checks all four rings before anything trusts them.

use crate::Error;
use crate::api::Api;
use crate::layout::{GC_HEAD, collector as at};
use crate::object::{Gil, Obj};

/// The low bits of a link are flags of the collector's.
const LINK: usize = !3;

/// The collector's state in the interpreter.
pub(crate) struct Collector {
    youngest: usize,
}

/// Figures of one generation, as `gc.get_threshold`, `get_count` and `get_stats` give them.
pub(crate) struct Generation {
    pub(crate) threshold: i32,
    pub(crate) count: i32,
    pub(crate) collections: isize,
    pub(crate) collected: isize,
    pub(crate) uncollectable: isize,
}

impl Collector {
    /// Finds the state, by way of an object made for this.
    pub(crate) fn find(api: &Api, _: Gil<'_>) -> Result<Collector, Error> {
        // SAFETY: the GIL is held.
        let probe = unsafe { (api.PyList_New)(0) };
        if probe.is_null() {
            return Err(Error::python("allocate a list"));
        }
        // SAFETY: a list is preceded by the collector's header, whose first word links to the next one.
        let youngest = unsafe { ((probe as usize - GC_HEAD) as *const usize).read() } & LINK;
        let found = Collector { youngest };
        let valid = youngest != 0 && found.rings().iter().all(|&ring| is_ring(ring));
        // SAFETY: `PyList_New` returned a reference that is ours to release.
        unsafe { (api.Py_DecRef)(probe) };
        if valid { Ok(found) } else { Err(Error::collector()) }
    }

    /// Heads of the young, middle and old rings and of the permanent one.
    fn rings(&self) -> [usize; 4] {
        let ring = |offset: isize| self.youngest.wrapping_add_signed(offset);
        [
            ring(0),
            ring(at::GENERATION),
            ring(2 * at::GENERATION),
            ring(at::PERMANENT),
        ]
    }

    /// Calls `visit` with each tracked object and whether it is frozen. `visit` must not run Python code.
    pub(crate) fn each<'gil>(&self, gil: Gil<'gil>, mut visit: impl FnMut(Obj<'gil>, bool)) {
        let rings = self.rings();
        for ring in rings {
            let mut head = next(ring);
            while head != ring {
                // SAFETY: an object follows each header of a ring, and is alive while it is in the ring, which
                // cannot change as the GIL is held and no Python code runs.
                visit(unsafe { Obj::at(gil, head + GC_HEAD) }, ring == rings[3]);
                head = next(head);
            }
        }
    }

    /// The switch that `gc.enable()` and `gc.disable()` turn.
    fn switch(&self) -> *mut i32 {
        self.youngest.wrapping_add_signed(at::ENABLED) as *mut i32
    }

    /// Whether automatic collection is on.
    pub(crate) fn is_enabled(&self, _: Gil<'_>) -> bool {
        // SAFETY: `find` located the state, in which the switch lies; the GIL guards it.
        unsafe { self.switch().read() != 0 }
    }

    /// Runs `work` with automatic collection off, so that no object dies and no finaliser runs meanwhile.
    pub(crate) fn paused<R>(&self, _: Gil<'_>, work: impl FnOnce() -> R) -> R {
        // SAFETY: as in `is_enabled`.
        let before = unsafe { self.switch().replace(0) };
        let result = work();
        // SAFETY: as above; the GIL is held again, or still, when `work` returns.
        unsafe { self.switch().write(before) };
        result
    }

    /// The three generations' figures.
    pub(crate) fn generations(&self, _: Gil<'_>) -> [Generation; 3] {
        [0, 1, 2].map(|index: isize| {
            let ring = self.youngest.wrapping_add_signed(index * at::GENERATION);
            let statistics =
                self.youngest
                    .wrapping_add_signed(at::STATISTICS + index * at::GENERATION) as *const isize;
            // SAFETY: `find` located the state; all the fields lie in it.
            unsafe {
                Generation {
                    threshold: (ring.wrapping_add_signed(at::THRESHOLD) as *const i32).read(),
                    count: (ring.wrapping_add_signed(at::COUNT) as *const i32).read(),
                    collections: statistics.read(),
                    collected: statistics.add(1).read(),
                    uncollectable: statistics.add(2).read(),
                }
            }
        })
    }
}

fn next(head: usize) -> usize {
    // SAFETY: callers pass the head of a ring or a header in one; both open with a link.
    unsafe { (head as *const usize).read() & LINK }
}

/// Whether a ring's head is linked both ways with its neighbours.
fn is_ring(head: usize) -> bool {
    // SAFETY: the head lies in the interpreter's state, which is mapped well beyond the collector's part.
    let (next, previous) = unsafe {
        (
            (head as *const usize).read() & LINK,
            (head as *const usize).add(1).read() & LINK,
        )
    };
    if next == 0 || previous == 0 {
        return false;
    }
    // SAFETY: both links are set, so they lead to headers.
    unsafe { (next as *const usize).add(1).read() & LINK == head && (previous as *const usize).read() & LINK == head }
}
