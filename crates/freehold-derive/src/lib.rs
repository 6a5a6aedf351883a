//! freehold-derive.
