//! `meta.json`: the snapshot's identity, circumstances and totals.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::format::VERSION;
use crate::{Error, Host, Meta, Snapshot};

pub(super) const FILE: &str = "meta.json";
const FORMAT: &str = "freehold-snapshot";

/// No honest `meta.json` comes near this many bytes.
const LARGEST: u64 = 16 << 20;

/// How many rows each table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Totals {
    pub objects: u64,
    pub references: u64,
    pub roots: u64,
    pub types: u64,
    pub names: u64,
    pub lengths: u64,
}

impl Totals {
    pub(super) fn of(snapshot: &Snapshot) -> Totals {
        Totals {
            objects: snapshot.objects.len() as u64,
            references: snapshot.edges.len() as u64,
            roots: snapshot.roots.len() as u64,
            types: snapshot.types.flags.len() as u64,
            names: snapshot.names.len() as u64,
            lengths: snapshot.lengths.len() as u64,
        }
    }
}

/// What every version's file has; read first, so that a future file is refused for its version.
#[derive(Deserialize)]
struct Identity {
    format: String,
    version: u64,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u64,
    host: Host,
    host_version: String,
    pid: u32,
    program: String,
    time: f64,
    uptime: f64,
    totals: Totals,
    notes: BTreeMap<String, String>,
}

pub(super) fn save(meta: &Meta, totals: Totals, directory: &Path) -> Result<(), Error> {
    let path = directory.join(FILE);
    let meta = meta.clone();
    let document = Document {
        format: FORMAT.into(),
        version: VERSION,
        host: meta.host,
        host_version: meta.host_version,
        pid: meta.pid,
        program: meta.program,
        time: meta.time,
        uptime: meta.uptime,
        totals,
        notes: meta.notes,
    };
    let failed = |cause| Error::io("write", &path, cause);
    let mut text = serde_json::to_vec_pretty(&document).map_err(|cause| failed(cause.into()))?;
    text.push(b'\n');
    let mut file = File::create(&path).map_err(failed)?;
    file.write_all(&text).map_err(failed)?;
    file.sync_all().map_err(failed)
}

pub(super) fn load(directory: &Path) -> Result<(Meta, Totals), Error> {
    let path = directory.join(FILE);
    let text = read(directory, &path)?;
    let identity: Identity = parse(&path, &text)?;
    if identity.format != FORMAT {
        return Err(Error::not_a_snapshot(directory, "its meta.json is of something else"));
    }
    if identity.version != VERSION {
        return Err(Error::version(directory, identity.version, VERSION));
    }
    let document: Document = parse(&path, &text)?;
    let meta = Meta {
        host: document.host,
        host_version: document.host_version,
        pid: document.pid,
        program: document.program,
        time: document.time,
        uptime: document.uptime,
        notes: document.notes,
    };
    Ok((meta, document.totals))
}

/// Whether `directory` holds a snapshot of any version, whole or damaged.
pub(super) fn identifies(directory: &Path) -> bool {
    let path = directory.join(FILE);
    let identity = read(directory, &path).and_then(|text| parse::<Identity>(&path, &text));
    identity.is_ok_and(|identity| identity.format == FORMAT)
}

fn read(directory: &Path, path: &Path) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => Error::not_a_snapshot(directory, "it has no meta.json"),
        _ => Error::io("read", path, cause),
    })?;
    let mut text = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut text)
        .map_err(|cause| Error::io("read", path, cause))?;
    if text.len() as u64 > LARGEST {
        return Err(Error::corrupt(path, "it is larger than any meta.json"));
    }
    Ok(text)
}

fn parse<'a, T: Deserialize<'a>>(path: &Path, text: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(text).map_err(|cause| Error::corrupt(path, cause.to_string()))
}
