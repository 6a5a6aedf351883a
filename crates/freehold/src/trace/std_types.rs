//! `Trace` for the types of `std`.

use super::{Depth, Trace, Tracer};
use std::any::TypeId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::sync::Arc;

/// Types without handles.
macro_rules! leaf {
    ($($type:ty),* $(,)?) => { $(
        // SAFETY: the type holds no handle.
        unsafe impl Trace for $type {
            #[inline]
            fn trace(&self, _: &mut Tracer) {}
            #[inline]
            fn may_hold_gc<D: Depth>() -> bool { false }
        }
    )* };
}

leaf! {
    (), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, String, TypeId,
    std::num::NonZeroU8, std::num::NonZeroU16, std::num::NonZeroU32, std::num::NonZeroU64, std::num::NonZeroU128,
    std::num::NonZeroUsize, std::num::NonZeroI8, std::num::NonZeroI16, std::num::NonZeroI32, std::num::NonZeroI64,
    std::num::NonZeroI128, std::num::NonZeroIsize, std::cmp::Ordering, std::time::Duration, std::time::Instant,
    std::time::SystemTime, std::path::PathBuf, std::ffi::OsString, std::ffi::CString, std::net::IpAddr,
    std::net::Ipv4Addr, std::net::Ipv6Addr, std::net::SocketAddr, std::net::SocketAddrV4, std::net::SocketAddrV6,
    std::sync::atomic::AtomicBool, std::sync::atomic::AtomicU8, std::sync::atomic::AtomicU16,
    std::sync::atomic::AtomicU32, std::sync::atomic::AtomicU64, std::sync::atomic::AtomicUsize,
    std::sync::atomic::AtomicI8, std::sync::atomic::AtomicI16, std::sync::atomic::AtomicI32,
    std::sync::atomic::AtomicI64, std::sync::atomic::AtomicIsize, std::thread::ThreadId, std::alloc::Layout,
}

// SAFETY: no handle in a `str`.
unsafe impl Trace for str {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}
}

// SAFETY: no value, no handle.
unsafe impl<T: ?Sized> Trace for PhantomData<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        false
    }
}

// SAFETY: what a borrow for ever refers to is not owned by the object; handles in it are external (obligation 1).
unsafe impl<T: ?Sized> Trace for &'static T {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        false
    }
}

// SAFETY: an `Arc`'s content is shared with holders that the collector cannot see; handles in it are external.
unsafe impl<T: ?Sized> Trace for Arc<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        false
    }
}

// SAFETY: as for `Arc`.
unsafe impl<T: ?Sized> Trace for std::sync::Weak<T> {
    #[inline]
    fn trace(&self, _: &mut Tracer) {}
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        false
    }
}

// SAFETY: the one value is shown once.
unsafe impl<T: Trace + ?Sized> Trace for Box<T> {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        tracer.nested(|tracer| (**self).trace(tracer));
    }
}

// SAFETY: the one value, borrowed or owned, is shown once.
unsafe impl<B: ToOwned + ?Sized + 'static> Trace for Cow<'static, B>
where
    B::Owned: Trace,
{
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        if let Cow::Owned(owned) = self {
            owned.trace(tracer);
        }
    }
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        D::BOTTOM || B::Owned::may_hold_gc::<D::Less>()
    }
}

/// Types that hold at most one value of each parameter, in place.
macro_rules! inline {
    ($type:ty, [$($param:ident),*], $self:ident => $trace:expr) => {
        // SAFETY: every value is shown once.
        unsafe impl<$($param: Trace),*> Trace for $type {
            #[inline]
            fn trace(&$self, tracer: &mut Tracer) {
                #[allow(clippy::redundant_closure_call)]
                $trace(tracer);
            }
            #[inline]
            fn may_hold_gc<D: Depth>() -> bool {
                false $(|| $param::may_hold_gc::<D>())*
            }
        }
    };
}

inline!(Option<T>, [T], self => |tracer| if let Some(value) = self { value.trace(tracer) });
inline!(Result<T, E>, [T, E], self => |tracer| match self {
    Ok(value) => value.trace(tracer),
    Err(error) => error.trace(tracer),
});
inline!(std::ops::Range<T>, [T], self => |tracer: &mut Tracer| {
    self.start.trace(tracer);
    self.end.trace(tracer);
});
inline!(std::cmp::Reverse<T>, [T], self => |tracer| self.0.trace(tracer));
inline!(std::num::Wrapping<T>, [T], self => |tracer| self.0.trace(tracer));

// SAFETY: every element is shown once, unless the tracer has given the object up.
unsafe impl<T: Trace> Trace for [T] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        // There may be more elements of no size than anyone can count.
        if size_of::<T>() > 0 && T::may_hold_gc::<super::Top>() {
            tracer.each(self.iter(), |element, tracer| element.trace(tracer));
        }
    }
}

// SAFETY: as for slices.
unsafe impl<T: Trace, const N: usize> Trace for [T; N] {
    #[inline]
    fn trace(&self, tracer: &mut Tracer) {
        self.as_slice().trace(tracer);
    }
    #[inline]
    fn may_hold_gc<D: Depth>() -> bool {
        N > 0 && T::may_hold_gc::<D>()
    }
}

/// Sequences of one element type, behind a pointer.
macro_rules! sequence {
    ($type:ty, [$($param:ident $(: $bound:ident)?),*]) => {
        // SAFETY: every element is shown once, unless the tracer has given the object up.
        unsafe impl<T: Trace $(, $param $(: $bound)?)*> Trace for $type {
            fn trace(&self, tracer: &mut Tracer) {
                if size_of::<T>() == 0 || !T::may_hold_gc::<$crate::trace::Top>() {
                    return;
                }
                tracer.nested(|tracer| tracer.each(self.iter(), |element, tracer| element.trace(tracer)));
            }
            #[inline]
            fn may_hold_gc<D: Depth>() -> bool {
                D::BOTTOM || T::may_hold_gc::<D::Less>()
            }
        }
    };
}

sequence!(Vec<T>, []);
sequence!(VecDeque<T>, []);
sequence!(LinkedList<T>, []);
sequence!(BTreeSet<T>, []);
sequence!(BinaryHeap<T>, []);
sequence!(HashSet<T, S>, [S]);

/// Maps.
macro_rules! map {
    ($type:ty, [$($param:ident),*]) => {
        // SAFETY: every key and value is shown once, unless the tracer has given the object up.
        unsafe impl<K: Trace, V: Trace $(, $param)*> Trace for $type {
            fn trace(&self, tracer: &mut Tracer) {
                if !K::may_hold_gc::<$crate::trace::Top>() && !V::may_hold_gc::<$crate::trace::Top>() {
                    return;
                }
                tracer.nested(|tracer| {
                    tracer.each(self.iter(), |(key, value), tracer| {
                        key.trace(tracer);
                        value.trace(tracer);
                    });
                });
            }
            #[inline]
            fn may_hold_gc<D: Depth>() -> bool {
                D::BOTTOM || K::may_hold_gc::<D::Less>() || V::may_hold_gc::<D::Less>()
            }
        }
    };
}

map!(BTreeMap<K, V>, []);
map!(HashMap<K, V, S>, [S]);

macro_rules! tuples {
    ($($name:ident)*) => {
        // SAFETY: every field is shown once.
        unsafe impl<$($name: Trace),*> Trace for ($($name,)*) {
            #[inline]
            fn trace(&self, tracer: &mut Tracer) {
                #[allow(non_snake_case)]
                let ($($name,)*) = self;
                $($name.trace(tracer);)*
            }
            #[inline]
            fn may_hold_gc<Levels: Depth>() -> bool {
                false $(|| $name::may_hold_gc::<Levels>())*
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
tuples!(A B C D E F G H I);
tuples!(A B C D E F G H I J);
tuples!(A B C D E F G H I J K);
tuples!(A B C D E F G H I J K L);

macro_rules! functions {
    ($($arg:ident)*) => {
        // SAFETY: a function pointer holds nothing.
        unsafe impl<R, $($arg),*> Trace for fn($($arg),*) -> R {
            #[inline]
            fn trace(&self, _: &mut Tracer) {}
            #[inline]
            fn may_hold_gc<Levels: Depth>() -> bool { false }
        }
    };
}

functions!();
functions!(A);
functions!(A B);
functions!(A B C);
functions!(A B C D);
functions!(A B C D E);
functions!(A B C D E F);
