//! Which of a space's objects a collection considers, and what becomes of those that it looks at.

use crate::generation::{Age, Generation};
use crate::header::Header;

/// Which objects are candidates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    oldest: Age,
    promote: Option<Age>,
    finalised_only: bool,
}

impl Scope {
    /// A collection of `generation` and the younger ones. What it looks at is promoted.
    pub(crate) fn of(generation: Generation) -> Scope {
        Scope {
            oldest: generation.into(),
            promote: Some(generation.next()),
            finalised_only: false,
        }
    }

    /// The look after finalisers ran: objects made meanwhile that have a finaliser of their own are not considered.
    pub(crate) fn after_finalisers() -> Scope {
        Scope {
            oldest: Age::Old,
            promote: None,
            finalised_only: true,
        }
    }

    /// Whether the slot may hold a candidate: a guess, of which only `false` counts.
    #[inline]
    pub(crate) fn may_admit(&self, slot: &Header) -> bool {
        slot.age() <= self.oldest
    }

    /// Whether a claimed object is a candidate; if so it is promoted.
    #[inline]
    pub(crate) fn admits(&self, object: &Header) -> bool {
        let admitted = object.age() <= self.oldest && !(self.finalised_only && object.is_unfinalised());
        if let Some(age) = self.promote
            && admitted
        {
            object.set_age(age);
        }
        admitted
    }
}
