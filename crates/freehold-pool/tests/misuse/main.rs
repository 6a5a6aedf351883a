//! Misuse ends the program with a sentence: what one look tells in any build, everything with the feature `hardened`. Each
//! misuse happens in a process of its own.
#![cfg(not(any(asan, tsan)))]

mod cheap;
#[cfg(feature = "hardened")]
mod hardened;

use freehold_pool::{Kind, SizeClass, Slot, alloc, free, raw};
use std::alloc::Layout;
use std::process::{Command, Output};
use std::ptr::NonNull;

/// Names the misuse that this process is for.
const MISUSE: &str = "FREEHOLD_MISUSE";

const NOT_A_BLOCK: &str = "no block of this allocator begins there";
const TWICE: &str = "was freed twice";

/// What is done, and a part of what the program's last sentence says; no sentence where the system ends it.
type Case = (&'static str, fn(), Option<&'static str>);

/// A raw block.
fn take(size: usize) -> NonNull<u8> {
    NonNull::new(raw::allocate(Layout::from_size_align(size, 8).unwrap())).unwrap()
}

/// The address so many bytes behind a block's begin.
fn behind(block: NonNull<u8>, bytes: usize) -> NonNull<u8> {
    NonNull::new(block.as_ptr().wrapping_add(bytes)).unwrap()
}

fn give(block: NonNull<u8>) {
    // SAFETY: none; the point is what happens then.
    unsafe { raw::deallocate(block) };
}

fn take_object() -> NonNull<Slot> {
    alloc(SizeClass::for_size(64).unwrap(), Kind::Traced).unwrap()
}

fn give_object(slot: NonNull<Slot>) {
    // SAFETY: none; the point is what happens then.
    unsafe { free(slot) };
}

/// Runs a case in a process of its own.
fn run(test: &str, case: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(MISUSE, case);
    command.output().unwrap()
}

/// Checks that each case ends its process as it should.
fn check(test: &str, cases: &[Case]) {
    if let Ok(name) = std::env::var(MISUSE) {
        let (_, misuse, _) = cases.iter().find(|(other, ..)| *other == name).unwrap();
        return misuse();
    }
    for (name, _, sentence) in cases {
        let output = run(test, name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}: went unnoticed");
        // A process that a signal ended has no code.
        assert_eq!(output.status.code(), None, "{name}: {}\n{said}", output.status);
        if let Some(sentence) = sentence {
            assert!(
                said.contains("freehold: memory at 0x") && said.contains(sentence),
                "{name}: {said}"
            );
        }
    }
}
