//! The benchmark `list`: a long doubly linked list is built, walked, thinned out, walked again, and dropped whole.
//!
//! Every node and its neighbour are a cycle. Nodes taken out of the middle are unlinked on both sides, so counting frees
//! them; the list itself falls to the collector, all at once.

use super::structure::{self, PEERS, Structure};
use super::{Benchmark, Job, Report};
use crate::edges::Few;
use crate::peer::Heap;

const PREVIOUS: usize = 0;
const NEXT: usize = 1;

/// Nodes that are handled in one stretch of work.
const STRETCH: usize = 1_000;

/// The benchmark.
pub struct List;

impl Benchmark for List {
    fn name(&self) -> &'static str {
        "list"
    }

    fn variants(&self) -> Vec<String> {
        vec!["doubly linked".to_owned()]
    }

    fn peers(&self, _: usize) -> &'static [&'static str] {
        PEERS
    }

    fn rounds(&self) -> u64 {
        5
    }

    fn measure(&self, job: &Job) -> Result<Report, String> {
        let work = Linking {
            length: 500_000,
            lists: 3,
        };
        structure::measure(work, &job.peer)
    }
}

#[derive(Clone, Copy)]
struct Linking {
    length: usize,
    lists: usize,
}

impl Structure for Linking {
    type Shape = Few;

    fn smaller(self) -> Self {
        Self {
            length: self.length / 10,
            ..self
        }
    }

    /// The roots are the first node and a cursor.
    fn run<H: Heap<Few>>(self, heap: &mut H) {
        for _ in 0..self.lists {
            heap.work(|scope, roots| {
                let first = H::node(scope, [None, None, None]);
                *roots = vec![first.clone(), first];
            });
            for _ in 0..self.length / STRETCH {
                heap.work(|scope, roots| append::<H>(scope, &mut roots[1]));
            }
            assert_eq!(walk(heap, false), self.length + 1, "a node is missing");
            assert_eq!(walk(heap, true), self.length + 1, "a node is missing");
            assert_eq!(
                walk(heap, false),
                self.length + 1 - (self.length + 1) / 3,
                "the wrong nodes were taken out"
            );
        }
    }
}

/// Adds nodes behind the last one.
fn append<'h, H: Heap<Few>>(scope: H::Scope<'h>, last: &mut H::Node<'h>) {
    for _ in 0..STRETCH {
        let node = H::node(scope, [Some(last.clone()), None, None]);
        let next = node.clone();
        H::edit(scope, last, |edges| edges[NEXT] = Some(next));
        *last = node;
    }
}

/// Goes from the first node to the last and says how many there were; takes out each third if that is asked for.
fn walk<H: Heap<Few>>(heap: &mut H, thin_out: bool) -> usize {
    heap.work(|_, roots| roots[1] = roots[0].clone());
    let mut seen = 1;
    loop {
        let before = seen;
        heap.work(|scope, roots| {
            for _ in 0..STRETCH {
                let Some(next) = next::<H>(scope, &roots[1]) else {
                    return;
                };
                let previous = std::mem::replace(&mut roots[1], next);
                if thin_out && seen % 3 == 2 {
                    unlink::<H>(scope, &previous);
                }
                seen += 1;
            }
        });
        if seen < before + STRETCH {
            return seen;
        }
    }
}

fn next<'h, H: Heap<Few>>(scope: H::Scope<'h>, node: &H::Node<'h>) -> Option<H::Node<'h>> {
    H::edit(scope, node, |edges| edges[NEXT].clone())
}

/// Takes a node out of the middle.
fn unlink<'h, H: Heap<Few>>(scope: H::Scope<'h>, node: &H::Node<'h>) {
    let (previous, next) = H::edit(scope, node, |edges| (edges[PREVIOUS].take(), edges[NEXT].take()));
    let (Some(previous), Some(next)) = (previous, next) else {
        return;
    };
    let forward = next.clone();
    let old = H::edit(scope, &previous, |edges| edges[NEXT].replace(forward));
    let older = H::edit(scope, &next, |edges| edges[PREVIOUS].replace(previous.clone()));
    drop((old, older));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::structure::leftovers;

    #[test]
    fn lists_are_collected_by_all_but_arc() {
        for (peer, alive) in leftovers(Linking {
            length: 20_000,
            lists: 2,
        }) {
            assert_eq!(alive > 0, peer == "Arc", "{peer}: {alive}");
        }
    }
}
