//! freehold-pool.
