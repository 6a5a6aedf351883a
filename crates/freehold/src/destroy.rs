//! Destruction: dropping payloads and freeing slots, without recursion.
//!
//! Dropping a payload may drop the last handle to another object, whose payload may do the same, ten million times over.
//! So the outermost destruction on a thread keeps a queue, and the inner ones add to it. A panic in a payload's drop is
//! held until the queue is empty, then goes on.

use crate::control::Control;
use crate::header::{Header, PAYLOAD};
use crate::placement;
use crate::primitive::per_thread;
use std::any::Any;
use std::cell::Cell;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::ptr::{self, NonNull};

type Queue = Vec<NonNull<Header>>;
type Panic = Box<dyn Any + Send>;

per_thread! {
    /// The queue of the outermost destruction of this thread, which lives on its stack. Without destructor, so it works
    /// in the destructors of other thread-locals.
    static QUEUE: Cell<*mut Queue> = Cell::new(ptr::null_mut())
}

/// Destroys an object whose count the caller made 0, and all that dies with it. Panics if a payload's drop does.
///
/// # Safety
/// The count is 0 by the caller's doing, no state bit is set, and nobody else destroys the object.
#[cold]
pub(crate) unsafe fn destroy(header: NonNull<Header>) {
    let outer = QUEUE.with(Cell::get);
    if !outer.is_null() {
        // SAFETY: the outermost destruction of this thread is further up the stack, and touches its queue only between
        // payloads.
        unsafe { (*outer).push(header) };
        return;
    }
    let drain = with_queue(|drain| {
        // SAFETY: the caller's promise.
        unsafe { drain.one(header) };
    });
    if let Some(panic) = drain.panicked {
        panic::resume_unwind(panic);
    }
}

/// Destroys an object that a mutator let go while the collector was at it; returns the number of panics. They have been
/// through the process's panic hook, and have no caller to reach.
///
/// # Safety
/// As for [`destroy`].
pub(crate) unsafe fn destroy_quietly(header: NonNull<Header>) -> usize {
    quietly(|drain| {
        // SAFETY: as the caller promised.
        unsafe { drain.one(header) };
    })
}

/// Runs an object's finaliser; returns the number of panics, of its and of the drops of what it let go.
///
/// # Safety
/// The caller has a handle to the object.
pub(crate) unsafe fn finalize_quietly(header: NonNull<Header>) -> usize {
    quietly(|drain| {
        // SAFETY: alive by the caller's handle.
        unsafe { drain.finalize(header) };
    })
}

/// Destroys a closed set of condemned objects: drops every payload, then frees every slot. `next` is told of each object, by its
/// number, before it is dropped. Returns the number of panics. Does not panic.
///
/// # Safety
/// The verdict on the objects is closed, their control blocks say that they are dead, and nobody else destroys them.
pub(crate) unsafe fn destroy_all(garbage: &[NonNull<Header>], next: impl Fn(usize)) -> usize {
    let panics = quietly(|drain| {
        for (index, &header) in garbage.iter().enumerate() {
            next(index);
            // SAFETY: dropped once; handles among the set only count down, since a condemned object's last drop is ours.
            unsafe { drain.payload(header) };
            drain.rest();
        }
    });
    for &header in garbage {
        // SAFETY: every payload is dropped, so nobody can reach the slots.
        unsafe {
            header.as_ref().vacate();
            placement::free(header);
        }
    }
    panics
}

/// A destruction in progress.
struct Drain {
    queue: *mut Queue,
    panicked: Option<Panic>,
    panics: usize,
}

/// Runs `work`, then destroys what it brought to 0, all with one queue. Neither `work` nor what follows may panic: panics of
/// payloads end in [`Drain::guard`].
fn with_queue(work: impl FnOnce(&mut Drain)) -> Drain {
    let mut queue = Queue::new();
    let _restore = Restore(QUEUE.with(|slot| slot.replace(&raw mut queue)));
    let mut drain = Drain {
        queue: &raw mut queue,
        panicked: None,
        panics: 0,
    };
    work(&mut drain);
    drain.rest();
    drain
}

/// As [`with_queue`], where panics have no caller to reach; returns their number.
fn quietly(work: impl FnOnce(&mut Drain)) -> usize {
    let drain = with_queue(work);
    if let Some(panic) = drain.panicked {
        discard(panic);
    }
    drain.panics
}

/// Puts the outer queue back, whatever happens.
struct Restore(*mut Queue);

impl Drop for Restore {
    fn drop(&mut self) {
        QUEUE.with(|slot| slot.set(self.0));
    }
}

impl Drain {
    /// Destroys what is in the queue.
    fn rest(&mut self) {
        // SAFETY: the queue is on the frame of `with_queue`; inner destructions touch it only during `one` and `payload`.
        while let Some(header) = unsafe { (*self.queue).pop() } {
            // SAFETY: queued by whoever made the count 0, for us to destroy.
            unsafe { self.one(header) };
        }
    }

    /// # Safety
    /// As for [`destroy`].
    unsafe fn one(&mut self, header: NonNull<Header>) {
        // SAFETY: the caller's promise, which holds again if the finaliser has left no handle.
        unsafe {
            if header.as_ref().is_unfinalised() && !self.finalised(header) {
                return;
            }
            end_weak(header);
            self.payload(header);
            placement::free(header);
        }
    }

    /// Runs the finaliser of an object without handles; it has one meanwhile, which is ours. `false`: the object has become
    /// someone else's. It is resurrected, or left to a collector that was at it when our handle went.
    ///
    /// # Safety
    /// As for [`destroy`].
    unsafe fn finalised(&mut self, header: NonNull<Header>) -> bool {
        // SAFETY: the object is intact, and nobody has a handle.
        unsafe { end_weak(header) };
        // SAFETY: as above.
        let object = unsafe { header.as_ref() };
        object.set_finalised();
        object.count_one();
        // SAFETY: our handle keeps the object alive.
        unsafe { self.finalize(header) };
        object.decrement()
    }

    /// Runs an object's finaliser. Panics are dealt with as in `payload`.
    ///
    /// # Safety
    /// The object is alive during the call.
    unsafe fn finalize(&mut self, header: NonNull<Header>) {
        // SAFETY: alive, as the caller promised.
        self.guard(|| unsafe {
            header
                .as_ref()
                .info()
                .finalize(header.as_ptr().cast::<u8>().add(PAYLOAD))
        });
    }

    /// Drops a payload. The first panic is kept, later ones are discarded.
    ///
    /// # Safety
    /// Nobody uses the payload again.
    unsafe fn payload(&mut self, header: NonNull<Header>) {
        // SAFETY: the object's type is intact, and the payload is behind the header.
        self.guard(|| unsafe { header.as_ref().info().drop(header.as_ptr().cast::<u8>().add(PAYLOAD)) });
    }

    /// Runs code of the user's, which may panic.
    fn guard(&mut self, work: impl FnOnce()) {
        let Err(panic) = panic::catch_unwind(AssertUnwindSafe(work)) else {
            return;
        };
        self.panics += 1;
        match self.panicked {
            None => self.panicked = Some(panic),
            Some(_) => discard(panic),
        }
    }
}

/// Drops what a panic carried. That may panic in turn, with something that panics when dropped, and so on; the second is
/// leaked.
pub(crate) fn discard(panic: Panic) {
    if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(again);
    }
}

/// Makes an object's weak handles dead. Before the object is destroyed, or finalised; for one that a collection has found,
/// before the next verdict opens, so that none can take it for one of the next collection's.
///
/// # Safety
/// Nobody else can reach the object: its count is 0 by the caller's doing, or it is condemned and the verdict closed.
pub(crate) unsafe fn end_weak(header: NonNull<Header>) {
    // SAFETY: as the caller promised.
    if let Some(control) = unsafe { header.as_ref().detach() } {
        // SAFETY: the hold was the object's, and is given up once.
        unsafe {
            control.as_ref().kill();
            Control::release(control);
        }
    }
}
