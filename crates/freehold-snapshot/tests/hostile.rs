//! Damaged and hostile files: an error each, no panic, and no allocation that the file does not justify.
//!
//! Bytes of every file of a snapshot are overwritten at random, most of all where headers are. The
//! allocator of this test notes the largest block that loading asks for.

#[path = "common/mod.rs"]
mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::Shape;
use freehold_snapshot::Snapshot;
use freehold_snapshot::report::Text;
use tempfile::TempDir;

/// Passes everything on, and remembers the largest request.
struct Largest;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every method forwards its arguments unchanged to the system allocator, which upholds the contract.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller upholds the contract of `alloc` for `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: `block` came from `System` through this allocator, with this `layout`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: `block` came from `System` through this allocator, with this `layout`.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Largest = Largest;

/// A fixed batch of decoded rows is reserved whatever the file says.
const BATCH_BYTES: usize = 1 << 20;

/// Small, fast and repeatable (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    match random.below(8) {
        0 => bytes.truncate(random.below(bytes.len() + 1)),
        1 => bytes.extend_from_slice(b"PAR1"),
        _ => {
            for _ in 0..=random.below(4) {
                let at = match random.below(3) {
                    0 => random.below(bytes.len().min(64)),
                    1 => bytes.len() - 1 - random.below(bytes.len().min(600)),
                    _ => random.below(bytes.len()),
                };
                bytes[at] = [0x00, 0x7f, 0x80, 0xff, random.below(256) as u8][random.below(5)];
            }
        }
    }
}

fn original() -> Snapshot {
    let count = 3000;
    let shape = Shape {
        sizes: (0..count).collect(),
        edges: (0..count as u32)
            .flat_map(|from| [(from, (from * 7) % 3000), (from, (from + 1) % 3000)])
            .collect(),
        roots: vec![0, 5],
    };
    shape.snapshot()
}

fn attack(path: &Path, file: &str, rounds: usize) -> usize {
    let file = path.join(file);
    let honest = fs::read(&file).unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ honest.len() as u64);
    let mut refused = 0;
    for round in 0..rounds {
        let mut bytes = honest.clone();
        damage(&mut bytes, &mut random);
        fs::write(&file, &bytes).unwrap();
        LARGEST.store(0, Ordering::Relaxed);
        let loaded = Snapshot::load(path);
        let largest = LARGEST.load(Ordering::Relaxed);
        assert!(
            largest <= BATCH_BYTES + 64 * bytes.len(),
            "{} round {round}: {largest} bytes at once for a file of {}",
            file.display(),
            bytes.len()
        );
        match loaded {
            // Damage may leave a consistent snapshot, however strange; then it must be possible to report on it.
            Ok(snapshot) => assert!(Text::default().render(&snapshot.analyse()).ends_with('\n')),
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(message.len() < 1000 && !message.contains('\n'), "{message}");
            }
        }
    }
    fs::write(&file, &honest).unwrap();
    refused
}

#[test]
fn damaged_files_are_refused_without_panic_or_large_allocation() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("app.fhs");
    original().save(&path).unwrap();
    let rounds = match std::env::var("FREEHOLD_HOSTILE_ROUNDS") {
        Ok(rounds) => rounds.parse().unwrap(),
        Err(_) => 300,
    };
    for file in [
        "objects.parquet",
        "references.parquet",
        "roots.parquet",
        "types.parquet",
        "names.parquet",
        "lengths.parquet",
        "meta.json",
    ] {
        let refused = attack(&path, file, rounds);
        assert!(refused > rounds / 10, "{file}: {refused} of {rounds} refused");
    }
    assert_eq!(Snapshot::load(&path).unwrap(), original());
}
