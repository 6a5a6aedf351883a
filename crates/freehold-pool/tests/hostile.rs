//! What a hostile reader of the API found, each mended since.

use freehold_pool::{Kind, Pool, SizeClass, Walk, alloc, free, raw, stats, trim};
use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn take(size: usize, align: usize) -> Option<NonNull<u8>> {
    NonNull::new(raw::allocate(Layout::from_size_align(size, align).unwrap()))
}

fn give(block: NonNull<u8>) {
    // SAFETY: each block is given back once.
    unsafe { raw::deallocate(block) };
}

#[test]
fn address_space_does_not_run_out_by_alignment() {
    for turn in 0..100 {
        give(take(1, 8 << 30).unwrap_or_else(|| panic!("null in turn {turn}, with nothing in use")));
    }
}

#[test]
fn what_was_cut_up_can_be_had_whole_again() {
    // AddressSanitizer notes each eight bytes of a block, touched or not.
    let size = if cfg!(asan) { 1 << 20 } else { 1 << 30 };
    let untouched: Vec<_> = (0..100).map(|_| take(size, 16).unwrap()).collect();
    let small: Vec<_> = (0..100).map(|_| take(40_000, 16).unwrap()).collect();
    untouched.into_iter().chain(small).for_each(give);
    give(take(99 * size, 16).expect("nothing is in use, and there were a hundred of these"));
}

#[test]
fn a_walk_has_no_pages_beyond_its_end() {
    let walk = Walk::begin();
    for index in [walk.frontier(), walk.frontier() + 1, 1 << 40, usize::MAX] {
        assert!(walk.page(index).is_none());
    }
}

#[test]
fn what_is_reserved_has_memory_and_stays() {
    // A large block that nobody touched is no reserve.
    give(take(60 << 20, 16).unwrap());
    Pool.reserve(60 << 20).unwrap();
    let blocks: Vec<_> = (0..30).map(|_| take(1 << 20, 16).unwrap()).collect();
    blocks.into_iter().for_each(give);
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(600) {
        give(take(100_000, 16).unwrap());
    }
    assert!(stats().kept >= 60 << 20, "{:?}", stats().kept);
    Pool.reserve(0).unwrap();
    trim();
    assert!(stats().kept < 1 << 20);
}

#[test]
fn a_reserve_may_lie_in_pieces() {
    let blocks: Vec<_> = (0..600).map(|_| take(1 << 20, 16).unwrap()).collect();
    let (odd, even): (Vec<_>, Vec<_>) = blocks.into_iter().enumerate().partition(|(index, _)| index % 2 == 1);
    even.into_iter().for_each(|(_, block)| give(block));
    Pool.reserve(200 << 20).unwrap();
    Pool.reserve(0).unwrap();
    odd.into_iter().for_each(|(_, block)| give(block));
}

/// Each page that moved looked through the list of all that were told of, once for each page.
#[test]
fn many_told_pages_change_hands_in_little_time() {
    // In a thread that ends, and leaves a hundred thousand slots on 8,000 pages.
    let slots: Vec<usize> = thread::spawn(|| {
        let slots = (0..8_000 * 16).map(|_| take(4096, 16).unwrap().as_ptr() as usize);
        slots.collect()
    })
    .join()
    .unwrap();
    // Every page is told of: its first three slots are freed.
    for page in slots.chunks(16) {
        page[..3]
            .iter()
            .for_each(|&slot| give(NonNull::new(slot as *mut u8).unwrap()));
    }
    let begin = Instant::now();
    for _ in 0..8 {
        thread::spawn(|| give(take(100, 16).unwrap())).join().unwrap();
    }
    // Milliseconds; it took minutes.
    assert!(begin.elapsed() < Duration::from_secs(20));
    for page in slots.chunks(16) {
        page[3..]
            .iter()
            .for_each(|&slot| give(NonNull::new(slot as *mut u8).unwrap()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_does_not_wait_for_walks_that_it_does_not_have() {
    let (begun, has_begun) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    let walker = thread::spawn(move || {
        let walk = Walk::begin();
        begun.send(()).unwrap();
        let _ = may_end.recv();
        drop(walk);
    });
    has_begun.recv().unwrap();
    // SAFETY: the child uses the pool and nothing else, and ends without unwinding.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let class = SizeClass::for_size(1024).unwrap();
        for _ in 0..4 {
            let slots: Vec<_> = (0..20_000).map(|_| alloc(class, Kind::Traced).unwrap()).collect();
            // SAFETY: each is given back once.
            slots.into_iter().for_each(|slot| unsafe { free(slot) });
        }
        let waits = stats().waiting > 0;
        // SAFETY: ends the child.
        unsafe { libc::_exit(i32::from(waits)) };
    }
    let mut status = 0;
    // SAFETY: our child.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "pages of the child wait for a walk of its parent's");
    drop(end);
    walker.join().unwrap();
}
