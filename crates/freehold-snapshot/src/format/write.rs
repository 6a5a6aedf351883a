//! Writes one table, row group by row group, column by column.
//!
//! A column is a function from row to value; values pass through a buffer of one page's rows, so that
//! writing needs no second copy of a table. Pages are small on purpose: a page's header is then a floor under
//! the bytes that any number of rows takes, which is what lets a reader refuse absurd row counts.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::Error;
use crate::format::schema::Table;

/// Rows of a row group, at most.
const GROUP_ROWS: usize = 1 << 20;

/// Rows of a page, at most.
const PAGE_ROWS: usize = 4096;

/// Writes the table that `row_group` describes, called once for each row group.
pub(super) fn table(
    directory: &Path,
    table: &Table,
    rows: usize,
    mut row_group: impl FnMut(&mut Group<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let path = directory.join(table.file);
    let failed = |cause| write_error(&path, cause);
    let file = File::create(&path).map_err(|cause| Error::io("create", &path, cause))?;
    let schema = parse_message_type(table.schema).map_err(failed)?;
    let properties = Arc::new(properties(table));
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema), properties).map_err(failed)?;
    for start in (0..rows).step_by(GROUP_ROWS) {
        let mut group = Group {
            writer: writer.next_row_group().map_err(failed)?,
            rows: start..rows.min(start + GROUP_ROWS),
            path: path.clone(),
        };
        row_group(&mut group)?;
        group.writer.close().map_err(failed)?;
    }
    let file = writer.into_inner().map_err(failed)?;
    file.sync_all().map_err(|cause| Error::io("write", &path, cause))
}

fn properties(table: &Table) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS);
    for column in table.dictionaries {
        builder = builder.set_column_dictionary_enabled((*column).into(), true);
    }
    builder.build()
}

/// One row group being written: call one method for each column, in the schema's order.
pub(super) struct Group<'a> {
    writer: SerializedRowGroupWriter<'a, File>,
    rows: Range<usize>,
    path: PathBuf,
}

impl Group<'_> {
    /// A column that is the row's number.
    pub(super) fn ids(&mut self) -> Result<(), Error> {
        self.required::<Int32Type>(|row| row as i32)
    }

    pub(super) fn u32s(&mut self, value: impl Fn(usize) -> u32) -> Result<(), Error> {
        self.required::<Int32Type>(|row| value(row) as i32)
    }

    pub(super) fn u64s(&mut self, value: impl Fn(usize) -> u64) -> Result<(), Error> {
        self.required::<Int64Type>(|row| value(row) as i64)
    }

    /// A column of values that are never null.
    pub(super) fn required<T: DataType>(&mut self, value: impl Fn(usize) -> T::T) -> Result<(), Error> {
        let mut values = Vec::with_capacity(PAGE_ROWS);
        self.column::<T>(|writer, rows| {
            values.clear();
            values.extend(rows.map(&value));
            writer.write_batch(&values, None, None)
        })
    }

    /// A column of values that may be null.
    pub(super) fn optional_u32s(&mut self, value: impl Fn(usize) -> Option<u32>) -> Result<(), Error> {
        let mut values = Vec::with_capacity(PAGE_ROWS);
        let mut present = Vec::with_capacity(PAGE_ROWS);
        self.column::<Int32Type>(|writer, rows| {
            values.clear();
            present.clear();
            for row in rows {
                let value = value(row);
                present.push(i16::from(value.is_some()));
                values.extend(value.map(|value| value as i32));
            }
            writer.write_batch(&values, Some(&present), None)
        })
    }

    /// Writes the next column by handing `batch` its rows, a page's worth at a time.
    fn column<T: DataType>(
        &mut self,
        mut batch: impl FnMut(&mut ColumnWriterImpl<'_, T>, Range<usize>) -> parquet::errors::Result<usize>,
    ) -> Result<(), Error> {
        let failed = |cause| write_error(&self.path, cause);
        let missing = || ParquetError::General("the schema has fewer columns".into());
        let mut column = self.writer.next_column().map_err(failed)?;
        let mut column = column.take().ok_or_else(missing).map_err(failed)?;
        for start in self.rows.clone().step_by(PAGE_ROWS) {
            let rows = start..self.rows.end.min(start + PAGE_ROWS);
            batch(column.typed::<T>(), rows).map_err(failed)?;
        }
        column.close().map_err(failed)
    }
}

/// The system's own error where there is one, such as a full disk.
fn write_error(path: &Path, cause: ParquetError) -> Error {
    let cause = match cause {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => std::io::Error::other(cause),
        },
        other => std::io::Error::other(other),
    };
    Error::io("write", path, cause)
}
