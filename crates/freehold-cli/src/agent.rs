//! The agent, as a library that a Python process loads: all of it is in `freehold-python`.
//!
//! It lives in the command's package so that one build makes both, of one version.

pub use freehold_python::PyInit_freehold_agent;
