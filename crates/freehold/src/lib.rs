//! freehold.
