//! Dense identifiers: an object, a type and a name are each a `u32` that indexes a column.
//!
//! A snapshot holds no pointers. Ids are given in the order of insertion, without gaps, so every table
//! is an array and every lookup is one load.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index into a column.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// An object of the snapshot, numbered in capture order.
    ObjectId
}
id! {
    /// A type of the snapshot.
    TypeId
}
id! {
    /// A name: of an attribute, a string key, a variable or a root.
    NameId
}
