//! A process with little address space, so that the pool cannot reserve its window and grows in pieces: with the pool as the
//! program's allocator, up to the limit and after it, and with somebody else's memory where the window would grow to.
//!
//! Each test runs itself again in a process that has the limit from its start.
// The sanitizers need addresses of their own.
#![cfg(all(target_os = "linux", target_pointer_width = "64", not(any(asan, tsan))))]

use freehold_pool::{PAGE_SIZE, Pool, raw, trim};
use std::alloc::Layout;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::NonNull;
use std::thread;

#[global_allocator]
static ALLOCATOR: Pool = Pool;

/// What a process may have of addresses.
const LIMIT: u64 = 400 << 20;
/// Set in the process that has the limit.
const LIMITED: &str = "FREEHOLD_LIMITED";
/// The size of a block that is taken until there is none.
const BLOCK: usize = 1 << 20;

/// Runs `test`, which is called `name`, in a process with the limit.
fn limited(name: &str, test: fn()) {
    if std::env::var_os(LIMITED).is_some() {
        return test();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        // Or the C library, for itself, sets tens of megabytes of addresses aside for each thread.
        .env("MALLOC_ARENA_MAX", "1")
        .env(LIMITED, "1");
    // SAFETY: between fork and exec only one call of the system is made, which allocates nothing.
    unsafe { command.pre_exec(limit) };
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("1 passed"), "{printed}");
}

fn limit() -> std::io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: LIMIT,
        rlim_max: LIMIT,
    };
    // SAFETY: the call reads the structure.
    match unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).unwrap()
}

/// A block that is written whole, or none.
fn take(bytes: usize, seed: u8) -> Option<NonNull<u8>> {
    let block = NonNull::new(raw::allocate(layout(bytes)))?;
    // SAFETY: the block has so many bytes.
    unsafe { block.write_bytes(seed, bytes) };
    Some(block)
}

/// Checks the contents and gives the block back.
fn give(block: NonNull<u8>, bytes: usize, seed: u8) {
    // SAFETY: a block of so many bytes, written by `take`.
    let contents = unsafe { std::slice::from_raw_parts(block.as_ptr(), bytes) };
    let piece = [seed; 4096];
    assert!(contents.chunks(piece.len()).all(|part| part == piece));
    // SAFETY: given back once.
    unsafe { raw::deallocate(block) };
}

/// Blocks until there is no memory. Their number is known beforehand, so that keeping them needs none.
fn take_all() -> ([Option<NonNull<u8>>; LIMIT as usize / BLOCK], usize) {
    let mut blocks = [None; LIMIT as usize / BLOCK];
    let mut count = 0;
    while let Some(block) = take(BLOCK, count as u8) {
        blocks[count] = Some(block);
        count += 1;
    }
    (blocks, count)
}

fn give_all((blocks, _): ([Option<NonNull<u8>>; LIMIT as usize / BLOCK], usize)) {
    for (index, block) in blocks.into_iter().flatten().enumerate() {
        give(block, BLOCK, index as u8);
    }
}

#[test]
fn up_to_the_limit_and_back() {
    limited("up_to_the_limit_and_back", || {
        let churn = |seed: u64| {
            let words: Vec<String> = (0..30_000).map(|number| format!("{}", number * seed)).collect();
            words.iter().map(String::len).sum::<usize>()
        };
        let workers: Vec<_> = (1..5).map(|seed| thread::spawn(move || churn(seed))).collect();
        let lengths: Vec<usize> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        let all = take_all();
        let count = all.1;
        assert!(
            (100..LIMIT as usize / BLOCK).contains(&count),
            "{count} blocks of a megabyte"
        );
        // No memory is no memory for all ways to ask, and nothing else.
        assert!(raw::allocate_zeroed(layout(BLOCK)).is_null());
        let block = all.0[0].unwrap();
        // SAFETY: a block of ours; it stays, as there is no larger one.
        assert!(unsafe { raw::reallocate(block, layout(64 * BLOCK)) }.is_null());
        assert!(ALLOCATOR.reserve(64 * BLOCK).unwrap_err().is_out_of_memory());
        give_all(all);
        // What was given back can be had again, before and after the system got it; but for what fresh pages of slots cut up.
        let again = take_all();
        assert!(again.1 + 4 >= count, "{} blocks, then {}", count, again.1);
        give_all(again);
        trim();
        let again = take_all();
        assert!(again.1 + 4 >= count, "{} blocks, then {}", count, again.1);
        give_all(again);
        // Not in threads: there are no addresses left for their stacks.
        assert_eq!((1..5).map(churn).collect::<Vec<_>>(), lengths);
    });
}

/// Maps memory at exactly this place.
fn map(start: usize, bytes: usize) -> NonNull<u8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping that replaces none.
    let place = unsafe { libc::mmap(std::ptr::without_provenance_mut(start), bytes, protection, flags, -1, 0) };
    assert_eq!(place.addr(), start, "{}", std::io::Error::last_os_error());
    NonNull::new(place.cast()).unwrap()
}

#[test]
fn memory_of_others_is_stepped_over() {
    limited("memory_of_others_is_stepped_over", || {
        const BYTES: usize = 3 * PAGE_SIZE;
        // Without a reservation the pool's pages begin behind 2⁴⁴, and grow 32 MiB at a time.
        let near = take(BLOCK, 1).unwrap();
        assert_eq!(near.addr().get() >> 40, 16, "the window was reserved");
        let ahead = near.addr().get().next_multiple_of(PAGE_SIZE) + (48 << 20);
        let foreign = map(ahead, BYTES);
        // SAFETY: mapped just now, and ours.
        unsafe { foreign.write_bytes(0xEE, BYTES) };
        let blocks: Vec<_> = (0..150).map(|seed| take(BLOCK, seed).unwrap()).collect();
        let is_apart = |block: &NonNull<u8>| {
            let start = block.addr().get();
            start + BLOCK <= ahead || start >= ahead + BYTES
        };
        assert!(blocks.iter().all(is_apart));
        assert!(blocks.iter().any(|block| block.addr().get() < ahead));
        assert!(blocks.iter().any(|block| block.addr().get() > ahead));
        for (seed, block) in blocks.into_iter().enumerate() {
            give(block, BLOCK, seed as u8);
        }
        // SAFETY: ours, and written above.
        let contents = unsafe { std::slice::from_raw_parts(foreign.as_ptr(), BYTES) };
        assert!(contents.iter().all(|&byte| byte == 0xEE));
        let stats = ALLOCATOR.stats();
        assert!(stats.free < LIMIT as usize, "{stats:?}");
        give(near, BLOCK, 1);
    });
}
