//! Handles move among stacks, queues, maps and places while a collector never rests: none is lost, none dropped twice.

use super::counted::{Counted, Drops};
use freehold::lockfree::{AtomicGc, Map, Queue, Stack};
use freehold::{Gc, Trace, gc};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Trace)]
struct Node {
    number: u64,
    check: u64,
    stack: Stack<Gc<Node>>,
    queue: Queue<Gc<Node>>,
    map: Map<u64, Gc<Node>>,
    place: AtomicGc<Node>,
    #[trace(skip)]
    _counted: Counted,
}

fn node(number: u64, drops: &Drops) -> Gc<Node> {
    Gc::new(Node {
        number,
        check: !number,
        stack: Stack::new(),
        queue: Queue::new(),
        map: Map::new(),
        place: AtomicGc::null(),
        _counted: drops.value(),
    })
}

impl Node {
    fn put(&self, choice: u64, handle: Gc<Node>) {
        match choice % 4 {
            0 => self.stack.push(handle),
            1 => self.queue.push(handle),
            2 => drop(self.map.insert(choice >> 32 & 7, handle)),
            _ => self.place.store(handle),
        }
    }

    fn take(&self, choice: u64) -> Option<Gc<Node>> {
        match choice % 4 {
            0 => self.stack.pop(),
            1 => self.queue.pop(),
            2 => self.map.remove(&(choice >> 32 & 7)).map(|handle| handle.clone()),
            _ => self.place.take(),
        }
    }
}

/// One thread's moves: among nodes that it reaches from the roots.
fn work(seed: u64, roots: &[Gc<Node>], drops: &Drops, until: Instant) -> usize {
    let (mut state, mut made) = (seed, 0);
    let mut hand = roots[0].clone();
    while Instant::now() < until {
        for _ in 0..50 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let choice = state >> 16;
            assert_eq!(hand.check, !hand.number);
            match choice >> 8 & 7 {
                0 => {
                    let new = node(state, drops);
                    made += 1;
                    new.put(choice, hand.clone());
                    hand.put(choice >> 2, new);
                }
                1..=3 => {
                    hand = hand
                        .take(choice)
                        .unwrap_or_else(|| roots[choice as usize % roots.len()].clone())
                }
                4 => roots[choice as usize % roots.len()].put(choice >> 3, hand.clone()),
                5 => drop(roots[choice as usize % roots.len()].take(choice >> 3)),
                6 => hand.put(choice, roots[choice as usize % roots.len()].clone()),
                _ => hand = roots[choice as usize % roots.len()].clone(),
            }
        }
    }
    made
}

#[test]
fn nothing_is_lost_or_dropped_twice_while_a_collector_never_rests() {
    let rounds: u64 = std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    let until = Instant::now() + Duration::from_secs(3 * rounds);
    let drops = Drops::default();
    let roots: Vec<_> = (0..4).map(|number| node(number, &drops)).collect();
    let done = AtomicBool::new(false);
    let made: usize = thread::scope(|scope| {
        let collector = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                gc::collect();
            }
        });
        let workers: Vec<_> = (0..3)
            .map(|seed| {
                let (roots, drops) = (&roots, &drops);
                scope.spawn(move || work(seed + 1, roots, drops, until))
            })
            .collect();
        let made = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
        done.store(true, Ordering::Relaxed);
        collector.join().unwrap();
        made
    });
    assert!(drops.count() < made + 4, "the roots are held");
    drop(roots);
    drops.expect(made + 4);
}
