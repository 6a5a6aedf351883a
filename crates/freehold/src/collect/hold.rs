//! Holding: all foreign locks of some suspects taken, and kept until they have been seen to hold what the first look saw.
//!
//! **Problem.** A foreign lock has no version ([`crate::trace`]), so the second look cannot tell whether a handle was moved out of
//! one and another into it. What has to be shown is less: that there was one moment, between the looks, at which all locks held
//! what was recorded.
//!
//! **Mechanism.** Suspects are garbage or not by components, so each component has a moment of its own: the one when the last of
//! its locks was taken, and none was left. An object whose locks cannot be had, or hold something else, is in use.
//!
//! **Bound.** A mutator may come upon a lock that is kept: one who has got at a suspect, which is rare, as it is then no garbage. It
//! waits for no longer than locks are kept: first [`SHORTEST`]; if that is too short for the component, twice as long at the
//! next attempt, and at last [`LONGEST`]. Between attempts whoever waited gets in. A component that takes longer is
//! revived. The collector takes locks only by trying, and runs no code of the user's meanwhile but `trace`.
//!
//! **Cost.** For each suspect with handles behind foreign locks, what the first look costs, and an atomic operation more for each
//! lock. None where there are no such suspects.

use super::clock::Clock;
use super::components::by_component;
use super::space::Space;
use super::suspects::Suspects;
use super::visit::see;
use crate::header::Header;
use crate::trace::{LONGEST, Tracer};
use std::ptr::NonNull;
use std::thread;
use std::time::Duration;

/// How long locks are kept at the first attempt: enough for thousands of objects.
const SHORTEST: Duration = Duration::from_millis(1);
/// How long mutators have to get in between two attempts: enough to wake up.
const PAUSE: Duration = Duration::from_millis(1);

/// Revives those of `all` suspects whose foreign locks do not hold what was recorded.
pub(super) fn hold<S: Space>(suspects: &mut Suspects<'_, S>, all: &[u32], clock: &mut impl Clock) {
    let is_foreign = |&index: &u32| suspects.table.seen(index).manner.is_foreign();
    let foreign: Vec<u32> = all.iter().copied().filter(is_foreign).collect();
    if foreign.is_empty() {
        return;
    }
    let grouped = by_component(suspects, all, foreign);
    let mut holder = Holder {
        suspects,
        clock,
        due: false,
        tracer: Tracer::keeping(),
        claimed: Vec::new(),
        failed: Vec::new(),
    };
    for component in grouped.chunk_by(|one, other| one.0 == other.0) {
        holder.judge(component);
        if std::mem::take(&mut holder.due) {
            holder.suspects.refresh(all, holder.clock);
        }
    }
}

struct Holder<'a, 'b, S, C> {
    suspects: &'a mut Suspects<'b, S>,
    clock: &'a mut C,
    /// A refresh is due, when no lock is kept.
    due: bool,
    tracer: Tracer,
    /// The objects whose locks are kept.
    claimed: Vec<NonNull<Header>>,
    /// Objects that are in use. Revived when no lock is kept: what they reach may be much.
    failed: Vec<u32>,
}

impl<S: Space, C: Clock> Holder<'_, '_, S, C> {
    /// Revives those of a component that are in use; or all, if they cannot be seen at one moment.
    fn judge(&mut self, component: &[(u32, u32)]) {
        let mut limit = SHORTEST;
        while !self.attempt(component, limit) {
            if limit >= LONGEST {
                component.iter().for_each(|&(_, index)| self.suspects.revive(index));
                return;
            }
            limit *= 2;
            thread::sleep(PAUSE);
        }
    }

    /// Sees the component at one moment. `false`: that took too long.
    fn attempt(&mut self, component: &[(u32, u32)], limit: Duration) -> bool {
        self.tracer.begin_keeping(limit);
        let in_time = component.iter().all(|&(_, index)| self.see(index));
        self.let_go();
        self.failed.drain(..).for_each(|index| self.suspects.revive(index));
        in_time
    }

    /// Takes the locks of an object and keeps them, if it is as recorded; else notes that it failed. `false`: it is too late.
    fn see(&mut self, index: u32) -> bool {
        if !self.suspects.in_question(index) {
            return true;
        }
        self.due |= self.clock.is_due();
        let kept = self.tracer.kept();
        let is_still = self.is_still(index);
        if self.tracer.is_late() {
            return false;
        }
        if !is_still {
            self.tracer.let_go(kept);
            self.failed.push(index);
        }
        true
    }

    /// Whether the object is as recorded. It is claimed until the locks are left, so that they stay where they are.
    fn is_still(&mut self, index: u32) -> bool {
        let Suspects { space, table, .. } = self.suspects;
        let header = space.header(index);
        // SAFETY: header words of a space can be read at any time.
        let Some(word) = unsafe { header.as_ref() }.claim() else {
            return false;
        };
        self.claimed.push(header);
        if word != table.word(index) {
            return false;
        }
        self.suspects.panics += usize::from(see(header, &mut self.tracer));
        let Some((edges, _)) = self.tracer.seen() else {
            return false;
        };
        let now = edges.iter().filter_map(|&target| space.index(target));
        now.eq(table.edges(index).iter().copied())
    }

    /// Leaves all locks, then the objects.
    fn let_go(&mut self) {
        self.tracer.let_go(0);
        for header in self.claimed.drain(..) {
            // SAFETY: claimed, so not destroyed.
            if unsafe { header.as_ref() }.leave() {
                self.suspects.orphans.push(header);
            }
        }
    }
}
