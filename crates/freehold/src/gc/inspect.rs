//! Questions about single objects of the heap, and setting them aside.

use crate::collect::{Entered, HeapSpace, Space, control, enter, see};
use crate::generation::Age;
use crate::handle::{Gc, Object};
use crate::header::Header;
use crate::trace::Tracer;
use freehold_pool::Kind;
use std::ptr::NonNull;

/// Handles to all tracked objects alive, in order of address. Cost: O(slots of tracked objects); other threads go on. Empty
/// when called from the drop of an object that a collection destroys.
pub fn objects() -> Vec<Object> {
    looked_at(|space, objects| space.enter_each(|object| objects.extend(hold(object))))
}

/// The objects that `target` holds, once for each handle that its `Trace` shows. A handle behind a lock that is held at the
/// moment (by the caller as well) is not seen. Cost: that of tracing one object.
///
/// ```
/// use freehold::{Gc, Trace, gc, sync::Mutex};
/// #[derive(Trace)]
/// struct Node(Mutex<Vec<Gc<Node>>>);
/// let leaf = Gc::new(Node(Mutex::default()));
/// let root = Gc::new(Node(Mutex::new(vec![leaf.clone()])));
/// assert_eq!(gc::referents(&root)[0].id(), Gc::id(&leaf));
/// assert_eq!(gc::referrers(&leaf)[0].id(), Gc::id(&root));
/// ```
pub fn referents<T: ?Sized>(target: &Gc<T>) -> Vec<Object> {
    let header = Gc::header(target);
    let mut tracer = Tracer::takes();
    let looked = control::with_heap_still(|| {
        // The caller's handle keeps the object alive, so it is no orphan.
        enter(header, |_| see(header, &mut tracer));
        ((), Vec::new())
    });
    if looked.is_none() {
        return Vec::new();
    }
    // SAFETY: the tracer took a count for each, and they are ours now.
    let own = |header| unsafe { Object::from_counted(header) };
    let (taken, strays) = tracer.taken();
    strays.into_iter().map(own).for_each(drop);
    taken.into_iter().map(own).collect()
}

/// The tracked objects that hold `target`, as far as their `Trace` shows and no lock is in the way. Who else holds it, on a
/// stack, in a static or in a skipped field, only the difference to [`Gc::strong_count`] tells. Cost: that of the first half
/// of a collection of all; other threads go on.
pub fn referrers<T: ?Sized>(target: &Gc<T>) -> Vec<Object> {
    let target = Gc::header(target);
    let mut tracer = Tracer::new();
    looked_at(|space, objects| {
        let mut orphans = Vec::new();
        space.for_each(|_, header| {
            let entered = enter(header, |object| {
                see(header, &mut tracer);
                let holds = tracer.seen().is_some_and(|(edges, _)| edges.contains(&target));
                objects.extend(holds.then(|| hold(object)).flatten());
            });
            if let Entered::Orphan = entered {
                orphans.push(header);
            }
        });
        orphans
    })
}

/// Sets all tracked objects aside: no collection looks at them until [`unfreeze`], and what they hold is kept. For programs
/// that build much once and keep it, and before a fork. An object whose last handle is dropped is destroyed as ever. Cost: a
/// visit to each.
pub fn freeze() {
    visit(|object| object.set_age(Age::Frozen));
}

/// Makes the objects that were set aside old ones again. Cost: a visit to each tracked object.
pub fn unfreeze() {
    visit(|object| {
        if object.age() == Age::Frozen {
            object.set_age(Age::Old);
        }
    });
}

/// The number of objects set aside. Cost: a visit to each tracked object.
pub fn frozen_count() -> usize {
    let mut frozen = 0;
    visit(|object| frozen += usize::from(object.age() == Age::Frozen));
    frozen
}

fn visit(mut work: impl FnMut(&Header)) {
    // SAFETY: claimed.
    looked_at(|space, _| space.enter_each(|object| work(unsafe { object.as_ref() })));
}

/// The handles that `look` takes while the heap is still.
fn looked_at(look: impl FnOnce(&HeapSpace, &mut Vec<Object>) -> Vec<NonNull<Header>>) -> Vec<Object> {
    let looked = control::with_heap_still(|| {
        let mut objects = Vec::new();
        let orphans = look(&HeapSpace::of(&[Kind::Traced]), &mut objects);
        (objects, orphans)
    });
    looked.unwrap_or_default()
}

/// A handle to a claimed object, unless its last has gone.
fn hold(object: NonNull<Header>) -> Option<Object> {
    // SAFETY: claimed.
    let held = unsafe { object.as_ref() }.try_increment();
    // SAFETY: the count was taken just now.
    held.then(|| unsafe { Object::from_counted(object) })
}
