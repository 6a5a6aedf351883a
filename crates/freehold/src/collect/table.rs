//! What the first look recorded: per slot the header word, and the edges and versions as a stream of numbers.
//!
//! The table is cut into *chunks* of [`CHUNK`] slots, so that several threads can fill it, each its own chunks, and so that a
//! place in a stream is a number of 32 bits.
//!
//! ```text
//! words:   one per slot; NONE for a slot that is not a candidate
//! starts:  one per slot and one more: where its record begins in the stream
//! stream:  nothing | number of edges and manner, edges …, stamps …
//! rooted:  one bit per slot: not to be suspected, whatever the counts say
//! ```

use super::bits::Bits;
use super::prefetch::prefetch;
use crate::header::Recorded;
use crate::primitive::{Mutex, per_process};
use crate::trace::Manner;

/// Slots in a chunk: about a millisecond's work or ten.
pub(crate) const CHUNK: u32 = 1 << SHIFT;
const SHIFT: u32 = 16;

per_process! {
    /// Memory of chunks that are not in use: new memory would be a page fault for every 4 KiB of it.
    static SPARE: Mutex<Vec<Chunk>> = Mutex::new(Vec::new())
}
/// As many are kept, a few megabytes: enough for collections of the young, and for small heaps.
const SPARES: usize = 4;
/// A chunk with more edges than this is not kept.
const SPARE_STREAM: usize = 8 * CHUNK as usize;

/// The first look's findings about some slots that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    first: u32,
    words: Vec<Recorded>,
    starts: Vec<u32>,
    stream: Vec<u32>,
    rooted: Bits,
}

/// What one object was seen to hold: the numbers of the slots it points at, within the space, and the stamps of its cells in
/// the order met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) edges: &'a [u32],
    pub(crate) stamps: &'a [u32],
    pub(crate) manner: Manner,
}

impl Chunk {
    /// No findings yet about `slots` slots from number `first` on.
    pub(crate) fn new(first: u32, slots: usize) -> Self {
        let spare = SPARE.lock().pop();
        let mut chunk = spare.unwrap_or_default();
        chunk.first = first;
        chunk.words.reserve(slots);
        chunk.starts.reserve(slots + 1);
        chunk.starts.push(0);
        chunk.rooted = Bits::new(slots);
        chunk
    }

    /// Forgets everything but its memory.
    fn clear(&mut self) {
        self.words.clear();
        self.starts.clear();
        self.stream.clear();
    }

    /// Records slots without candidates, up to number `index`.
    pub(crate) fn skip_to(&mut self, index: u32) {
        let within = (index - self.first) as usize;
        if self.words.len() < within {
            self.words.resize(within, Recorded::NONE);
            self.starts.resize(within + 1, self.stream.len() as u32);
        }
    }

    /// Records a candidate that could not be seen.
    pub(crate) fn push_opaque(&mut self, word: Recorded) {
        self.rooted.insert(self.words.len() as u32);
        self.end(word);
    }

    /// Records a candidate and what it holds.
    pub(crate) fn push(&mut self, word: Recorded, edges: impl Iterator<Item = u32>, stamps: &[u32], manner: Manner) {
        let start = self.stream.len();
        self.stream.push(0);
        self.stream.extend(edges);
        let count = self.stream.len() - start - 1;
        if count == 0 && stamps.is_empty() {
            self.stream.pop();
            return self.end(word);
        }
        self.stream[start] = manner.beside(count as u32);
        self.stream.extend_from_slice(stamps);
        if self.stream.len() >= Manner::LEAST as usize {
            // More handles in a few objects than places have numbers.
            self.stream.truncate(start);
            return self.push_opaque(word);
        }
        self.end(word);
    }

    fn end(&mut self, word: Recorded) {
        self.words.push(word);
        self.starts.push(self.stream.len() as u32);
    }

    /// The numbers of the candidates, and their words.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (u32, Recorded)> + '_ {
        let words = (self.first..).zip(self.words.iter().copied());
        words.filter(|(_, word)| word.is_candidate())
    }

    /// Notes that the word of `index` is not as recorded any more.
    pub(crate) fn note_changed(&mut self, index: u32) {
        self.rooted.insert(index - self.first);
    }

    /// Calls `work` with each record that is not empty, and the slot's number, in order.
    fn for_each_record(&self, work: &mut impl FnMut(u32, Seen<'_>)) {
        let mut start = 0;
        for (index, &end) in (self.first..).zip(&self.starts[1..]) {
            let end = end as usize;
            if end != start {
                work(index, split(&self.stream[start..end]));
                start = end;
            }
        }
    }

    /// The number of the first slot.
    pub(crate) fn first(&self) -> u32 {
        self.first
    }

    #[inline]
    fn record(&self, within: usize) -> &[u32] {
        &self.stream[self.starts[within] as usize..self.starts[within + 1] as usize]
    }
}

/// The parts of a record.
#[inline]
fn split(record: &[u32]) -> Seen<'_> {
    let Some((&count, rest)) = record.split_first() else {
        return Seen {
            edges: &[],
            stamps: &[],
            manner: Manner::PLAIN,
        };
    };
    let (count, manner) = Manner::split(count);
    let (edges, stamps) = rest.split_at(count as usize);
    Seen { edges, stamps, manner }
}

/// The first look's findings.
#[derive(Debug)]
pub(crate) struct Table {
    chunks: Vec<Chunk>,
    slots: usize,
}

impl Drop for Table {
    fn drop(&mut self) {
        let mut spare = SPARE.lock();
        for mut chunk in self.chunks.drain(..) {
            if spare.len() < SPARES && chunk.stream.capacity() <= SPARE_STREAM {
                chunk.clear();
                spare.push(chunk);
            }
        }
    }
}

impl Table {
    /// The chunks of `slots` slots, in order, all filled.
    pub(crate) fn of(chunks: Vec<Chunk>, slots: usize) -> Self {
        debug_assert!(chunks.iter().map(|chunk| chunk.words.len()).sum::<usize>() == slots);
        Table { chunks, slots }
    }

    /// The number of slots recorded.
    pub(crate) fn len(&self) -> usize {
        self.slots
    }

    #[inline]
    fn chunk(&self, index: u32) -> (&Chunk, usize) {
        (&self.chunks[(index >> SHIFT) as usize], (index & (CHUNK - 1)) as usize)
    }

    #[inline]
    pub(crate) fn word(&self, index: u32) -> Recorded {
        let (chunk, within) = self.chunk(index);
        chunk.words[within]
    }

    /// Whether the candidate `index` is not to be suspected: it could not be seen, or has changed since.
    #[inline]
    pub(crate) fn is_rooted(&self, index: u32) -> bool {
        let (chunk, within) = self.chunk(index);
        chunk.rooted.contains(within as u32)
    }

    /// What the candidate `index` was seen to hold; nothing, if it could not be seen.
    #[inline]
    pub(crate) fn seen(&self, index: u32) -> Seen<'_> {
        let (chunk, within) = self.chunk(index);
        split(chunk.record(within))
    }

    /// Asks for the place where the record of `index` begins.
    #[inline]
    pub(crate) fn prefetch_start(&self, index: u32) {
        let (chunk, within) = self.chunk(index);
        prefetch(chunk.starts.as_ptr().wrapping_add(within));
    }

    /// Asks for the record of `index`.
    #[inline]
    pub(crate) fn prefetch_record(&self, index: u32) {
        let (chunk, within) = self.chunk(index);
        prefetch(chunk.stream.as_ptr().wrapping_add(chunk.starts[within] as usize));
    }

    /// The recorded edges of `index`; none if it could not be seen.
    #[inline]
    pub(crate) fn edges(&self, index: u32) -> &[u32] {
        self.seen(index).edges
    }

    /// Calls `work` with each record that is not empty, and the slot's number, in order.
    pub(crate) fn for_each_record(&self, mut work: impl FnMut(u32, Seen<'_>)) {
        self.chunks.iter().for_each(|chunk| chunk.for_each_record(&mut work));
    }

    /// The numbers of all candidates, and their words.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (u32, Recorded)> + '_ {
        self.chunks.iter().flat_map(Chunk::candidates)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_went_in() {
        let word = Recorded::for_test(1);
        let mut foreign = Manner::PLAIN;
        foreign.make_foreign();
        let mut first = Chunk::new(0, CHUNK as usize);
        first.push(word, [3, 1].into_iter(), &[7], foreign);
        first.push_opaque(word);
        first.push(word, [].into_iter(), &[], Manner::PLAIN);
        first.skip_to(5);
        first.push(word, [].into_iter(), &[9, 9], Manner::PLAIN);
        first.skip_to(CHUNK);
        let mut second = Chunk::new(CHUNK, 1);
        second.push(word, [CHUNK].into_iter(), &[], Manner::PLAIN);
        second.note_changed(CHUNK);
        let table = Table::of(vec![first, second], CHUNK as usize + 1);
        let seen = |index| (table.edges(index).to_vec(), table.seen(index).stamps.to_vec());
        assert_eq!(seen(0), (vec![3, 1], vec![7]));
        assert_eq!(seen(5), (vec![], vec![9, 9]));
        assert_eq!((table.seen(0).manner, table.seen(5).manner), (foreign, Manner::PLAIN));
        assert_eq!(seen(CHUNK), (vec![CHUNK], vec![]));
        for index in [1, 2, 3] {
            assert_eq!(seen(index), (vec![], vec![]));
        }
        let numbers: Vec<_> = table.candidates().map(|(index, _)| index).collect();
        assert_eq!(numbers, [0, 1, 2, 5, CHUNK]);
        let rooted: Vec<_> = numbers.into_iter().filter(|&index| table.is_rooted(index)).collect();
        assert_eq!(rooted, [1, CHUNK]);
    }
}
