//! Threads that move handles between foreign locks, and a collector that never rests: what can be reached is alive, and in the end
//! everything was dropped once. `FREEHOLD_ROUNDS` multiplies the number of rounds.

use crate::kinds::Kind;
use crate::{Node, alone, dropped, kinds};
use freehold::gc::Generation;
use freehold::{Gc, Weak, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

const THREADS: u64 = 3;

/// A cheap generator, one for each thread.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize
    }
}

/// What a thread holds.
struct Stack<K: Kind> {
    handles: Vec<Gc<Node<K>>>,
    weak: Vec<Weak<Node<K>>>,
    random: Random,
    drops: Arc<AtomicUsize>,
    made: usize,
}

impl<K: Kind> Stack<K> {
    fn at(&mut self) -> Option<Gc<Node<K>>> {
        let choice = self.random.next();
        let handle = self.handles.get(choice.checked_rem(self.handles.len())?)?;
        handle.check();
        Some(handle.clone())
    }

    fn remove(&mut self) -> Option<Gc<Node<K>>> {
        let choice = self.random.next();
        let index = choice.checked_rem(self.handles.len())?;
        Some(self.handles.swap_remove(index))
    }

    fn keep(&mut self, node: Option<Gc<Node<K>>>) {
        if let Some(node) = &node {
            node.check();
        }
        self.handles.extend(node);
    }

    /// Does something, or nothing if what it needs is not there.
    fn step(&mut self) -> Option<()> {
        let choice = self.random.next();
        match self.random.next() % 16 {
            0..2 => {
                self.made += 1;
                self.handles.push(Node::new(&self.drops));
            }
            2..4 => drop(self.remove()?),
            4..6 => {
                let (from, to) = (self.at()?, self.at()?);
                from.push(to);
            }
            // A handle moves, and is not cloned: from the stack, between nodes, onto the stack.
            6..8 => {
                let moved = self.remove()?;
                self.at()?.push(moved);
            }
            8..10 => {
                let index = choice.checked_rem(self.handles.len())?;
                let moved = self.handles[index].take(choice)?;
                moved.check();
                self.handles[(index + 1) % self.handles.len()].push(moved);
            }
            10..12 => {
                // The node through which the handle came is let go before it is used.
                let from = self.remove()?;
                let taken = from.take(choice);
                drop(from);
                self.keep(taken);
            }
            12..14 => {
                let next = self.at()?.get(choice);
                self.keep(next);
            }
            14 => {
                let node = self.at()?;
                self.weak.push(Gc::downgrade(&node));
            }
            _ => {
                let index = choice.checked_rem(self.weak.len())?;
                let node = self.weak.swap_remove(index).upgrade();
                self.keep(node);
            }
        }
        Some(())
    }
}

fn rounds(base: u64) -> u64 {
    base * std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"))
}

fn race<K: Kind>() {
    for round in 0..rounds(60) {
        let drops = Arc::default();
        let shared: Vec<Gc<Node<K>>> = (0..4).map(|_| Node::new(&drops)).collect();
        let workers: Vec<_> = (0..THREADS)
            .map(|me| {
                let mut stack = Stack {
                    handles: shared.clone(),
                    weak: shared.iter().map(Gc::downgrade).collect(),
                    random: Random(0x9E37_79B9_7F4A_7C15 ^ (round << 20 | (me + 1))),
                    drops: Arc::clone(&drops),
                    made: 0,
                };
                thread::spawn(move || {
                    for _ in 0..600 {
                        stack.step();
                    }
                    (stack.made, stack.handles)
                })
            })
            .collect();
        let left: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        let made: usize = 4 + left.iter().map(|(made, _)| made).sum::<usize>();
        left.iter()
            .for_each(|(_, handles)| handles.iter().for_each(|node| node.check()));
        drop((left, shared));
        gc::collect();
        assert_eq!(dropped(&drops), made, "round {round} of {}", std::any::type_name::<K>());
    }
}

/// Runs `work` beside a collector that never rests.
fn beside_a_collector(work: impl FnOnce()) {
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
    work();
    stop.store(true, SeqCst);
    collector.join().unwrap();
}

macro_rules! races {
    ($($name:ident: $kind:ident),*) => { $(
        #[test]
        fn $name() {
            let _alone = alone();
            beside_a_collector(race::<kinds::$kind>);
        }
    )* };
}

// ThreadSanitizer does not see what std's locks order.
#[cfg(not(tsan))]
races!(in_stack: InStack, in_queue: InQueue);
#[cfg(not(tsan))]
races!(std_mutex: StdMutex, std_rw_lock: StdRwLock, in_cell: InCell, around_cell: AroundCell, in_foreign: InForeign);
#[cfg(feature = "parking_lot")]
races!(parking_lot_mutex: ParkingLotMutex, parking_lot_rw_lock: ParkingLotRwLock);
