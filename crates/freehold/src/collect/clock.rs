//! How long ago each object was looked at, and the *refresh* that keeps that short.
//!
//! A clone version returns to its value after 2³² clones. So a word that is equal at two looks proves something only if the
//! looks are closer together than 2³² clones take: [`LONGEST`]. A large heap takes longer to look at. Therefore,
//! every [`PERIOD`], the words of all objects recorded so far are compared with the record, in the order in which they were
//! recorded; one that changed is live. Each object is then looked at anew at least every `PERIOD` and the time of one refresh,
//! and if that exceeds `LONGEST`, the collection gives up.
//!
//! A refresh reads one word per object; the pass costs a few percent of the look that made it necessary. Cells need none:
//! their versions have 64 bits.

/// When a refresh is due.
pub(crate) trait Clock: Clone + Send {
    /// Whether a refresh is due.
    fn is_due(&mut self) -> bool;

    /// A refresh is over. `false`: it took so long that it proves nothing.
    #[must_use]
    fn refreshed(&mut self) -> bool;

    /// Whether it is too long since the last refresh, so that nothing is proven.
    fn is_late(&self) -> bool;

    /// Goes on with what another thread has looked at, too.
    fn join(&mut self, other: Self);
}

/// The clock of models: no model runs for long.
#[cfg(loom)]
#[derive(Clone)]
pub(crate) struct Stopped;

#[cfg(loom)]
impl Clock for Stopped {
    fn is_due(&mut self) -> bool {
        false
    }

    fn refreshed(&mut self) -> bool {
        true
    }

    fn is_late(&self) -> bool {
        false
    }

    fn join(&mut self, _: Self) {}
}

#[cfg(not(loom))]
pub(crate) use real::Real;

#[cfg(not(loom))]
mod real {
    use super::Clock;
    use std::time::{Duration, Instant};

    /// The longest that an object may wait from one look to the next. 2³² clones of one object take longer than 15 s on any
    /// machine that we know of, at more than 3.5 ns for each atomic addition.
    const LONGEST: Duration = Duration::from_secs(10);
    /// The time from one refresh to the next.
    const PERIOD: Duration = Duration::from_secs(4);
    /// How many questions pass between two looks at the time, which costs as much as looking at an object.
    const QUESTIONS: u32 = 1024;

    /// The time of day.
    #[derive(Clone)]
    pub(crate) struct Real {
        last: Instant,
        /// When the refresh that is due began.
        due: Instant,
        questions: u32,
    }

    impl Real {
        pub(crate) fn start() -> Self {
            let now = Instant::now();
            Real {
                last: now,
                due: now,
                questions: 0,
            }
        }
    }

    impl Clock for Real {
        fn is_due(&mut self) -> bool {
            self.questions += 1;
            if !self.questions.is_multiple_of(QUESTIONS) {
                return false;
            }
            self.due = Instant::now();
            self.due - self.last >= PERIOD
        }

        fn refreshed(&mut self) -> bool {
            let in_time = self.last.elapsed() < LONGEST;
            self.last = self.due;
            in_time
        }

        fn is_late(&self) -> bool {
            self.last.elapsed() >= LONGEST
        }

        fn join(&mut self, other: Self) {
            self.last = self.last.min(other.last);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::Clock;
    use crate::collect::space::Slots;
    use crate::collect::subtract::subtract;
    use crate::collect::trace::trace;
    use crate::collect::{Scope, destroy, find};
    use crate::generation::Generation;
    use crate::handle::{Gc, Weak};
    use crate::sync::Mutex;
    use crate::trace::{Trace, Tracer};

    struct Node {
        link: Mutex<Option<Gc<Node>>>,
    }

    // SAFETY: the one handle is shown, under its lock.
    unsafe impl Trace for Node {
        fn trace(&self, tracer: &mut Tracer) {
            self.link.trace(tracer);
        }
    }

    /// Always due; does something at the question with this number.
    #[derive(Clone)]
    struct At<F>(i32, F, bool);

    impl<F: FnMut() + Clone + Send> Clock for At<F> {
        fn is_due(&mut self) -> bool {
            if self.0 == 0 {
                (self.1)();
            }
            self.0 -= 1;
            true
        }

        fn refreshed(&mut self) -> bool {
            self.2
        }

        fn is_late(&self) -> bool {
            !self.2
        }

        fn join(&mut self, _: Self) {}
    }

    /// One test at a time: there is one verdict in the process.
    fn alone() -> impl Drop {
        static ALONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
        ALONE.lock()
    }

    /// Garbage cycles of one object each, and weak handles to them, in the order of their addresses.
    fn garbage(number: usize) -> (Slots, Vec<Weak<Node>>) {
        let mut nodes: Vec<_> = (0..number).map(|_| Gc::new(Node { link: Mutex::new(None) })).collect();
        nodes.sort_by_key(Gc::header);
        nodes.iter().for_each(|node| *node.link.lock() = Some(node.clone()));
        let few = Slots::new(nodes.iter().map(Gc::header).collect());
        (few, nodes.iter().map(Gc::downgrade).collect())
    }

    #[test]
    fn a_refresh_notes_what_changed_after_it_was_recorded() {
        let _alone = alone();
        let (few, weak) = garbage(4);
        // Up and down after the third object was recorded: the counts are as before, the versions are not.
        let touch = || weak.iter().for_each(|weak| drop(weak.upgrade()));
        let traced = trace(&few, Scope::of(Generation::Old), &mut At(2, touch, true));
        let changed: Vec<_> = (0..4).map(|index| traced.table.is_rooted(index)).collect();
        assert_eq!(changed, [true, true, true, false]);
        assert_eq!(subtract(&traced.table, |_, _| ()).suspects, [3]);
    }

    #[test]
    fn a_refresh_revives_suspects_that_changed() {
        let _alone = alone();
        for question in 0..8 {
            let (few, weak) = garbage(4);
            let found = find(
                &few,
                Scope::of(Generation::Old),
                At(question, || drop(weak[0].upgrade()), true),
                |_, _| (),
            );
            assert_eq!((found.garbage.len(), found.gave_up), (3, false), "question {question}");
            destroy(found);
            assert!(weak[0].upgrade().is_some() && weak[1].upgrade().is_none());
            destroy(find(&few, Scope::of(Generation::Old), At(-1, || (), true), |_, _| ()));
            assert!(weak[0].upgrade().is_none());
        }
    }

    #[test]
    fn a_refresh_that_took_too_long_proves_nothing() {
        let _alone = alone();
        let (few, weak) = garbage(3);
        let found = find(&few, Scope::of(Generation::Old), At(-1, || (), false), |_, _| ());
        assert!(found.gave_up && found.garbage.is_empty());
        assert!(weak.iter().all(|weak| weak.upgrade().is_some()));
        let found = find(&few, Scope::of(Generation::Old), At(-1, || (), true), |_, _| ());
        assert_eq!((found.garbage.len(), found.gave_up), (3, false));
        destroy(found);
    }
}
