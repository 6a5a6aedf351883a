//! `Trace` for the types of other crates, by feature; for locks see [`foreign`](super::foreign).

#![allow(unused_imports)] // Each feature uses some.

use super::{Depth, Trace, Tracer};

#[cfg(feature = "hashbrown")]
mod for_hashbrown {
    use super::*;
    map!(hashbrown::HashMap<K, V, S>, [S]);
    sequence!(hashbrown::HashSet<T, S>, [S]);
}

#[cfg(feature = "indexmap")]
mod for_indexmap {
    use super::*;
    map!(indexmap::IndexMap<K, V, S>, [S]);
    sequence!(indexmap::IndexSet<T, S>, [S]);
}

#[cfg(feature = "smallvec")]
mod for_smallvec {
    use super::*;

    // SAFETY: every element is shown once, unless the tracer has given the object up.
    unsafe impl<A: smallvec::Array> Trace for smallvec::SmallVec<A>
    where
        A::Item: Trace,
    {
        fn trace(&self, tracer: &mut Tracer) {
            tracer.nested(|tracer| self.as_slice().trace(tracer));
        }

        #[inline]
        fn may_hold_gc<D: Depth>() -> bool {
            D::BOTTOM || A::Item::may_hold_gc::<D::Less>()
        }
    }
}

#[cfg(feature = "arrayvec")]
mod for_arrayvec {
    use super::*;

    // SAFETY: every element is shown once, unless the tracer has given the object up.
    unsafe impl<T: Trace, const N: usize> Trace for arrayvec::ArrayVec<T, N> {
        fn trace(&self, tracer: &mut Tracer) {
            self.as_slice().trace(tracer);
        }

        #[inline]
        fn may_hold_gc<D: Depth>() -> bool {
            T::may_hold_gc::<D>()
        }
    }

    // SAFETY: text holds no handle.
    unsafe impl<const N: usize> Trace for arrayvec::ArrayString<N> {
        fn trace(&self, _: &mut Tracer) {}

        #[inline]
        fn may_hold_gc<D: Depth>() -> bool {
            false
        }
    }
}

#[cfg(feature = "either")]
mod for_either {
    use super::*;
    inline!(either::Either<L, R>, [L, R], self => |tracer| match self {
        either::Either::Left(left) => left.trace(tracer),
        either::Either::Right(right) => right.trace(tracer),
    });
}

#[cfg(feature = "bytes")]
mod for_bytes {
    use super::*;
    leaf!(bytes::Bytes, bytes::BytesMut);
}

#[cfg(feature = "uuid")]
mod for_uuid {
    use super::*;
    leaf!(uuid::Uuid);
}

#[cfg(feature = "chrono")]
mod for_chrono {
    use super::*;
    leaf!(
        chrono::NaiveDate,
        chrono::NaiveTime,
        chrono::NaiveDateTime,
        chrono::TimeDelta,
        chrono::Utc,
        chrono::FixedOffset,
        chrono::Weekday,
        chrono::Month,
    );

    // SAFETY: a time and an offset; a handle inside an offset of the user's own would count as external.
    unsafe impl<Tz: chrono::TimeZone> Trace for chrono::DateTime<Tz> {
        fn trace(&self, _: &mut Tracer) {}

        #[inline]
        fn may_hold_gc<D: Depth>() -> bool {
            false
        }
    }
}
