//! Collections of the process's heap: one at a time finds garbage; destruction runs outside the lock.

use super::reports::{Aftermath, External};
use super::totals::TOTALS;
use super::{Finalising, Found, HeapSpace, Real, Scope, background, destroy, destroy_orphans, find, limbo, pace};
use crate::fork;
use crate::gc::Collection;
use crate::gc::debug::{self, Debug, DebugReport};
use crate::gc::events::{self, Event};
use crate::generation::Generation;
use crate::header::Header;
use crate::primitive::Mutex;
use freehold_pool::{Kind, Walk};
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::{Condvar, MutexGuard};
use std::time::{Duration, Instant};

/// Held while garbage is found. No code of the user's runs under it, but for `trace`.
static FINDING: Mutex<Ages> = Mutex::new(Ages {
    middle: Vec::new(),
    sorted: 0,
});
static QUEUE: Mutex<Queue> = Mutex::new(Queue {
    destroying: 0,
    tickets: 0,
    serving: 0,
});
static QUEUE_MOVED: Condvar = Condvar::new();
/// Objects that died while a census or capture looked at them, left to the collector: the drops of other threads' objects
/// are no business of a thread that only looks.
static LEFT: Mutex<Vec<Orphan>> = Mutex::new(Vec::new());

/// Who waits for a moment without destruction.
struct Queue {
    /// The number of destructions in progress.
    destroying: usize,
    /// Tickets given out, and the one whose turn it is: whoever waits gets the next, and has its turn in that order. While
    /// somebody waits nobody begins without a ticket, so that the moment comes.
    tickets: u64,
    serving: u64,
}

struct Orphan(NonNull<Header>);

// SAFETY: an object in a `Gc` may be dropped on any thread.
unsafe impl Send for Orphan {}

thread_local! {
    /// This thread is inside a collection: it runs a payload's drop, or (against the rules) a `trace` that collects.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// How many of the destructions in progress are this thread's.
    static DESTROYING_HERE: Cell<usize> = const { Cell::new(0) };
}

/// The collector's locks, held across a fork.
pub(crate) struct Held {
    _finding: MutexGuard<'static, Ages>,
    queue: MutexGuard<'static, Queue>,
    _left: MutexGuard<'static, Vec<Orphan>>,
}

/// Takes the locks: nothing is being found, and no orphan is on its way.
pub(crate) fn hold() -> Held {
    Held {
        _finding: FINDING.lock(),
        queue: QUEUE.lock(),
        _left: LEFT.lock(),
    }
}

impl Held {
    /// Of the destructions in progress, the child has those of its one thread; and nobody waits.
    pub(crate) fn start_anew(mut self) {
        *self.queue = Queue {
            destroying: DESTROYING_HERE.get(),
            tickets: 0,
            serving: 0,
        };
    }
}

/// Collects, after any collection that is in progress. Inside a collection (from a drop) it does nothing.
///
/// It waits until what earlier collections found is destroyed, too: handles in garbage that is on its way out count as
/// external, and would keep what they lead to.
pub(crate) fn collect(generation: Generation) -> Collection {
    if INSIDE.get() {
        return Collection::default();
    }
    announced(generation, finding_with_nothing_to_destroy)
}

/// As [`collect`], for somebody who asked for it: values in limbo are dropped first.
pub(crate) fn collect_all(generation: Generation) -> Collection {
    if !INSIDE.get() {
        limbo::flush_patiently();
    }
    collect(generation)
}

/// Collects, unless a collection is in progress, or somebody waits for one.
pub(crate) fn try_collect(generation: Generation) -> Option<Collection> {
    fork::register();
    if INSIDE.get() || QUEUE.lock().is_waited_for() || FINDING.try_lock().is_none() {
        return None;
    }
    Some(announced(generation, || FINDING.lock()))
}

/// Runs a collection between its events.
fn announced(generation: Generation, finding: impl FnOnce() -> MutexGuard<'static, Ages>) -> Collection {
    tell(Event::Start(generation));
    let collection = run(finding(), generation);
    tell(Event::Stop(collection));
    collection
}

/// Callbacks are inside the collection, so that one that collects does not come back to itself.
fn tell(event: Event) {
    let _inside = Inside::enter();
    if let Event::Stop(collection) = &event
        && debug::debug().contains(Debug::STATS)
    {
        debug::report(&DebugReport::Stats(collection));
    }
    events::emit(event);
}

/// The lock for finding, at a time when nothing is being destroyed. Waits without the lock, for drops may need a thread
/// that waits for it.
fn finding_with_nothing_to_destroy() -> MutexGuard<'static, Ages> {
    fork::register();
    let mut queue = QUEUE.lock();
    let ticket = queue.tickets;
    queue.tickets += 1;
    loop {
        while queue.serving != ticket || queue.destroying > 0 {
            queue = QUEUE.wait(&QUEUE_MOVED, queue, None);
        }
        drop(queue);
        let finding = FINDING.lock();
        queue = QUEUE.lock();
        if queue.destroying == 0 {
            queue.serving += 1;
            QUEUE_MOVED.notify_all();
            return finding;
        }
    }
}

impl Queue {
    fn is_waited_for(&self) -> bool {
        self.tickets != self.serving
    }
}

/// Runs `look`, which may claim slots, while no garbage is being found, and leaves the orphans that it returns to the
/// collector. `None` if this thread itself is inside a collection that is finding it.
pub(crate) fn with_heap_still<R>(look: impl FnOnce() -> (R, Vec<NonNull<Header>>)) -> Option<R> {
    fork::register();
    let (result, orphans) = {
        let _finding = if INSIDE.get() {
            FINDING.try_lock()?
        } else {
            FINDING.lock()
        };
        let _inside = Inside::enter();
        look()
    };
    if !orphans.is_empty() {
        LEFT.lock().extend(orphans.into_iter().map(Orphan));
        background::request();
    }
    Some(result)
}

/// Destroys what was left to the collector. On its own thread, and in collections that were asked for.
pub(crate) fn destroy_left() {
    let left = std::mem::take(&mut *LEFT.lock());
    if !left.is_empty() {
        let _inside = Inside::enter();
        TOTALS.add_panics(destroy_orphans(left.into_iter().map(|Orphan(header)| header).collect()));
    }
}

/// Which pages have objects of which age.
struct Ages {
    /// The pages that collections of the young have looked at since the last collection of an older generation, with
    /// repetitions. The pool knows the pages that have young objects.
    middle: Vec<usize>,
    /// How many of `middle` are in order and without repetition.
    sorted: usize,
}

impl Ages {
    fn note_middle(&mut self, pages: &[usize]) {
        self.middle.extend(pages);
        // Repetitions are put up with until they are half of it.
        if self.middle.len() > 2 * self.sorted + 1024 {
            self.sort_middle();
        }
    }

    fn sort_middle(&mut self) {
        self.middle.sort_unstable();
        self.middle.dedup();
        self.sorted = self.middle.len();
    }

    /// The pages to look at for a collection of `generation`, all of whose objects will be promoted.
    fn space(&mut self, generation: Generation) -> HeapSpace {
        let walk = Walk::begin();
        let fresh = walk.take_fresh();
        match generation {
            Generation::Young => {
                self.note_middle(&fresh);
                HeapSpace::of_pages(walk, &fresh)
            }
            Generation::Middle => {
                self.note_middle(&fresh);
                self.sort_middle();
                let pages = std::mem::take(&mut self.middle);
                self.sorted = 0;
                HeapSpace::of_pages(walk, &pages)
            }
            Generation::Old => {
                (self.middle, self.sorted) = (Vec::new(), 0);
                HeapSpace::of(&[Kind::Traced])
            }
        }
    }
}

fn run(mut finding: MutexGuard<'_, Ages>, generation: Generation) -> Collection {
    let start = Instant::now();
    let used = pace::used();
    let _inside = Inside::enter();
    let space = finding.space(generation);
    let mut external = External::new();
    let mut found = find(&space, Scope::of(generation), Real::start(), |header, handles| {
        external.push(header, handles)
    });
    let reports = external.describe(&mut found.orphans);
    let passed = space.slots();
    let finalising = Finalising::begin(&mut found);
    let mut aftermath = Aftermath::default();
    aftermath.take(&mut found);
    // From here on code of the user's runs. Until it has, the slots of the garbage stay where they are.
    let destroying = Destroying::begin();
    drop(finding);
    reports.iter().for_each(debug::report);
    destroy_left();
    if let Some(finalising) = finalising {
        finalising.finish(&mut found, |those| {
            let _finding = FINDING.lock();
            let mut again = find(those, Scope::after_finalisers(), Real::start(), |_, _| ());
            aftermath.take(&mut again);
            again
        });
        found.resurrected -= aftermath.saved();
    }
    drop(space);
    let collection = finish(found, aftermath, generation, start);
    drop(destroying);
    pace::collected(&pace::Outcome {
        generation,
        used,
        passed,
        candidates: collection.candidates,
        collected: collection.collected,
    });
    collection
}

/// Destroys what was found, and counts.
fn finish(found: Found, aftermath: Aftermath, generation: Generation, start: Instant) -> Collection {
    let mut collection = Collection {
        generation,
        collected: found.garbage.len() + aftermath.saved(),
        candidates: found.candidates,
        revived: found.revived,
        finalised: found.finalised,
        resurrected: found.resurrected,
        uncollectable: found.held,
        gave_up: found.gave_up,
        panics: found.panics,
        duration: Duration::ZERO,
    };
    aftermath.deliver();
    collection.panics += destroy(found);
    collection.duration = start.elapsed();
    TOTALS.add(&collection);
    collection
}

/// Waits until a collection ends, at most `patience`. Inside a collection it does nothing.
pub(crate) fn wait_for_collection(patience: Duration) {
    if !INSIDE.get() {
        drop(QUEUE.wait(&QUEUE_MOVED, QUEUE.lock(), Some(patience)));
    }
}

/// A destruction in progress.
pub(super) struct Destroying;

impl Destroying {
    pub(super) fn begin() -> Self {
        DESTROYING_HERE.set(DESTROYING_HERE.get() + 1);
        QUEUE.lock().destroying += 1;
        Destroying
    }
}

impl Drop for Destroying {
    fn drop(&mut self) {
        DESTROYING_HERE.set(DESTROYING_HERE.get() - 1);
        QUEUE.lock().destroying -= 1;
        QUEUE_MOVED.notify_all();
    }
}

/// Marks the thread as being inside a collection.
pub(crate) struct Inside {
    before: bool,
}

impl Inside {
    pub(crate) fn enter() -> Inside {
        Inside {
            before: INSIDE.replace(true),
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.before);
    }
}
