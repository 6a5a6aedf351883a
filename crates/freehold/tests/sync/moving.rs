//! Handles move between cells of different locks while a collector never rests: what a thread can reach is alive, and in the
//! end everything was dropped once.

use crate::{together, while_collecting};
use freehold::sync::{Mutex, OnceLock, ReentrantMutex, RwLock, RwLockUpgradableReadGuard};
use freehold::{Gc, Trace, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// How many nodes there are, and how many were dropped: the oracle.
#[derive(Default)]
struct Tally {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

struct Life {
    alive: AtomicBool,
    tally: Arc<Tally>,
}

impl Drop for Life {
    fn drop(&mut self) {
        assert!(self.alive.swap(false, SeqCst), "dropped twice");
        self.tally.dropped.fetch_add(1, SeqCst);
    }
}

type Link = Option<Gc<Node>>;

#[derive(Trace)]
struct Node {
    mutex: Mutex<Link>,
    rwlock: RwLock<Link>,
    upgraded: RwLock<Link>,
    reentrant: ReentrantMutex<Mutex<Link>>,
    once: OnceLock<Mutex<Link>>,
    nested: RwLock<Vec<Mutex<Link>>>,
    #[trace(skip)]
    life: Life,
}

impl Node {
    fn new(tally: &Arc<Tally>) -> Gc<Node> {
        tally.made.fetch_add(1, SeqCst);
        Gc::new(Node {
            mutex: Mutex::default(),
            rwlock: RwLock::default(),
            upgraded: RwLock::default(),
            reentrant: ReentrantMutex::default(),
            once: OnceLock::new(),
            nested: RwLock::default(),
            life: Life {
                alive: AtomicBool::new(true),
                tally: tally.clone(),
            },
        })
    }

    fn check(&self) {
        assert!(self.life.alive.load(SeqCst), "reachable and dead");
    }

    /// Puts a link into one of the cells, and takes out what was there.
    fn replace(&self, cell: usize, link: Link) -> Link {
        self.check();
        let before = match cell % 6 {
            0 => std::mem::replace(&mut *self.mutex.lock(), link),
            1 => std::mem::replace(&mut *self.rwlock.write(), link),
            2 => {
                let seen = self.upgraded.upgradable_read();
                seen.iter().for_each(|node| node.check());
                std::mem::replace(&mut *RwLockUpgradableReadGuard::upgrade(seen), link)
            }
            3 => {
                let (outer, inner) = (self.reentrant.lock(), self.reentrant.lock());
                drop(outer);
                std::mem::replace(&mut *inner.lock(), link)
            }
            4 => std::mem::replace(&mut *self.once.get_or_init(Mutex::default).lock(), link),
            _ => {
                let mut nested = self.nested.write();
                nested.push(Mutex::new(link));
                if nested.len() > 1 {
                    nested.remove(0).into_inner()
                } else {
                    None
                }
            }
        };
        before.iter().for_each(|node| node.check());
        before
    }

    /// A clone of what is in one of the cells that have readers.
    fn read(&self, cell: usize) -> Link {
        let link = match cell % 3 {
            0 => self.rwlock.read().clone(),
            1 => self.upgraded.upgradable_read().clone(),
            _ => self.once.get().and_then(|once| once.lock().clone()),
        };
        link.iter().for_each(|node| node.check());
        link
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
}

/// Moves, clones, makes and drops; leaves the thread with nothing.
fn wander(shared: &[Gc<Node>], tally: &Arc<Tally>, mut random: Random, steps: usize) {
    let mut mine: Vec<Gc<Node>> = shared.to_vec();
    for _ in 0..steps {
        let place = random.next() % mine.len();
        let (kind, cell) = (random.next() % 8, random.next());
        let to = match kind {
            0..3 => mine[place].replace(cell, None),
            3..5 => {
                let moved = mine.swap_remove(random.next() % mine.len());
                let onto = mine.get(place % mine.len().max(1)).cloned();
                onto.unwrap_or_else(|| Node::new(tally)).replace(cell, Some(moved))
            }
            5 => mine[place].replace(cell, Some(mine[0].clone())),
            6 => mine[place].read(cell),
            _ => Some(Node::new(tally)),
        };
        mine.extend(to);
        if mine.is_empty() || mine.len() > 20 {
            mine.truncate(5);
            mine.push(Node::new(tally));
        }
    }
}

#[test]
fn handles_move_between_all_kinds_of_cells() {
    let tally = Arc::new(Tally::default());
    let rounds = std::env::var("FREEHOLD_ROUNDS").map_or(1, |n| n.parse().expect("FREEHOLD_ROUNDS is a number"));
    while_collecting(|| {
        for round in 0..40 * rounds {
            let shared: Vec<_> = (0..4).map(|_| Node::new(&tally)).collect();
            together(3, |thread| {
                let random = Random(0x9E37_79B9_7F4A_7C15 ^ (round << 8 | (thread as u64 + 1)));
                wander(&shared, &tally, random, 1500);
            });
        }
    });
    gc::collect();
    let (made, dropped) = (tally.made.load(SeqCst), tally.dropped.load(SeqCst));
    assert!(made > 1000);
    assert_eq!(made, dropped);
}
