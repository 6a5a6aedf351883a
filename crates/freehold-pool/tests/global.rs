//! The pool as the program's allocator: the test harness itself runs on it, with its threads, panics and output.

use freehold_pool::{Kind, Pool, raw};
use std::alloc::{GlobalAlloc, Layout};
use std::collections::{BTreeMap, HashMap};
use std::ptr::NonNull;
use std::thread;

#[global_allocator]
static ALLOCATOR: Pool = Pool;

#[test]
fn collections_and_threads_run_on_it() {
    let workers: Vec<_> = (0..8u64)
        .map(|worker| {
            thread::spawn(move || {
                let mut words: HashMap<String, Vec<u64>> = HashMap::new();
                for number in 0..20_000u64 {
                    words
                        .entry(format!("{}", number % 97 * worker))
                        .or_default()
                        .push(number);
                }
                words
            })
        })
        .collect();
    let all: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    let sorted: BTreeMap<String, u64> = all
        .into_iter()
        .flatten()
        .map(|(word, numbers)| (word, numbers.iter().sum()))
        .collect();
    assert!(sorted.len() > 97);
    let raw = ALLOCATOR
        .stats()
        .classes
        .into_iter()
        .filter(|class| class.kind == Kind::Raw);
    assert!(raw.map(|class| class.live).sum::<usize>() > 100);
}

#[test]
fn a_panic_and_its_message_are_allocated() {
    let panicked = thread::spawn(|| panic!("{}", "x".repeat(100_000))).join();
    assert_eq!(panicked.unwrap_err().downcast::<String>().unwrap().len(), 100_000);
}

#[test]
fn every_alignment_is_kept() {
    for shift in 0..=22 {
        for size in [1, 24, 100, 3000, 40_000, 200_000] {
            let layout = Layout::from_size_align(size, 1 << shift).unwrap();
            // SAFETY: sizes are not zero; each block is written within its bounds and given back once.
            unsafe {
                let block = ALLOCATOR.alloc(layout);
                assert!(!block.is_null());
                assert_eq!(block as usize % (1 << shift), 0, "{layout:?}");
                block.write_bytes(0xAB, size);
                let block = ALLOCATOR.realloc(block, layout, size * 3);
                assert_eq!(block as usize % (1 << shift), 0, "{layout:?} grown");
                assert!((0..size).all(|index| *block.add(index) == 0xAB));
                let layout = Layout::from_size_align(size * 3, 1 << shift).unwrap();
                ALLOCATOR.dealloc(block, layout);
            }
        }
    }
}

#[test]
fn zeroed_memory_is_zero_wherever_it_comes_from() {
    for size in [1usize, 16, 40, 255, 2048, 4096, 5000, 32 << 10, 100_000, 1 << 20] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        for round in 0..20 {
            // SAFETY: sizes are not zero; blocks are written within their bounds and given back once.
            unsafe {
                let blocks: Vec<_> = (0..6).map(|_| ALLOCATOR.alloc_zeroed(layout)).collect();
                for &block in &blocks {
                    assert!((0..size).all(|index| *block.add(index) == 0), "{size} in round {round}");
                    block.write_bytes(0xFF, size);
                }
                // Other users of the same memory.
                let dirty = ALLOCATOR.alloc(layout);
                dirty.write_bytes(0xEE, size);
                ALLOCATOR.dealloc(dirty, layout);
                blocks.into_iter().for_each(|block| ALLOCATOR.dealloc(block, layout));
            }
        }
    }
}

// Hardened blocks have their canary or guard at their end, and do not grow in place.
#[cfg(not(feature = "hardened"))]
#[test]
fn blocks_grow_and_shrink_where_they_are() {
    let layout = Layout::from_size_align(100, 1).unwrap();
    let block = NonNull::new(raw::allocate(layout)).unwrap();
    // SAFETY: one block, given back once.
    unsafe {
        assert_eq!(
            raw::usable_size(block),
            freehold_pool::SizeClass::for_size(100).unwrap().size()
        );
        assert_eq!(
            raw::reallocate(block, Layout::from_size_align(112, 1).unwrap()),
            block.as_ptr()
        );
        assert_eq!(
            raw::reallocate(block, Layout::from_size_align(60, 1).unwrap()),
            block.as_ptr()
        );
        let large = raw::reallocate(block, Layout::from_size_align(1 << 20, 1).unwrap());
        assert_ne!(large, block.as_ptr());
        let large = NonNull::new(large).unwrap();
        assert_eq!(raw::usable_size(large), 1 << 20);
        let cut = Layout::from_size_align(300_000, 1).unwrap();
        assert_eq!(raw::reallocate(large, cut), large.as_ptr());
        assert_eq!(raw::usable_size(large), 5 << 16);
        // What was cut off is free, and nothing else has taken it.
        assert_eq!(
            raw::reallocate(large, Layout::from_size_align(600_000, 1).unwrap()),
            large.as_ptr()
        );
        raw::deallocate(large);
    }
}

#[test]
fn what_cannot_be_had_is_null() {
    let layout = Layout::from_size_align(isize::MAX as usize - 7, 8).unwrap();
    assert!(raw::allocate(layout).is_null());
    assert!(raw::allocate_zeroed(layout).is_null());
    let layout = Layout::from_size_align(8, 1 << 62).unwrap();
    assert!(raw::allocate(layout).is_null());
    assert!(ALLOCATOR.reserve(1 << 50).unwrap_err().is_out_of_memory());
}

#[test]
fn a_block_of_no_bytes_is_a_block_at_every_alignment() {
    for shift in 0..=20 {
        let layout = Layout::from_size_align(0, 1 << shift).unwrap();
        let blocks = [(); 2].map(|()| NonNull::new(raw::allocate(layout)).unwrap());
        assert_ne!(blocks[0], blocks[1], "alignment {}", 1 << shift);
        for block in blocks {
            assert_eq!(block.addr().get() % (1 << shift), 0);
            // SAFETY: one block with this alignment, given back once.
            unsafe { raw::deallocate(NonNull::new(raw::reallocate(block, layout)).unwrap()) };
        }
    }
}
