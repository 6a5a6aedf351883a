//! What a collection reports for debugging, and the garbage that it saves instead of destroying.

use super::Found;
use super::visit::{Entered, Inside, enter};
use crate::gc::debug::{self, Debug, DebugReport};
use crate::handle::Object;
use crate::header::{Header, PAYLOAD};
use std::ptr::NonNull;

/// Objects held from outside, as they are found.
pub(crate) struct External {
    wanted: bool,
    found: Vec<(NonNull<Header>, u32)>,
}

impl External {
    /// None yet; and none ever, if nobody wants to know.
    pub(crate) fn new() -> Self {
        External {
            wanted: debug::debug().contains(Debug::UNCOLLECTABLE) && debug::is_heard(),
            found: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, header: NonNull<Header>, external: u32) {
        if self.wanted {
            self.found.push((header, external));
        }
    }

    /// The reports on those that are still there. While garbage is being found: the slots stay where they are. Orphans are
    /// left in `orphans`.
    pub(crate) fn describe(self, orphans: &mut Vec<NonNull<Header>>) -> Vec<DebugReport<'static>> {
        let mut reports = Vec::new();
        for (header, external) in self.found {
            // SAFETY: claimed.
            match enter(header, |object| unsafe { Inside::of(object) }) {
                Entered::Alive(word, inside) => reports.push(DebugReport::Uncollectable {
                    type_name: inside.type_name,
                    id: id(header),
                    external,
                    handles: word.count(),
                }),
                Entered::Orphan => orphans.push(header),
                Entered::Vacant => {}
            }
        }
        reports
    }
}

/// What debugging asks to be done with garbage, besides destroying it.
#[derive(Default)]
pub(crate) struct Aftermath {
    reports: Vec<DebugReport<'static>>,
    saved: Vec<Object>,
}

impl Aftermath {
    /// Notes what is garbage, and takes it out of what was found if it is to be saved. While garbage is being found, so that
    /// nobody who asks the heap for its objects comes upon a part of it.
    pub(crate) fn take(&mut self, found: &mut Found) {
        let flags = debug::debug();
        if flags.contains(Debug::COLLECTABLE) && debug::is_heard() {
            let reports = found.garbage.iter().map(|&header| DebugReport::Collectable {
                // SAFETY: condemned, so not destroyed by anyone but us.
                type_name: unsafe { Inside::of(header) }.type_name,
                id: id(header),
            });
            self.reports.extend(reports);
        }
        if flags.contains(Debug::SAVEALL) {
            self.saved.extend(acquitted(std::mem::take(&mut found.garbage)));
        }
    }

    /// The number of objects saved.
    pub(crate) fn saved(&self) -> usize {
        self.saved.len()
    }

    /// Reports and saves. Runs code of the user's; does not panic.
    pub(crate) fn deliver(self) {
        self.reports.iter().for_each(debug::report);
        debug::save(self.saved);
    }
}

/// Handles to garbage, which lives by them from here on.
fn acquitted(garbage: Vec<NonNull<Header>>) -> Vec<Object> {
    for header in &garbage {
        // SAFETY: condemned, so not destroyed by anyone but us; the count is that of the handle made below.
        unsafe { header.as_ref() }.increment();
    }
    for header in &garbage {
        // SAFETY: as above.
        let orphan = unsafe { header.as_ref() }.revive();
        debug_assert!(!orphan, "an object with a handle of ours");
    }
    // SAFETY: the counts were taken above.
    let objects = garbage
        .into_iter()
        .map(|header| unsafe { Object::from_counted(header) });
    objects.collect()
}

fn id(header: NonNull<Header>) -> usize {
    header.as_ptr().addr() + PAYLOAD
}
