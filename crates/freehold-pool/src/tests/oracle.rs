//! What a naive allocator would know: which bytes are in use, with what in them, and the header word of every slot.

use crate::page::Kind;
use crate::raw;
use crate::size_class::SizeClass;
use crate::slot::Slot;
use crate::walk::Walk;
use crate::{alloc, alloc_large, free, slot_size};
use proptest::sample::Index;
use std::alloc::Layout;
use std::collections::{BTreeMap, HashMap};
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Request {
    Raw { size: usize, align: usize, zeroed: bool },
    Object { size: usize, kind: Kind },
    Large { size: usize, align: usize, kind: Kind },
}

impl Request {
    /// Bytes of the payload, and of the header if it has one.
    pub(super) fn size(self) -> usize {
        match self {
            Request::Raw { size, .. } | Request::Object { size, .. } => size,
            Request::Large { size, .. } => size + size_of::<Slot>(),
        }
    }
}

/// So many bytes of a block are written and looked at, so that blocks of many megabytes cost no more.
const FILLED: usize = 1 << 19;

/// A block in use. Its bytes, but for an object's header word, are its seed.
#[derive(Debug)]
pub(super) struct Block {
    start: NonNull<u8>,
    size: usize,
    align: usize,
    seed: u8,
    /// An object's header word, as it was found, and as it is.
    word: Option<(u64, u64)>,
}

// SAFETY: the block owns its memory.
unsafe impl Send for Block {}

impl Block {
    /// Takes a block. `None`: no memory.
    pub(super) fn take(request: Request, seed: u8) -> Option<Block> {
        let size = request.size();
        let (start, align, is_object) = match request {
            Request::Raw { size, align, zeroed } => (Self::take_raw(size, align, zeroed)?, align, false),
            Request::Object { size, kind } => {
                let class = SizeClass::for_size(size).expect("a slot holds it");
                (alloc(class, kind)?.cast(), size_of::<Slot>(), true)
            }
            Request::Large { size, align, kind } => {
                let layout = Layout::from_size_align(size, align).expect("a layout");
                let slot = alloc_large(layout, kind)?;
                // SAFETY: the block has `size` bytes behind the header, and is ours.
                let payload = unsafe { std::slice::from_raw_parts(slot.add(1).cast::<u8>().as_ptr(), size) };
                assert_eq!(payload.as_ptr().addr() % align, 0, "{request:?}");
                assert!(is_filled(payload, 0), "{request:?} reads as zero");
                (slot.cast(), size_of::<Slot>(), true)
            }
        };
        assert_eq!(start.addr().get() % align, 0, "{request:?}");
        let word = is_object.then(|| {
            // SAFETY: a slot of ours; its word is atomic.
            let before = unsafe { start.cast::<Slot>().as_ref() }
                .word
                .swap(u64::from(seed) | 1 << 32, Relaxed);
            (before, u64::from(seed) | 1 << 32)
        });
        let mut block = Block {
            start,
            size,
            align,
            seed,
            word,
        };
        assert!(block.room() >= size, "{request:?} got {} bytes", block.room());
        block.fill();
        Some(block)
    }

    fn take_raw(size: usize, align: usize, zeroed: bool) -> Option<NonNull<u8>> {
        let layout = Layout::from_size_align(size, align).expect("a layout");
        let take = if zeroed { raw::allocate_zeroed } else { raw::allocate };
        let start = NonNull::new(take(layout))?;
        // SAFETY: the block has `size` bytes; they were written if they are looked at.
        assert!(!zeroed || is_filled(unsafe { std::slice::from_raw_parts(start.as_ptr(), size) }, 0));
        Some(start)
    }

    /// Bytes that the pool says are there.
    fn room(&self) -> usize {
        // SAFETY: the block is in use, as what it is.
        unsafe {
            match self.word {
                Some(_) => slot_size(self.start.cast()),
                None => raw::usable_size(self.start),
            }
        }
    }

    fn payload(&mut self) -> &mut [u8] {
        let header = if self.word.is_some() { 8 } else { 0 };
        // SAFETY: the block's own bytes, behind the header word.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(header).as_ptr(), self.size.min(FILLED) - header) }
    }

    fn fill(&mut self) {
        let seed = self.seed;
        self.payload().fill(seed);
    }

    /// Panics if the contents are not what they were.
    pub(super) fn check(&mut self) {
        if let Some((_, word)) = self.word {
            // SAFETY: a slot of ours.
            assert_eq!(unsafe { self.start.cast::<Slot>().as_ref() }.word.load(Relaxed), word);
        }
        let seed = self.seed;
        assert!(is_filled(self.payload(), seed), "contents of {self:?}");
    }

    /// Makes a raw block longer or shorter; as it was, if there is no memory.
    pub(super) fn resize(mut self, size: usize) -> Block {
        let layout = Layout::from_size_align(size, self.align).expect("a layout");
        // SAFETY: a block of ours, with that alignment.
        if let Some(start) = NonNull::new(unsafe { raw::reallocate(self.start, layout) }) {
            self.start = start;
            let before = self.size;
            self.size = size.min(before);
            self.check();
            self.size = size;
            assert!(self.room() >= size, "{self:?} had {before}");
            assert_eq!(start.addr().get() % self.align, 0);
            self.fill();
        }
        self
    }

    /// Checks the block and gives it back.
    pub(super) fn give(mut self) {
        self.check();
        // SAFETY: a block of ours, given back once.
        unsafe {
            match self.word {
                Some(_) => free(self.start.cast()),
                None => raw::deallocate(self.start),
            }
        }
    }
}

/// Whether all bytes are `byte`. By pieces, which even a build without optimisation compares at once.
fn is_filled(bytes: &[u8], byte: u8) -> bool {
    let piece = [byte; 1024];
    bytes.chunks(piece.len()).all(|part| part == &piece[..part.len()])
}

/// All blocks in use, by address, and what each header word must be.
#[derive(Default)]
pub(super) struct Oracle {
    live: BTreeMap<usize, Block>,
    /// Of every slot of objects that there ever was, its header word.
    words: HashMap<usize, u64>,
    walk: Option<Walk>,
    /// Slots that were in use at some time of the walk.
    watched: Vec<usize>,
    taken: u8,
}

impl Oracle {
    /// The next block's contents.
    pub(super) fn seed(&mut self) -> u8 {
        self.taken = self.taken.wrapping_add(1);
        self.taken
    }

    /// Notes a block that was taken. Panics if it overlaps another.
    pub(super) fn insert(&mut self, block: Block) {
        let (start, room) = (block.start.addr().get(), block.room());
        if let Some((before, word)) = block.word {
            let last = self.words.insert(start, word).unwrap_or(0);
            assert!(
                before == 0 || before == last,
                "the word of {start:#x} is {before:#x}, was {last:#x}"
            );
            self.watched.extend(self.walk.is_some().then_some(start));
        }
        if let Some((_, neighbour)) = self.live.range(..start + room.max(1)).next_back() {
            let end = neighbour.start.addr().get() + neighbour.room();
            assert!(end <= start, "{block:?} overlaps {neighbour:?}");
        }
        self.live.insert(start, block);
    }

    /// Takes a block out, to be given back.
    pub(super) fn remove(&mut self, index: Index) -> Option<Block> {
        self.remove_nth(index, |_| true)
    }

    /// Takes a raw block out, to be resized.
    pub(super) fn remove_raw(&mut self, index: Index) -> Option<Block> {
        self.remove_nth(index, |block| block.word.is_none())
    }

    fn remove_nth(&mut self, index: Index, wanted: impl Fn(&Block) -> bool) -> Option<Block> {
        let starts: Vec<usize> = self
            .live
            .iter()
            .filter(|(_, block)| wanted(block))
            .map(|(&start, _)| start)
            .collect();
        (!starts.is_empty()).then(|| self.live.remove(index.get(&starts)))?
    }

    /// Takes the raw blocks of several KiB out.
    pub(super) fn remove_large_raw(&mut self) -> Vec<Block> {
        let live = std::mem::take(&mut self.live).into_iter();
        let (raw, others) = live.partition(|(_, block)| block.word.is_none() && block.room() > 4096);
        self.live = others;
        BTreeMap::into_values(raw).collect()
    }

    /// The number of blocks in use.
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    /// Takes out all blocks but every so many of them.
    pub(super) fn remove_but(&mut self, every: usize) -> Vec<Block> {
        let live = std::mem::take(&mut self.live).into_iter().enumerate();
        let (kept, removed): (Vec<_>, Vec<_>) = live.partition(|(index, _)| index % every == every - 1);
        self.live = kept.into_iter().map(|(_, entry)| entry).collect();
        removed.into_iter().map(|(_, (_, block))| block).collect()
    }

    pub(super) fn begin_walk(&mut self) {
        if self.walk.is_none() {
            self.walk = Some(Walk::begin());
            let objects = self.live.iter().filter(|(_, block)| block.word.is_some());
            self.watched = objects.map(|(&start, _)| start).collect();
        }
    }

    pub(super) fn end_walk(&mut self) {
        self.walk = None;
        self.watched.clear();
    }

    /// Whether header words stay: during a walk also those of slots that are free by now; and the walk finds all in use.
    pub(super) fn check(&self) {
        let Some(walk) = &self.walk else { return };
        for start in &self.watched {
            // SAFETY: the slot was in use during the walk, which keeps its page.
            let slot = unsafe { &*std::ptr::with_exposed_provenance::<Slot>(*start) };
            assert_eq!(slot.word.load(Relaxed), self.words[start], "the word of {start:#x}");
        }
        let found: usize = walk.pages().map(|page| page.len() as usize).sum();
        let objects = self.live.values().filter(|block| block.word.is_some()).count();
        assert!(found >= objects, "{found} slots, {objects} objects");
    }
}
