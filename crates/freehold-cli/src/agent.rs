//! The agent, as a library that a Python process loads.
