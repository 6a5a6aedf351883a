//! Reads one table, column by column, trusting nothing.
//!
//! Rows arrive through a callback in bounded batches, so a column grows only as rows are really decoded, and
//! the number of rows is bounded by the size of the file.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use parquet::basic::{Repetition, Type};
use parquet::column::page::PageReader;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::Error;
use crate::builder::MOST_IDS;
use crate::format::pages;
use crate::format::schema::Table;

/// Rows decoded at once.
const BATCH: usize = 1 << 14;

/// Pages of 4,096 rows with a header in each column leave about three rows to a byte at most.
const ROWS_PER_BYTE: u64 = 16;

/// An open table.
pub(super) struct TableReader {
    path: PathBuf,
    file: File,
    reader: SerializedFileReader<File>,
    rows: usize,
}

impl TableReader {
    /// Opens a table that must have `expected` rows.
    pub(super) fn open(directory: &Path, table: &Table, expected: u64) -> Result<Self, Error> {
        let path = directory.join(table.file);
        let file = File::open(&path).map_err(|cause| match cause.kind() {
            ErrorKind::NotFound => Error::corrupt(&path, "the file is missing"),
            _ => Error::io("read", &path, cause),
        })?;
        let found = file.metadata().map_err(|cause| Error::io("read", &path, cause))?;
        if !found.is_file() {
            return Err(Error::corrupt(&path, "it is not a file"));
        }
        let again = file.try_clone().map_err(|cause| Error::io("read", &path, cause))?;
        let reader = SerializedFileReader::new(again).map_err(|cause| Error::parquet(&path, cause))?;
        let rows = row_count(&reader, found.len())
            .filter(|rows| *rows as u64 == expected)
            .ok_or_else(|| {
                let because = format!("it does not have the {expected} rows that meta.json states");
                Error::corrupt(&path, because)
            })?;
        Ok(TableReader {
            path,
            file,
            reader,
            rows,
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn corrupt(&self, because: impl Into<String>) -> Error {
        Error::corrupt(&self.path, because)
    }

    /// Checks that a column counts the rows from 0.
    pub(super) fn check_ids(&self) -> Result<(), Error> {
        self.each_u32("id", |row, id| match id as usize == row {
            true => Ok(()),
            false => Err(self.corrupt(format!("row {row} has id {id}"))),
        })
    }

    pub(super) fn u32s(&self, column: &str) -> Result<Vec<u32>, Error> {
        let mut values = Vec::new();
        self.each_u32(column, |_, value| {
            values.push(value);
            Ok(())
        })?;
        Ok(values)
    }

    /// A column of ids of a table of `count` rows, each checked to be one of them.
    pub(super) fn ids(&self, column: &str, count: usize) -> Result<Vec<u32>, Error> {
        let mut values = Vec::new();
        self.each_u32(column, |row, value| {
            self.check_id(column, row, value, count)?;
            values.push(value);
            Ok(())
        })?;
        Ok(values)
    }

    pub(super) fn check_id(&self, column: &str, row: usize, value: u32, count: usize) -> Result<(), Error> {
        if (value as usize) < count {
            return Ok(());
        }
        Err(self.corrupt(format!("row {row} has {column} {value}, and there are {count}")))
    }

    pub(super) fn u64s(&self, column: &str) -> Result<Vec<u64>, Error> {
        let mut values = Vec::new();
        self.each::<Int64Type>(column, |_, value| {
            values.push(*value as u64);
            Ok(())
        })?;
        Ok(values)
    }

    pub(super) fn each_u32(
        &self,
        column: &str,
        mut accept: impl FnMut(usize, u32) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.each::<Int32Type>(column, |row, value| accept(row, *value as u32))
    }

    /// Hands every string of a column to `accept`.
    ///
    /// Strings are decoded here: the crate's decoder asserts that a page does not end within a string.
    pub(super) fn each_text(&self, column: &str, mut accept: impl FnMut(&str)) -> Result<(), Error> {
        let position = self.position(column, Type::BYTE_ARRAY, Repetition::REQUIRED)?;
        for group in 0..self.reader.num_row_groups() {
            let mut left = self.group_rows(group);
            for page in self.pages(group, position)? {
                let page = page.map_err(|cause| Error::parquet(&self.path, cause))?;
                let mut input = page.buffer().as_ref();
                for _ in 0..left.min(page.num_values() as usize) {
                    let text =
                        plain_text(&mut input).ok_or_else(|| self.corrupt(format!("column {column} is damaged")))?;
                    accept(text);
                    left -= 1;
                }
            }
            if left > 0 {
                return Err(self.corrupt(format!("column {column} ends early")));
            }
        }
        Ok(())
    }

    /// Hands every value of a column without nulls to `accept`, with its row.
    pub(super) fn each<T: DataType>(
        &self,
        column: &str,
        mut accept: impl FnMut(usize, &T::T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut row = 0;
        self.batches::<T>(column, Repetition::REQUIRED, |_, values| {
            for value in values {
                accept(row, value)?;
                row += 1;
            }
            Ok(())
        })
    }

    /// Hands every value of a column with nulls to `accept`, with its row.
    pub(super) fn each_optional_u32(
        &self,
        column: &str,
        mut accept: impl FnMut(usize, Option<u32>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut row = 0;
        self.batches::<Int32Type>(column, Repetition::OPTIONAL, |present, values| {
            let mut values = values.iter();
            for level in present {
                let value = match level {
                    0 => None,
                    _ => values.next().map(|value| *value as u32),
                };
                accept(row, value)?;
                row += 1;
            }
            Ok(())
        })
    }

    /// Decodes a column in batches: definition levels (for optional columns) and the values present.
    fn batches<T: DataType>(
        &self,
        column: &str,
        repetition: Repetition,
        mut accept: impl FnMut(&[i16], &[T::T]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let position = self.position(column, T::get_physical_type(), repetition)?;
        let mut values = Vec::new();
        let mut levels = Vec::new();
        for group in 0..self.reader.num_row_groups() {
            let mut left = self.group_rows(group);
            let mut reader = self.column::<T>(group, position)?;
            while left > 0 {
                values.clear();
                levels.clear();
                let (records, _, _) = reader
                    .read_records(BATCH.min(left), Some(&mut levels), None, &mut values)
                    .map_err(|cause| Error::parquet(&self.path, cause))?;
                if records == 0 {
                    return Err(self.corrupt(format!("column {column} ends early")));
                }
                left -= records;
                accept(&levels, &values)?;
            }
        }
        Ok(())
    }

    fn group_rows(&self, group: usize) -> usize {
        let rows = self.reader.metadata().row_group(group).num_rows();
        usize::try_from(rows).unwrap_or(0)
    }

    /// The pages of one column chunk, none of which lies about its size.
    fn pages(&self, group: usize, position: usize) -> Result<Box<dyn PageReader>, Error> {
        let chunk = self.reader.metadata().row_group(group).column(position);
        pages::check(&self.file, chunk).map_err(|because| self.corrupt(because))?;
        self.reader
            .get_row_group(group)
            .and_then(|group| group.get_column_page_reader(position))
            .map_err(|cause| Error::parquet(&self.path, cause))
    }

    fn column<T: DataType>(&self, group: usize, position: usize) -> Result<ColumnReaderImpl<T>, Error> {
        let pages = self.pages(group, position)?;
        let schema = self.reader.metadata().file_metadata().schema_descr();
        Ok(ColumnReaderImpl::new(schema.column(position), pages))
    }

    /// The position of a column, which must be flat and of the type given.
    fn position(&self, name: &str, kind: Type, repetition: Repetition) -> Result<usize, Error> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let position = schema
            .columns()
            .iter()
            .position(|column| column.path().parts() == [name])
            .ok_or_else(|| self.corrupt(format!("column {name} is missing")))?;
        let column = schema.column(position);
        let declared = column.self_type().get_basic_info();
        let as_declared = declared.has_repetition() && declared.repetition() == repetition;
        if column.physical_type() != kind || !as_declared || column.max_rep_level() != 0 {
            return Err(self.corrupt(format!("column {name} has another type")));
        }
        Ok(position)
    }
}

/// The rows of all row groups together, or `None` if that is more than the file can hold.
fn row_count(reader: &SerializedFileReader<File>, bytes: u64) -> Option<usize> {
    let mut rows = 0_u64;
    for group in reader.metadata().row_groups() {
        rows = rows.checked_add(u64::try_from(group.num_rows()).ok()?)?;
    }
    let justified = rows <= bytes.saturating_mul(ROWS_PER_BYTE) && rows <= MOST_IDS as u64;
    justified.then_some(rows as usize)
}

/// Takes one string off the front of a PLAIN page: its length in four bytes, then itself.
fn plain_text<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let (length, rest) = input.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*length) as usize;
    let (text, rest) = rest.split_at_checked(length)?;
    *input = rest;
    std::str::from_utf8(text).ok()
}
