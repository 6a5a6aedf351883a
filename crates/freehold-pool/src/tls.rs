//! The thread's heap, in a thread-local that needs no destructor and can be read at any time.
//!
//! The standard library's thread-local is one load in a program. In a shared library it is a call of the dynamic linker, which may
//! itself allocate; so a library that *is* the process's `malloc` (feature `initial-exec`) uses the *initial-exec* model
//! of thread-local storage: an offset found once, when the library is loaded. (Ulrich Drepper, *ELF Handling For Thread-Local
//! Storage*, 2013, section 4.3.) Such a library must be loaded with the program, as by `LD_PRELOAD`.

use crate::heap::Heap;

/// The heap of threads that have not allocated.
pub(crate) static NONE: Heap = Heap::new();

/// The heap of threads whose thread-locals are gone.
pub(crate) static GONE: Heap = Heap::new();

#[cfg(not(all(feature = "initial-exec", target_os = "linux", target_arch = "x86_64")))]
mod imp {
    use super::{Heap, NONE};
    use std::cell::Cell;

    thread_local! {
        static HEAP: Cell<&'static Heap> = const { Cell::new(&NONE) };
    }

    /// The thread's heap.
    #[inline(always)]
    pub(crate) fn heap() -> &'static Heap {
        HEAP.get()
    }

    /// Gives the thread a heap.
    pub(crate) fn set_heap(heap: &'static Heap) {
        HEAP.set(heap);
    }
}

#[cfg(all(feature = "initial-exec", target_os = "linux", target_arch = "x86_64"))]
mod imp {
    use super::{Heap, NONE};
    use std::arch::{asm, global_asm};

    global_asm!(
        ".pushsection .tdata.freehold_heap, \"awT\", @progbits",
        ".p2align 3",
        ".type freehold_heap, @object",
        ".hidden freehold_heap",
        ".globl freehold_heap",
        "freehold_heap: .quad {none}",
        ".size freehold_heap, 8",
        ".popsection",
        none = sym NONE,
    );

    /// The thread's heap.
    #[inline(always)]
    pub(crate) fn heap() -> &'static Heap {
        let heap: *const Heap;
        // SAFETY: reads the thread's own word, which holds a heap from the thread's start on.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + freehold_heap@GOTTPOFF]",
                "mov {0}, qword ptr fs:[{0}]",
                out(reg) heap,
                options(nostack, readonly, pure, preserves_flags),
            );
            &*heap
        }
    }

    /// Gives the thread a heap.
    pub(crate) fn set_heap(heap: &'static Heap) {
        // SAFETY: writes the thread's own word.
        unsafe {
            asm!(
                "mov {0}, qword ptr [rip + freehold_heap@GOTTPOFF]",
                "mov qword ptr fs:[{0}], {1}",
                out(reg) _,
                in(reg) heap,
                options(nostack, preserves_flags),
            );
        }
    }
}

pub(crate) use imp::{heap, set_heap};

/// Whether the heap is one that a thread has to itself.
pub(crate) fn is_own(heap: &Heap) -> bool {
    !std::ptr::eq(heap, &NONE) && !std::ptr::eq(heap, &GONE)
}
