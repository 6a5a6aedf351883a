//! The pool against a model: no two slots in use overlap, contents last, header words are never touched, everything
//! comes back, in one thread and across threads.

use freehold_pool::{Kind, SizeClass, Slot, Walk, alloc, alloc_large, free, in_use, stats};
use proptest::prelude::*;
use std::alloc::Layout;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc;
use std::thread;

/// A slot in use, filled with a pattern of its own.
struct Block {
    slot: NonNull<Slot>,
    size: usize,
    seed: u64,
}

// SAFETY: the block owns its slot.
unsafe impl Send for Block {}

impl Block {
    fn new(size: usize, seed: u64) -> Block {
        let slot = match SizeClass::for_size(size) {
            Some(class) => alloc(class, Kind::Traced),
            None => alloc_large(Layout::from_size_align(size - 16, 8).unwrap(), Kind::Traced),
        }
        .expect("memory");
        let block = Block { slot, size, seed };
        // SAFETY: the slot is ours; its word is atomic.
        unsafe { slot.as_ref() }.word.store(seed, Relaxed);
        for index in 1..size / 8 {
            // SAFETY: within the slot.
            unsafe { slot.cast::<u64>().add(index).write(seed ^ index as u64) };
        }
        block
    }

    /// Checks the pattern, then gives the slot back.
    fn finish(self) {
        // SAFETY: the slot is ours.
        assert_eq!(unsafe { self.slot.as_ref() }.word.load(Relaxed), self.seed);
        for index in 1..self.size / 8 {
            // SAFETY: within the slot, written by `new`.
            let word = unsafe { self.slot.cast::<u64>().add(index).read() };
            assert_eq!(word, self.seed ^ index as u64);
        }
        // SAFETY: given back once.
        unsafe { free(self.slot) };
    }

    /// As `finish`, where no other thread can take the slot at once: the word outlives the slot's use, until the page is
    /// given back.
    fn finish_alone(self) {
        let (slot, seed) = (self.slot, self.seed);
        self.finish();
        // SAFETY: slots are type-stable.
        let word = unsafe { slot.as_ref() }.word.load(Relaxed);
        assert!(word == seed || word == 0);
    }
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 16usize..256, 3 => 256usize..2048, 1 => 2049usize..200_000].prop_map(|size| size & !7)
}

proptest! {
    #[test]
    fn blocks_do_not_overlap_and_keep_their_contents(steps in prop::collection::vec((sizes(), any::<prop::sample::Index>(), any::<bool>()), 1..600)) {
        let mut live: Vec<Block> = Vec::new();
        for (seed, (size, index, drop)) in steps.into_iter().enumerate() {
            if drop && !live.is_empty() {
                let index = index.index(live.len());
                live.swap_remove(index).finish_alone();
            } else {
                live.push(Block::new(size, seed as u64 + 1));
            }
        }
        let mut ranges: Vec<_> = live.iter().map(|b| (b.slot.as_ptr() as usize, b.size)).collect();
        ranges.sort_unstable();
        for pair in ranges.windows(2) {
            prop_assert!(pair[0].0 + pair[0].1 <= pair[1].0);
        }
        live.into_iter().for_each(Block::finish);
    }
}

#[test]
fn alignment_is_kept_up_to_half_a_page() {
    for shift in 4..=15 {
        let slot = alloc_large(Layout::from_size_align(5000, 1 << shift).unwrap(), Kind::Leaf).unwrap();
        assert_eq!((slot.as_ptr() as usize + 16) % (1 << shift), 0);
        // SAFETY: given back once.
        unsafe { free(slot) };
    }
    assert!(alloc_large(Layout::from_size_align(8, 1 << 17).unwrap(), Kind::Leaf).is_none());
    assert!(
        alloc_large(
            Layout::from_size_align(isize::MAX as usize - 4096, 8).unwrap(),
            Kind::Leaf
        )
        .is_none()
    );
}

#[test]
fn slots_freed_by_other_threads_are_used_again() {
    // The producer never frees, so all reuse goes through remote lists and told pages.
    let (sender, receiver) = mpsc::sync_channel::<Vec<Block>>(4);
    let consumer = thread::spawn(move || receiver.into_iter().flatten().for_each(Block::finish));
    let mut pages = std::collections::HashSet::new();
    let inherited = stats().committed;
    for round in 0..400u64 {
        let batch: Vec<Block> = (0..1000).map(|i| Block::new(64, round * 1000 + i + 1)).collect();
        pages.extend(batch.iter().map(|b| b.slot.as_ptr() as usize >> 16));
        sender.send(batch).unwrap();
    }
    drop(sender);
    consumer.join().unwrap();
    // 400,000 blocks of 64 bytes would fill 390 pages; 6 batches in flight fill 6. The thread's heap may be one that another
    // test's thread left, with pages of its own to fill first.
    let allowed = 100 + (inherited >> 16);
    assert!(pages.len() < allowed, "{} pages for 6 batches in flight", pages.len());
}

#[test]
fn short_lived_threads_hold_no_more_than_one() {
    let run = || {
        thread::spawn(|| {
            let blocks: Vec<_> = (0..500).map(|i| Block::new(160, i + 1)).collect();
            blocks.into_iter().for_each(Block::finish);
        })
        .join()
        .unwrap();
    };
    run();
    let before = stats().committed;
    (0..300).for_each(|_| run());
    assert!(
        stats().committed < before + (16 << 20),
        "{} -> {}",
        before,
        stats().committed
    );
}

#[test]
fn threads_trade_blocks_at_random() {
    const THREADS: usize = 4;
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| mpsc::channel::<Block>()).unzip();
    let workers: Vec<_> = receivers
        .into_iter()
        .enumerate()
        .map(|(me, receiver)| {
            let senders = senders.clone();
            thread::spawn(move || {
                let mut random = 0x9E37_79B9_7F4A_7C15u64.wrapping_mul(me as u64 + 1);
                let mut held = Vec::new();
                for step in 0..60_000u64 {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    match random % 4 {
                        0 | 1 => held.push(Block::new(16 + (random >> 8) as usize % 40 * 16, step + 1)),
                        2 if !held.is_empty() => held.swap_remove((random >> 8) as usize % held.len()).finish(),
                        _ => {
                            if let Some(block) = held.pop() {
                                let _ = senders[(random >> 8) as usize % THREADS].send(block);
                            }
                        }
                    }
                    if step % 16 == 0 {
                        receiver.try_iter().for_each(Block::finish);
                    }
                }
                drop(senders);
                held.into_iter().for_each(Block::finish);
                receiver
            })
        })
        .collect();
    drop(senders);
    for worker in workers {
        worker.join().unwrap().into_iter().for_each(Block::finish);
    }
}

#[test]
fn a_walk_sees_every_slot_in_use_and_positions_agree() {
    let blocks: Vec<_> = (0..3000)
        .map(|i| Block::new(16 + i % 150 * 8, 0xF00D_0000 + i as u64))
        .collect();
    let walk = Walk::begin();
    let mut seen = HashMap::new();
    for page in walk.pages() {
        for index in 0..page.len() {
            let slot = page.slot(index);
            // SAFETY: a slot of this walk.
            let (number, offset) = unsafe { walk.locate(slot) };
            assert_eq!((number, page.division().slot_at(offset)), (page.index(), index));
            // SAFETY: header words can be read at any time.
            seen.insert(slot, unsafe { slot.as_ref() }.word.load(Relaxed));
        }
    }
    for block in &blocks {
        assert_eq!(seen.get(&block.slot), Some(&block.seed));
    }
    drop(walk);
    assert!(in_use(Kind::Traced) > 0);
    blocks.into_iter().for_each(Block::finish);
}

#[test]
fn pages_given_back_during_a_walk_keep_their_words_until_it_ends() {
    let walk = Walk::begin();
    let blocks: Vec<_> = (0..100).map(|i| Block::new(100_000, 0xBEEF_0000 + i)).collect();
    let slots: Vec<_> = blocks.iter().map(|b| (b.slot, b.seed)).collect();
    blocks.into_iter().for_each(Block::finish);
    for (slot, seed) in slots {
        // SAFETY: type-stable, and the walk keeps the page from being decommitted.
        assert_eq!(unsafe { slot.as_ref() }.word.load(Relaxed), seed);
    }
    assert!(stats().waiting >= 100 * 100_000);
    drop(walk);
}

#[test]
fn pages_of_a_pinned_class_give_their_memory_back_and_stay_of_their_class() {
    let class = SizeClass::for_size(1792).unwrap();
    freehold_pool::pin(class, Kind::Leaf);
    let take = || -> Vec<NonNull<Slot>> { (0..3000).map(|_| alloc(class, Kind::Leaf).unwrap()).collect() };
    let slots = take();
    for slot in &slots {
        // SAFETY: the slot is ours; its word is atomic.
        unsafe { slot.as_ref() }.word.store(7, Relaxed);
    }
    // SAFETY: each is given back once.
    slots.iter().for_each(|&slot| unsafe { free(slot) });
    freehold_pool::trim();
    // What others take meanwhile lies elsewhere.
    let others: Vec<_> = (0..200).map(|seed| Block::new(60_000, seed)).collect();
    for slot in &slots {
        // SAFETY: pages of a pinned class stay pages of slots.
        let word = unsafe { slot.as_ref() }.word.load(Relaxed);
        assert!(word == 0 || word == 7, "{word}");
    }
    others.into_iter().for_each(Block::finish);
    let again = take();
    let reused = again.iter().filter(|slot| slots.contains(slot)).count();
    assert!(reused > 2900, "{reused} of 3000");
    // SAFETY: each is given back once.
    again.into_iter().for_each(|slot| unsafe { free(slot) });
}
