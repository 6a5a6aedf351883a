//! Linearisability: what threads saw of an object at the same time can be explained by calls one after the other.
//!
//! `checker` decides that for a recorded history, `trial` records histories of random calls. The checker is tried
//! itself: on histories made by hand (`by_hand`), on objects that are wrong on purpose and on ones that locks make right
//! (`reference`). Then it judges freehold's own (`ours`), while collections run. `FREEHOLD_ROUNDS` multiplies the rounds.

mod by_hand;
mod checker;
mod history;
mod models;
mod ours;
mod reference;
mod trial;
