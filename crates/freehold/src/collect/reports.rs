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

/// Reports what is garbage.
pub(crate) fn report_garbage(found: &Found) {
    if !debug::debug().contains(Debug::COLLECTABLE) || !debug::is_heard() {
        return;
    }
    for &header in &found.garbage {
        // SAFETY: condemned, so not destroyed by anyone but us.
        let type_name = unsafe { Inside::of(header) }.type_name;
        debug::report(&DebugReport::Collectable {
            type_name,
            id: id(header),
        });
    }
}

/// Takes the garbage out of what was found, and keeps it, if that is what was asked for.
pub(crate) fn save_garbage(found: &mut Found) {
    if !debug::debug().contains(Debug::SAVEALL) {
        return;
    }
    let garbage = std::mem::take(&mut found.garbage);
    for header in &garbage {
        // SAFETY: condemned, so not destroyed by anyone but us; the count is that of the handle made below.
        unsafe { header.as_ref() }.increment();
    }
    for header in &garbage {
        // SAFETY: as above. Nobody lets the last handle go: one is ours.
        let orphan = unsafe { header.as_ref() }.revive();
        debug_assert!(!orphan, "an object with a handle");
    }
    // SAFETY: the counts were taken above.
    debug::save(
        garbage
            .into_iter()
            .map(|header| unsafe { Object::from_counted(header) }),
    );
}

fn id(header: NonNull<Header>) -> usize {
    header.as_ptr().addr() + PAYLOAD
}
