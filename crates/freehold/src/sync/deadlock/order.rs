//! The lock-order graph: an edge from each lock to those that were wanted while it was held, and the search for cycles.
//!
//! | edge | when |
//! | --- | --- |
//! | A → B | a thread that held A was about to wait for B, for however long it takes |
//!
//! *A cycle* says that threads which take the locks at the wrong moments wait for each other for ever, though they did not this
//! time. Who only tries to lock, or waits for a limited time, never waits for ever: that makes no edge to the lock. It makes
//! edges from it once it has it, as every holder does.
//!
//! *Readers.* An edge has a class: how A was held, and how B was wanted. A path may come to a lock by one edge and leave by
//! another only if who wants the lock as the first does waits for who has it as the second:
//!
//! | wanted | waits for who has it |
//! | --- | --- |
//! | to write; to read, upgradable | in any way |
//! | to read | to write, or to read, by way of a writer that waits; not upgradable, beside whom no writer keeps readers out |
//! | to read recursively | to write |
//! | by an upgrade | to read: there is no writer and no other upgradable reader |
//!
//! So a reader is an obstacle to another: a fair lock lets none past a writer that waits, and two readers are two halves of
//! a deadlock whose third is any writer. The graph does not ask whether there ever was a writer. (The classes could lead a path
//! twice to one lock. That takes an inversion that was reported before, or a lock that is wanted both recursively and by
//! an upgrade; such a path is not gone on with, and so another may be missed that shares its beginning.)
//!
//! *Cost.* An edge that is there costs a look-up. A new one costs a search from both of its ends in turn, which ends
//! when either has nothing more or they meet; so to hang a new lock before or after a large graph costs little. Only if the ends
//! are found to be joined is the path looked for, nearest first. Once there is an inversion they are joined more often than not,
//! in a part of the graph that may be large; so both searches then have a budget, and longer cycles are found when shorter ones
//! are mended. A lock that is dropped is taken out with its edges.

use super::acquisition::Acquisition;
use super::report::{Inversion, Order};
use crate::sync::mode::Mode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::Location;

/// How much of the graph is looked at for a path, before an inversion was reported and after.
const BUDGET: [usize; 2] = [100_000, 250];

/// Which of the edges between two locks this is. Modes that make no difference to a path count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    held: Mode,
    wanted: Mode,
}

impl Class {
    /// How many bits its number has.
    pub(super) const BITS: u32 = 5;

    pub(super) fn of(held: Mode, wanted: Mode) -> Self {
        Class {
            held: if held == Mode::Recursive { Mode::Shared } else { held },
            wanted: if wanted == Mode::Upgradable {
                Mode::Exclusive
            } else {
                wanted
            },
        }
    }

    /// Its number.
    pub(super) fn number(self) -> u64 {
        self.held as u64 * 5 + self.wanted as u64
    }

    fn of_order(order: &Order) -> Self {
        Class::of(order.held.mode, order.wanted.mode)
    }
}

/// Whether a thread that holds a lock and wants one is to be recorded. Of orders of a lock with itself, all but the fair read
/// after a read are either harmless or certain deadlocks, which the waits show.
pub(super) fn is_order(held: &Acquisition, wanted: &Acquisition) -> bool {
    let is_other = held.lock.number != wanted.lock.number;
    is_other || (matches!(held.mode, Mode::Shared | Mode::Recursive) && wanted.mode.queues_behind_writers())
}

/// The graph.
#[derive(Debug)]
pub(super) struct Graph {
    locks: BTreeMap<u64, Edges>,
    /// What was reported, by its sites.
    reported: BTreeSet<Vec<[Location<'static>; 2]>>,
}

/// The edges of a lock.
#[derive(Debug, Default)]
struct Edges {
    /// To each other lock one for each class, with the order that was seen first.
    to: BTreeMap<u64, Vec<Order>>,
    from: BTreeSet<u64>,
}

impl Graph {
    pub(super) const fn new() -> Self {
        Graph {
            locks: BTreeMap::new(),
            reported: BTreeSet::new(),
        }
    }

    /// Records an order; the inversion that it makes, if it is new and none with the same sites was reported.
    pub(super) fn record(&mut self, order: Order) -> Option<Inversion> {
        let (from, to) = (order.held.lock.number, order.wanted.lock.number);
        let class = Class::of_order(&order);
        let known = self.locks.entry(from).or_default().to.entry(to).or_default();
        if known.iter().any(|known| Class::of_order(known) == class) {
            return None;
        }
        // Most pairs have one.
        known.reserve_exact(1);
        known.push(order.clone());
        self.locks.entry(to).or_default().from.insert(from);
        let mut orders = vec![order];
        orders.extend(self.path(to, from, class)?);
        self.reported.insert(sites(&orders)).then_some(Inversion { orders })
    }

    /// Forgets a lock that is no more.
    pub(super) fn remove(&mut self, lock: u64) {
        let Some(edges) = self.locks.remove(&lock) else {
            return;
        };
        for to in edges.to.keys() {
            self.locks.get_mut(to).map(|other| other.from.remove(&lock));
        }
        for from in &edges.from {
            self.locks.get_mut(from).map(|other| other.to.remove(&lock));
        }
    }

    /// The orders of a shortest path that an edge of this class, from `goal` to `start`, makes a cycle.
    fn path(&self, start: u64, goal: u64, closing: Class) -> Option<Vec<Order>> {
        let ends = |wanted: Mode| wanted.waits_for(closing.held);
        if start == goal {
            return ends(closing.wanted).then(Vec::new);
        }
        let mut left = BUDGET[usize::from(!self.reported.is_empty())];
        if !self.joins(start, goal, left) {
            return None;
        }
        let mut before = Before::new();
        let begin = (start, closing.wanted);
        let mut next = VecDeque::from([begin]);
        while let Some(place) = next.pop_front() {
            for (order, come_to) in self.onward(place, goal) {
                left = left.checked_sub(1)?;
                if come_to == begin || before.contains_key(&come_to) || is_on_way(&before, place, begin, come_to.0) {
                    continue;
                }
                before.insert(come_to, (place, order));
                match come_to {
                    (lock, _) if lock != goal => next.push_back(come_to),
                    (_, wanted) if ends(wanted) => return Some(walk_back(&before, come_to, begin)),
                    // Nobody would wait there, and a way through the goal is another cycle's.
                    _ => {}
                }
            }
        }
        None
    }

    /// The orders by which a path goes on: first those that lead to `goal`.
    fn onward(&self, (lock, wanted): Place, goal: u64) -> impl Iterator<Item = (&Order, Place)> {
        let edges = self.locks.get(&lock).map(|edges| &edges.to);
        let others = edges.into_iter().flatten().filter(move |(to, _)| **to != goal);
        let to_goal = edges.and_then(|edges| edges.get_key_value(&goal));
        let edges = to_goal.into_iter().chain(others);
        edges
            .flat_map(|(&to, orders)| orders.iter().map(move |order| (to, order, Class::of_order(order))))
            .filter(move |(_, _, class)| wanted.waits_for(class.held))
            .map(|(to, order, class)| (order, (to, class.wanted)))
    }

    /// Whether a path of any classes leads from one lock to another. The two searches take turns by what they cost,
    /// and give up together.
    fn joins(&self, start: u64, goal: u64, budget: usize) -> bool {
        let (mut ahead, mut back) = (Search::from(start), Search::from(goal));
        while let (Some(onward), Some(backward)) = (ahead.next(), back.next()) {
            if ahead.cost + back.cost > budget {
                return false;
            }
            let after = self.locks.get(&onward).map(|edges| &edges.to);
            let before = self.locks.get(&backward).map(|edges| &edges.from);
            let cost_ahead = ahead.cost + after.map_or(0, BTreeMap::len);
            let cost_back = back.cost + before.map_or(0, BTreeSet::len);
            let is_joined = if cost_ahead <= cost_back {
                ahead.expand(after.into_iter().flat_map(BTreeMap::keys), &back.seen)
            } else {
                back.expand(before.into_iter().flatten(), &ahead.seen)
            };
            if is_joined {
                return true;
            }
        }
        false
    }
}

/// A lock, and how it was wanted by the order by which a path came to it.
type Place = (u64, Mode);

/// For each place that was come to, the one before, and the order between.
type Before<'a> = BTreeMap<Place, (Place, &'a Order)>;

/// A search in one direction.
struct Search {
    seen: BTreeSet<u64>,
    next: VecDeque<u64>,
    /// The edges looked at, and the locks.
    cost: usize,
}

impl Search {
    fn from(lock: u64) -> Self {
        Search {
            seen: BTreeSet::from([lock]),
            next: VecDeque::from([lock]),
            cost: 0,
        }
    }

    /// The lock to go on from.
    fn next(&self) -> Option<u64> {
        self.next.front().copied()
    }

    /// Goes on from the next lock to those beside it; whether one was seen by the other search.
    fn expand<'a>(&mut self, beside: impl Iterator<Item = &'a u64>, other: &BTreeSet<u64>) -> bool {
        self.next.pop_front();
        self.cost += 1;
        for &lock in beside {
            if other.contains(&lock) {
                return true;
            }
            self.cost += 1;
            if self.seen.insert(lock) {
                self.next.push_back(lock);
            }
        }
        false
    }
}

/// Whether a lock is on the way from `begin` to `place`, come to otherwise perhaps.
fn is_on_way(before: &Before<'_>, place: Place, begin: Place, lock: u64) -> bool {
    let mut known = before.range((lock, Mode::Exclusive)..=(lock, Mode::Upgrade));
    if lock != begin.0 && known.next().is_none() {
        return false;
    }
    let mut place = place;
    while place != begin && place.0 != lock {
        place = before[&place].0;
    }
    place.0 == lock
}

/// The orders on the way from `begin` to `end`.
fn walk_back(before: &Before<'_>, end: Place, begin: Place) -> Vec<Order> {
    let mut orders = Vec::new();
    let mut place = end;
    while place != begin {
        let (previous, order) = before[&place];
        orders.push(order.clone());
        place = previous;
    }
    orders.reverse();
    orders
}

/// The pairs of sites, each once, in an order of their own.
fn sites(orders: &[Order]) -> Vec<[Location<'static>; 2]> {
    let pairs: BTreeSet<_> = orders
        .iter()
        .map(|order| [*order.held.site, *order.wanted.site])
        .collect();
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests;
