//! `Finalize`: what an object does at its end, while all that it reaches is still there.

/// A type whose objects have something to do before they are destroyed. `#[derive(Trace)] #[trace(finalize)]` makes it run;
/// an implementation of [`Trace`](crate::Trace) by hand names it in `finalizer`.
///
/// It takes the place of `Drop`, which a traced type must not implement, and follows Python's PEP 442:
///
/// - It runs once for each object: when its last handle is dropped, or when a collection finds it to be garbage.
/// - It runs before anything of the object, or of the garbage that it belongs to, is dropped. Every handle that it can reach
///   leads to an intact object. Weak handles to the object, and to that garbage, are dead already.
/// - It may store handles where they outlive the call. What they lead to is *resurrected*: it lives on, is finalised, and is
///   destroyed without another call when it dies again. Objects that it makes are ordinary, and collected later.
/// - A panic does not keep the object from being destroyed. In a drop it goes on when everything is destroyed, as a panic
///   in a destructor does; in a collection it ends, is counted in [`Stats`](crate::gc::Stats), and has been to the
///   process's panic hook like any other.
/// - It runs on the thread that drops the last handle, or on the one that collects. It may take locks; a lock held
///   by a thread that waits for the collection is waited for without end.
/// - It belongs to the object: to the `T` of a `Gc<T>`, and to each element of a `Gc<[T]>`. A value inside another payload, in a
///   field or a `Vec`, is dropped with it, and not finalised. Nor is one that is moved out by
///   [`Gc::try_unwrap`](crate::Gc::try_unwrap).
///
/// ```
/// use freehold::{Finalize, Gc, Trace};
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// static CLOSED: AtomicUsize = AtomicUsize::new(0);
///
/// #[derive(Trace)]
/// #[trace(finalize)]
/// struct Connection {
///     peer: String,
/// }
/// impl Finalize for Connection {
///     fn finalize(&self) {
///         CLOSED.fetch_add(self.peer.len(), Ordering::Relaxed);
///     }
/// }
/// drop(Gc::new(Connection { peer: "ada".into() }));
/// assert_eq!(CLOSED.load(Ordering::Relaxed), 3);
/// ```
pub trait Finalize {
    /// Called once, before the object is destroyed.
    fn finalize(&self);
}
