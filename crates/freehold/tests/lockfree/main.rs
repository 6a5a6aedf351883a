//! The lock-free structures, alone and under stress: what goes in comes out once, and cycles through them are collected while
//! threads change them.

mod atomic;
mod counted;
mod limbo;
mod map;
mod queue;
mod stack;
mod stress;
