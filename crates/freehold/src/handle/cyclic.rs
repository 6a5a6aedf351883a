//! `Gc::new_cyclic`: an object that knows itself, by a weak handle that exists before the object does.

use super::{Gc, Weak};
use crate::control::Control;
use crate::placement::{self, Vacant};
use crate::trace::Trace;
use crate::type_info::TypeInfo;

impl<T: Trace + Send + Sync + 'static> Gc<T> {
    /// Makes an object from a weak handle to it. Until `build` has returned there is no object: an upgrade gives `None`, and
    /// no collection sees it. If `build` panics, nothing is left behind but the weak handles that it gave away, dead.
    ///
    /// ```
    /// use freehold::{Gc, Trace, Weak};
    /// #[derive(Trace)]
    /// struct Node {
    ///     me: Weak<Node>,
    /// }
    /// let node = Gc::new_cyclic(|me| {
    ///     assert!(me.upgrade().is_none());
    ///     Node { me: me.clone() }
    /// });
    /// assert!(Gc::ptr_eq(&node, &node.me.upgrade().unwrap()));
    /// ```
    pub fn new_cyclic(build: impl FnOnce(&Weak<T>) -> T) -> Self {
        let vacant = Vacant::<T>::new();
        let control = Control::unborn(TypeInfo::of::<T>());
        let weak = Weak::from_parts(vacant.payload(), control);
        let value = build(&weak);
        let header = vacant.header();
        let payload = vacant.fill(value);
        // SAFETY: `weak` holds the block, and now the object does too; the slot is ours until it is published, and the count
        // of 1 that it is published with is the new handle's.
        unsafe {
            control.as_ref().hold();
            header.as_ref().publish_controlled(control, T::finalizer().is_some());
            control.as_ref().born(header);
            placement::announce(header);
            Gc::from_counted(payload)
        }
    }
}
