//! freehold-snapshot.
