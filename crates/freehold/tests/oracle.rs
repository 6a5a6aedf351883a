//! The heap against a naive oracle: random operations, and a graph search that says what must be alive.
//!
//! In one thread, with a collection after every operation: what is alive is exactly what handles reach. In several
//! threads, with a collector that never rests: nothing that a thread can reach is ever dead, and when the threads stop,
//! a collection leaves exactly what is reachable. `FREEHOLD_ROUNDS` multiplies the number of rounds.

use freehold::gc::Generation;
use freehold::sync::Mutex;
use freehold::{Gc, Trace, Weak, gc};
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

/// The nodes of one test that are alive, by number.
#[derive(Default)]
struct Registry {
    dead: parking_lot::Mutex<HashSet<usize>>,
    made: AtomicUsize,
}

/// A node's membership. Dropped with the node, once.
struct Member {
    number: usize,
    registry: Arc<Registry>,
}

impl Drop for Member {
    fn drop(&mut self) {
        assert!(
            self.registry.dead.lock().insert(self.number),
            "node {} dropped twice",
            self.number
        );
    }
}

#[derive(Trace)]
struct Node {
    links: Mutex<Vec<Gc<Node>>>,
    /// An edge that cannot change.
    parent: Option<Gc<Node>>,
    #[trace(skip)]
    member: Member,
}

impl Node {
    fn check(&self) {
        let dead = self.member.registry.dead.lock();
        assert!(
            !dead.contains(&self.member.number),
            "node {} is reachable and dead",
            self.member.number
        );
    }
}

impl Registry {
    fn node(self: &Arc<Self>, parent: Option<Gc<Node>>) -> Gc<Node> {
        let number = self.made.fetch_add(1, SeqCst);
        let member = Member {
            number,
            registry: self.clone(),
        };
        Gc::new(Node {
            links: Mutex::default(),
            parent,
            member,
        })
    }

    fn alive(&self) -> HashSet<usize> {
        let dead = self.dead.lock();
        (0..self.made.load(SeqCst))
            .filter(|number| !dead.contains(number))
            .collect()
    }
}

/// The oracle: what the handles reach, by graph search.
fn reachable<'a>(handles: impl IntoIterator<Item = &'a Gc<Node>>) -> HashSet<usize> {
    let mut grey: Vec<Gc<Node>> = handles.into_iter().cloned().collect();
    let mut seen = HashSet::new();
    while let Some(node) = grey.pop() {
        if seen.insert(node.member.number) {
            node.check();
            grey.extend(node.links.lock().iter().cloned());
            grey.extend(node.parent.clone());
        }
    }
    seen
}

/// One operation; the numbers choose among what is there, modulo how much there is.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Create,
    CreateChild(usize),
    Clone(usize),
    Drop(usize),
    /// A clone of one handle into another's node.
    Link(usize, usize),
    /// The handle itself, into another's node.
    Move(usize, usize),
    /// Out of a node, and dropped.
    Unlink(usize, usize),
    /// Out of a node, onto the stack.
    Take(usize, usize),
    /// From one node to the one that it points at.
    Follow(usize, usize),
    Downgrade(usize),
    Upgrade(usize),
    Forget(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let n = any::<usize>;
    prop_oneof![
        3 => Just(Create),
        1 => n().prop_map(CreateChild),
        1 => n().prop_map(Clone),
        3 => n().prop_map(Drop),
        4 => (n(), n()).prop_map(|(a, b)| Link(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| Move(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| Unlink(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| Take(a, b)),
        2 => (n(), n()).prop_map(|(a, b)| Follow(a, b)),
        1 => n().prop_map(Downgrade),
        1 => n().prop_map(Upgrade),
        1 => n().prop_map(Forget),
    ]
}

/// What a thread holds.
#[derive(Default)]
struct Stack {
    handles: Vec<Gc<Node>>,
    weak: Vec<Weak<Node>>,
}

impl Stack {
    fn at(&self, choice: usize) -> Option<&Gc<Node>> {
        let handle = self.handles.get(choice.checked_rem(self.handles.len())?)?;
        handle.check();
        Some(handle)
    }

    fn take(&mut self, choice: usize) -> Option<Gc<Node>> {
        let index = choice.checked_rem(self.handles.len())?;
        Some(self.handles.swap_remove(index))
    }

    /// Does the operation, or nothing if what it needs is not there.
    fn run(&mut self, registry: &Arc<Registry>, operation: Operation) -> Option<()> {
        use Operation::*;
        match operation {
            Create => self.handles.push(registry.node(None)),
            CreateChild(parent) => self.handles.push(registry.node(Some(self.at(parent)?.clone()))),
            Clone(which) => self.handles.push(self.at(which)?.clone()),
            Drop(which) => drop(self.take(which)?),
            Link(from, to) => self.at(from)?.links.lock().push(self.at(to)?.clone()),
            Move(which, to) => {
                let moved = self.take(which)?;
                self.at(to)?.links.lock().push(moved);
            }
            Unlink(from, which) => drop(self.pull(from, which)?),
            Take(from, which) => {
                let taken = self.pull(from, which)?;
                taken.check();
                self.handles.push(taken);
            }
            Follow(from, which) => {
                let links = self.at(from)?.links.lock();
                let next = links.get(which.checked_rem(links.len())?)?.clone();
                drop(links);
                next.check();
                self.handles.push(next);
            }
            Downgrade(which) => self.weak.push(Gc::downgrade(self.at(which)?)),
            Upgrade(which) => {
                let weak = &self.weak[which.checked_rem(self.weak.len())?];
                let strong = weak.upgrade()?;
                strong.check();
                self.handles.push(strong);
            }
            Forget(which) => {
                let index = which.checked_rem(self.weak.len())?;
                self.weak.swap_remove(index);
            }
        }
        Some(())
    }

    fn pull(&self, from: usize, which: usize) -> Option<Gc<Node>> {
        let mut links = self.at(from)?.links.lock();
        let index = which.checked_rem(links.len())?;
        Some(links.swap_remove(index))
    }
}

fn rounds(base: u32) -> u32 {
    base * std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds(200)))]

    #[test]
    fn one_thread_with_a_collection_after_every_operation(operations in prop::collection::vec(operation(), 1..120)) {
        let registry = Arc::new(Registry::default());
        let mut stack = Stack::default();
        for operation in operations {
            stack.run(&registry, operation);
            gc::collect();
            prop_assert_eq!(registry.alive(), reachable(&stack.handles));
            for weak in &stack.weak {
                prop_assert_eq!(weak.strong_count() > 0, weak.upgrade().is_some());
            }
        }
        drop(stack);
        gc::collect();
        prop_assert!(registry.alive().is_empty());
    }

    #[test]
    fn one_thread_with_collections_of_any_generation(
        operations in prop::collection::vec((operation(), prop::option::of(0usize..3)), 1..200)
    ) {
        let registry = Arc::new(Registry::default());
        let mut stack = Stack::default();
        for (operation, collect) in operations {
            stack.run(&registry, operation);
            let before = registry.alive();
            let Some(generation) = collect.map(|generation| Generation::ALL[generation]) else { continue };
            gc::collect_generation(generation);
            let (alive, reachable) = (registry.alive(), reachable(&stack.handles));
            prop_assert!(reachable.is_subset(&alive) && alive.is_subset(&before));
            if generation == Generation::Old {
                prop_assert_eq!(alive, reachable);
            }
        }
        drop(stack);
        gc::collect();
        prop_assert!(registry.alive().is_empty());
    }
}

/// A cheap generator, one for each thread.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }

    fn operation(&mut self) -> Operation {
        use Operation::*;
        let (a, b) = (self.next(), self.next());
        match self.next() % 24 {
            0..3 => Create,
            3 => CreateChild(a),
            4 => Clone(a),
            5..10 => Drop(a),
            10..13 => Link(a, b),
            13..15 => Move(a, b),
            15..17 => Unlink(a, b),
            17..19 => Take(a, b),
            19..21 => Follow(a, b),
            21 => Downgrade(a),
            22 => Upgrade(a),
            _ => Forget(a),
        }
    }
}

#[test]
fn several_threads_with_a_collector_that_never_rests() {
    const THREADS: usize = 3;
    let stop = Arc::new(AtomicBool::new(false));
    let collector = {
        let stop = stop.clone();
        thread::spawn(move || {
            for turn in 0.. {
                if stop.load(SeqCst) {
                    return;
                }
                gc::collect_generation(Generation::ALL[turn % 3]);
            }
        })
    };
    for round in 0..rounds(400) {
        let registry = Arc::new(Registry::default());
        // All threads begin with handles to the same few nodes, so that they meet.
        let shared: Vec<Gc<Node>> = (0..4).map(|_| registry.node(None)).collect();
        let barrier = Arc::new(Barrier::new(THREADS));
        let workers: Vec<_> = (0..THREADS)
            .map(|me| {
                let (registry, barrier) = (registry.clone(), barrier.clone());
                let mut stack = Stack {
                    handles: shared.clone(),
                    weak: shared.iter().map(Gc::downgrade).collect(),
                };
                thread::spawn(move || {
                    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ ((u64::from(round) << 20) | (me as u64 + 1)));
                    barrier.wait();
                    for _ in 0..600 {
                        stack.run(&registry, random.operation());
                    }
                    stack
                })
            })
            .collect();
        drop(shared);
        let stacks: Vec<Stack> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        gc::collect();
        let handles = stacks.iter().flat_map(|stack| &stack.handles);
        assert_eq!(registry.alive(), reachable(handles), "round {round}");
        drop(stacks);
        gc::collect();
        assert!(
            registry.alive().is_empty(),
            "round {round}: {:?} leaked",
            registry.alive()
        );
    }
    stop.store(true, SeqCst);
    collector.join().unwrap();
}
