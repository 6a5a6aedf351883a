//! The Parquet schema of each table, as the specification gives it.

/// One table: its file, its schema, and the columns worth a dictionary because few values recur.
pub(super) struct Table {
    pub file: &'static str,
    pub schema: &'static str,
    pub dictionaries: &'static [&'static str],
}

pub(super) const OBJECTS: Table = Table {
    file: "objects.parquet",
    schema: "message objects {
        required int32 id (INTEGER(32,false));
        required int64 address (INTEGER(64,false));
        required int32 type_id (INTEGER(32,false));
        required int64 size (INTEGER(64,false));
        required int64 count (INTEGER(64,false));
        required int32 flags (INTEGER(32,false));
        optional int32 generation (INTEGER(32,false));
        optional int32 thread (INTEGER(32,false));
        optional int32 task (INTEGER(32,false));
        optional int32 site (INTEGER(32,false));
    }",
    dictionaries: &["type_id", "size", "count", "flags"],
};

pub(super) const REFERENCES: Table = Table {
    file: "references.parquet",
    schema: "message references {
        required int32 from (INTEGER(32,false));
        required int32 to (INTEGER(32,false));
        required int32 kind (INTEGER(32,false));
        optional int32 name_id (INTEGER(32,false));
        optional int32 index (INTEGER(32,false));
    }",
    dictionaries: &["kind"],
};

pub(super) const ROOTS: Table = Table {
    file: "roots.parquet",
    schema: "message roots {
        required int32 object (INTEGER(32,false));
        required int32 kind (INTEGER(32,false));
        required int32 name_id (INTEGER(32,false));
    }",
    dictionaries: &["kind"],
};

pub(super) const TYPES: Table = Table {
    file: "types.parquet",
    schema: "message types {
        required int32 id (INTEGER(32,false));
        required binary name (STRING);
        required int32 flags (INTEGER(32,false));
    }",
    dictionaries: &["flags"],
};

pub(super) const NAMES: Table = Table {
    file: "names.parquet",
    schema: "message names {
        required int32 id (INTEGER(32,false));
        required binary name (STRING);
    }",
    dictionaries: &[],
};

pub(super) const LENGTHS: Table = Table {
    file: "lengths.parquet",
    schema: "message lengths {
        required int32 object (INTEGER(32,false));
        required double seconds;
        required int64 length (INTEGER(64,false));
    }",
    dictionaries: &[],
};

/// Every table of a snapshot.
pub(super) const ALL: [&Table; 6] = [&OBJECTS, &REFERENCES, &ROOTS, &TYPES, &NAMES, &LENGTHS];
