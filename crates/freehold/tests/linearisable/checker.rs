//! Whether a history is linearisable: whether its operations can be put into an order in which a model gives the same answers,
//! and in which no operation comes before one that had ended when it began.
//!
//! **Mechanism.** Depth first: any operation that began before all others that are left have ended may be next, if the model gives its
//! answer. What was tried is remembered as the set of operations that are done and the state that the model is in then: another order
//! of the same operations that leads to the same state leads to nothing new. Objects that have nothing to do with each other are
//! checked one by one, since a history is linearisable if that of each object is.
//!
//! **Cost.** Exponential in the operations that happen at a time, linear in the length; histories of some thirty
//! operations take microseconds.
//!
//! **Source.** Wing and Gong, *Testing and Verifying Concurrent Objects* (JPDC 1993) for the search; Lowe, *Testing for
//! Linearizability* (Concurrency and Computation 2017) for what is remembered; Herlihy and Wing, *Linearizability* (TOPLAS 1990)
//! for the objects one by one.

use crate::history::{Model, Operation};
use std::collections::{BTreeMap, HashSet};

/// The longest history of one object.
const LONGEST: usize = u64::BITS as usize;

/// The operations of the first object whose history is not linearisable, in the order in which they began.
pub fn violation<M: Model>(history: &[Operation<M>]) -> Option<Vec<&Operation<M>>> {
    let mut objects: BTreeMap<u64, Vec<&Operation<M>>> = BTreeMap::new();
    for operation in history {
        objects.entry(M::object(&operation.call)).or_default().push(operation);
    }
    objects.into_values().find_map(|mut operations| {
        operations.sort_by_key(|operation| operation.invoked);
        (!Search::new(&operations).succeeds(0, &M::default())).then_some(operations)
    })
}

/// The search for an order.
struct Search<'a, M: Model> {
    operations: &'a [&'a Operation<M>],
    all: u64,
    /// Which operations were done, in which state, when nothing came of it.
    tried: HashSet<(u64, M)>,
}

impl<'a, M: Model> Search<'a, M> {
    fn new(operations: &'a [&'a Operation<M>]) -> Self {
        assert!(
            operations.len() <= LONGEST,
            "a history has {LONGEST} operations at most"
        );
        Search {
            operations,
            all: u64::MAX.checked_shr((LONGEST - operations.len()) as u32).unwrap_or(0),
            tried: HashSet::new(),
        }
    }

    /// Whether the operations that are not done can follow in some order.
    fn succeeds(&mut self, done: u64, state: &M) -> bool {
        if done == self.all {
            return true;
        }
        if !self.tried.insert((done, state.clone())) {
            return false;
        }
        let left = |at: &usize| done >> at & 1 == 0;
        let operations = self.operations;
        let ends = (0..operations.len()).filter(left).map(|at| operations[at].responded);
        let first_end = ends.min().expect("some are left");
        (0..operations.len())
            .filter(left)
            .take_while(|&at| operations[at].invoked < first_end)
            .any(|at| {
                let mut next = state.clone();
                next.apply(&operations[at].call) == operations[at].answer && self.succeeds(done | 1 << at, &next)
            })
    }
}
