//! What the first look recorded: per slot the header word, and the edges and versions as one stream of numbers.
//!
//! ```text
//! words:   one per slot; NONE for a slot that is not a candidate
//! starts:  one per slot and one more: where its record begins in the stream
//! stream:  nothing | OPAQUE | number of edges, edges …, versions …
//! ```

use super::bits::Bits;
use super::prefetch::prefetch;
use crate::header::Recorded;

/// The record of an object that could not be seen.
const OPAQUE: u32 = u32::MAX;

/// The first look's findings.
#[derive(Debug)]
pub(crate) struct Table {
    words: Vec<Recorded>,
    starts: Vec<usize>,
    stream: Vec<u32>,
    changed: Bits,
}

/// What one object was seen to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen<'a> {
    /// The object could not be seen whole.
    Opaque,
    /// The numbers of the slots it points at, within the space, and the versions of its cells in the order met.
    Clear { edges: &'a [u32], stamps: &'a [u32] },
}

impl Table {
    pub(crate) fn with_capacity(slots: usize) -> Self {
        let mut starts = Vec::with_capacity(slots + 1);
        starts.push(0);
        Table {
            words: Vec::with_capacity(slots),
            starts,
            stream: Vec::new(),
            changed: Bits::new(slots),
        }
    }

    /// The number of slots recorded.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Records slots without candidates, up to number `index`.
    pub(crate) fn skip_to(&mut self, index: u32) {
        self.words.resize(index as usize, Recorded::NONE);
        self.starts.resize(index as usize + 1, self.stream.len());
    }

    /// Records a candidate that could not be seen.
    pub(crate) fn push_opaque(&mut self, word: Recorded) {
        self.stream.push(OPAQUE);
        self.end(word);
    }

    /// Records a candidate and what it holds.
    pub(crate) fn push(&mut self, word: Recorded, edges: impl Iterator<Item = u32>, stamps: &[u32]) {
        let start = self.stream.len();
        self.stream.push(0);
        self.stream.extend(edges);
        let count = self.stream.len() - start - 1;
        if count == 0 && stamps.is_empty() {
            self.stream.pop();
        } else {
            self.stream[start] = count as u32;
            self.stream.extend_from_slice(stamps);
        }
        self.end(word);
    }

    fn end(&mut self, word: Recorded) {
        self.words.push(word);
        self.starts.push(self.stream.len());
    }

    #[inline]
    pub(crate) fn word(&self, index: u32) -> Recorded {
        self.words[index as usize]
    }

    /// What the candidate `index` was seen to hold.
    #[inline]
    pub(crate) fn seen(&self, index: u32) -> Seen<'_> {
        let record = &self.stream[self.starts[index as usize]..self.starts[index as usize + 1]];
        match record.split_first() {
            None => Seen::Clear {
                edges: &[],
                stamps: &[],
            },
            Some((&OPAQUE, _)) => Seen::Opaque,
            Some((&count, rest)) => {
                let (edges, stamps) = rest.split_at(count as usize);
                Seen::Clear { edges, stamps }
            }
        }
    }

    /// Asks for the place where the record of `index` begins.
    #[inline]
    pub(crate) fn prefetch_start(&self, index: u32) {
        prefetch(&raw const self.starts[index as usize]);
    }

    /// Asks for the record of `index`.
    #[inline]
    pub(crate) fn prefetch_record(&self, index: u32) {
        prefetch(self.stream.as_ptr().wrapping_add(self.starts[index as usize]));
    }

    /// Notes that the word of `index` is not as recorded any more.
    pub(crate) fn note_changed(&mut self, index: u32) {
        self.changed.insert(index);
    }

    /// Whether the word of `index` was seen to have changed since it was recorded.
    #[inline]
    pub(crate) fn has_changed(&self, index: u32) -> bool {
        self.changed.contains(index)
    }

    /// The recorded edges of `index`; none if it is opaque.
    #[inline]
    pub(crate) fn edges(&self, index: u32) -> &[u32] {
        match self.seen(index) {
            Seen::Opaque => &[],
            Seen::Clear { edges, .. } => edges,
        }
    }

    /// The numbers of all candidates.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len() as u32).filter(|&index| self.word(index).is_candidate())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_went_in() {
        let word = Recorded::for_test(1);
        let mut table = Table::with_capacity(8);
        table.push(word, [3, 1].into_iter(), &[7]);
        table.push_opaque(word);
        table.push(word, [].into_iter(), &[]);
        table.skip_to(5);
        table.push(word, [].into_iter(), &[9, 9]);
        assert_eq!(
            table.seen(0),
            Seen::Clear {
                edges: &[3, 1],
                stamps: &[7]
            }
        );
        assert_eq!(table.seen(1), Seen::Opaque);
        assert_eq!(
            table.seen(2),
            Seen::Clear {
                edges: &[],
                stamps: &[]
            }
        );
        assert_eq!(
            table.seen(5),
            Seen::Clear {
                edges: &[],
                stamps: &[9, 9]
            }
        );
        assert_eq!(table.candidates().collect::<Vec<_>>(), [0, 1, 2, 5]);
    }
}
