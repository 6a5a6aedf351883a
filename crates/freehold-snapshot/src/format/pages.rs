//! Refuses pages that claim more memory than their bytes justify, before a decoder believes them.
//!
//! A page's header states how many bytes the page decompresses to and how many values its dictionary has, and
//! a Parquet decoder reserves what is stated. So the headers of a column chunk are walked first: a few hundred
//! bytes read for each page, O(pages). Headers are structs of the Thrift compact protocol:
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>,
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use std::fs::File;

use parquet::basic::{Compression, Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

/// Snappy's densest element is 64 bytes out of 3.
const MOST_EXPANSION: u64 = 24;

/// No header that this format's writer makes comes near this.
const LONGEST_HEADER: u64 = 1024;

const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;
const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RLE_DICTIONARY: i64 = 8;

/// Checks every page of one column chunk; the error says what is wrong.
pub(super) fn check(file: &File, chunk: &ColumnChunkMetaData) -> Result<(), String> {
    let compressed = match chunk.compression() {
        Compression::SNAPPY => true,
        Compression::UNCOMPRESSED => false,
        other => return Err(format!("it is compressed with {other}, not Snappy")),
    };
    let (mut at, end) = extent(file, chunk)?;
    while at < end {
        let window = (end - at).min(LONGEST_HEADER);
        let bytes = file.get_bytes(at, window as usize).map_err(|cause| cause.to_string())?;
        let mut header = Header::default();
        let mut input = Compact(&bytes);
        header.read(&mut input).ok_or("a page header is damaged")?;
        let length = (bytes.len() - input.0.len()) as u64;
        header.check(chunk.column_type(), compressed, end - at - length)?;
        at += length + header.compressed as u64;
    }
    Ok(())
}

/// Where the chunk's pages start and end, once both are inside the file.
fn extent(file: &File, chunk: &ColumnChunkMetaData) -> Result<(u64, u64), String> {
    let outside = || "a column lies outside the file".to_string();
    let first = chunk.dictionary_page_offset();
    let start = u64::try_from(first.unwrap_or(chunk.data_page_offset())).map_err(|_| outside())?;
    let length = u64::try_from(chunk.compressed_size()).map_err(|_| outside())?;
    let end = start.checked_add(length).ok_or_else(outside)?;
    match end <= file.len() {
        true => Ok((start, end)),
        false => Err(outside()),
    }
}

/// The fields of a page header that the check needs.
#[derive(Default)]
struct Header {
    kind: i64,
    uncompressed: i64,
    compressed: i64,
    /// Of a data page or of a dictionary.
    values: i64,
    encoding: i64,
}

impl Header {
    fn read(&mut self, input: &mut Compact<'_>) -> Option<()> {
        let mut last = 0;
        while let Some((field, wire)) = input.field(&mut last)? {
            match (field, wire) {
                (1, Compact::I32) => self.kind = input.integer()?,
                (2, Compact::I32) => self.uncompressed = input.integer()?,
                (3, Compact::I32) => self.compressed = input.integer()?,
                (5 | 7, Compact::STRUCT) => self.read_values(input)?,
                _ => input.skip(wire, 0)?,
            }
        }
        Some(())
    }

    /// The header of a data page and that of a dictionary begin alike.
    fn read_values(&mut self, input: &mut Compact<'_>) -> Option<()> {
        let mut last = 0;
        while let Some((field, wire)) = input.field(&mut last)? {
            match (field, wire) {
                (1, Compact::I32) => self.values = input.integer()?,
                (2, Compact::I32) => self.encoding = input.integer()?,
                _ => input.skip(wire, 0)?,
            }
        }
        Some(())
    }

    fn check(&self, column: Type, compressed: bool, remaining: u64) -> Result<(), String> {
        let stored = u64::try_from(self.compressed).map_err(|_| "a page has a negative size")?;
        let claimed = u64::try_from(self.uncompressed).map_err(|_| "a page has a negative size")?;
        let values = u64::try_from(self.values).map_err(|_| "a page has a negative count")?;
        if stored > remaining {
            return Err("a page is longer than its column".into());
        }
        let most = match compressed {
            true => stored.saturating_mul(MOST_EXPANSION),
            false => stored,
        };
        if claimed > most {
            return Err("a page claims more bytes than it can hold".into());
        }
        let text = column == Type::BYTE_ARRAY;
        let known = match (self.kind, self.encoding) {
            (DATA_PAGE, PLAIN) => true,
            (DATA_PAGE, PLAIN_DICTIONARY | RLE_DICTIONARY) => !text,
            (DICTIONARY_PAGE, PLAIN | PLAIN_DICTIONARY) => !text,
            _ => false,
        };
        if !known {
            return Err("a page has an encoding that snapshots do not use".into());
        }
        // The narrowest dictionary value is four bytes wide.
        if self.kind == DICTIONARY_PAGE && values > claimed / 4 {
            return Err("a dictionary claims more values than it can hold".into());
        }
        Ok(())
    }
}

/// Thrift's compact protocol, as far as page headers use it; `None` is the end of the input or nonsense.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    const BYTE: u8 = 3;
    const I32: u8 = 5;
    const DOUBLE: u8 = 7;
    const BINARY: u8 = 8;
    const LIST: u8 = 9;
    const STRUCT: u8 = 12;

    /// Structs in structs, at most; page headers need three.
    const DEEPEST: u32 = 6;

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn advance(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let raw = self.varint()?;
        Some((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// The next field's number and wire type; the inner `None` is the end of the struct.
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *last = match byte >> 4 {
            0 => self.integer()?,
            delta => *last + i64::from(delta),
        };
        Some(Some((*last, byte & 0x0f)))
    }

    fn skip(&mut self, wire: u8, depth: u32) -> Option<()> {
        if depth > Self::DEEPEST {
            return None;
        }
        match wire {
            1 | 2 => Some(()),
            Self::BYTE => self.advance(1),
            4..=6 => self.varint().map(drop),
            Self::DOUBLE => self.advance(8),
            Self::BINARY => {
                let length = self.varint()?;
                self.advance(length)
            }
            Self::LIST | 10 => self.skip_list(depth),
            Self::STRUCT => {
                let mut last = 0;
                while let Some((_, wire)) = self.field(&mut last)? {
                    self.skip(wire, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    fn skip_list(&mut self, depth: u32) -> Option<()> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        for _ in 0..count {
            // Booleans are a byte each in a list, and every other element at least one: the input's end
            // ends the loop however large the count.
            match byte & 0x0f {
                1 | 2 => self.advance(1)?,
                wire => self.skip(wire, depth + 1)?,
            }
        }
        Some(())
    }
}
