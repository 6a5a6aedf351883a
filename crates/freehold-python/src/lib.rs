//! freehold-python.
