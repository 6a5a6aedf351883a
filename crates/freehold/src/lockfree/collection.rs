//! What `Stack` and `Queue` have in common: how the collector looks into them, and what std's collections can do.

/// `Trace`, by `presence` and `show`; `IntoIterator`, `FromIterator`, `Extend`, `Default` and `Debug`, by `push`, `pop_owned` and
/// `new`.
macro_rules! collection {
    ($Collection:ident, #[doc = $doc:literal] $IntoIter:ident) => {
        // SAFETY: while the collector is present nobody takes a value out; `show` shows each once, with what changes when one
        // is taken.
        unsafe impl<T: Trace> Trace for $Collection<T> {
            fn trace(&self, tracer: &mut Tracer) {
                if T::may_hold_gc::<crate::trace::Top>() {
                    self.presence
                        .look(tracer, |tracer| tracer.nested(|tracer| self.show(tracer)));
                }
            }

            #[inline]
            fn may_hold_gc<D: crate::trace::Depth>() -> bool {
                D::BOTTOM || T::may_hold_gc::<D::Less>()
            }
        }

        #[doc = $doc]
        #[derive(Debug)]
        pub struct $IntoIter<T>($Collection<T>);

        impl<T> Iterator for $IntoIter<T> {
            type Item = T;

            fn next(&mut self) -> Option<T> {
                self.0.pop_owned()
            }
        }

        impl<T> std::iter::FusedIterator for $IntoIter<T> {}

        impl<T> IntoIterator for $Collection<T> {
            type Item = T;
            type IntoIter = $IntoIter<T>;

            fn into_iter(self) -> $IntoIter<T> {
                $IntoIter(self)
            }
        }

        impl<T> Extend<T> for $Collection<T> {
            fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
                values.into_iter().for_each(|value| self.push(value));
            }
        }

        impl<T> FromIterator<T> for $Collection<T> {
            fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
                let mut collection = Self::new();
                collection.extend(values);
                collection
            }
        }

        impl<T> Default for $Collection<T> {
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T> std::fmt::Debug for $Collection<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($Collection)).finish_non_exhaustive()
            }
        }
    };
}
