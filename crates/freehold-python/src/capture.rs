//! One capture of the heap, from the interpreter's roots to a finished snapshot.
//!
//! The whole runs with the GIL held and automatic collection off: no Python code runs, no object dies, and no
//! cycle is collected that the program left behind.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use freehold_snapshot::{Builder, Host as HostKind, Meta, ObjectFlags, RootKind, Snapshot};

use crate::Error;
use crate::history::{History, Series};
use crate::host::Host;
use crate::object::{Gil, Obj};
use crate::roots::{self, INTERPRETER, Named};
use crate::types::Kind;
use crate::walk::Walk;
use crate::{bounded, lengths, notes, threads};

/// What a capture is told by the agent.
pub(crate) struct Circumstances<'a> {
    pub(crate) program: &'a str,
    pub(crate) uptime: Duration,
    pub(crate) history: &'a History,
    /// Addresses of the agent's own objects, which are not part of the program.
    pub(crate) hidden: &'a [usize],
}

/// Captures the heap.
pub(crate) fn capture(gil: Gil<'_>, host: &Host, circumstances: &Circumstances<'_>) -> Result<Snapshot, Error> {
    let mut meta = meta(host, circumstances);
    let enabled = host.collector.is_enabled(gil);
    host.collector.paused(gil, || {
        let classes = roots::classes(gil, host);
        let mut tracked = Vec::new();
        let mut frozen = Vec::new();
        host.collector.each(gil, |object, is_frozen| {
            tracked.push(object);
            if is_frozen {
                frozen.push(object);
            }
        });
        meta.notes = notes::collect(gil, host, threads::all(gil, host).len(), frozen.len());
        meta.notes.insert("gc.enabled".to_owned(), enabled.to_string());
        let mut walk = Walk::new(host, gil, Builder::new(meta), circumstances.hidden);
        mark(&mut walk, &tracked, &frozen);
        let mut named = roots::enqueue(&mut walk, &classes);
        walk.run()?;
        let reached = walk.walked();
        for object in tracked {
            walk.enqueue(object);
        }
        walk.run()?;
        let all = walk.walked();
        named.extend(unexplained(&mut walk, reached..all));
        finish(walk, named, circumstances)
    })
}

fn meta(host: &Host, circumstances: &Circumstances<'_>) -> Meta {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Meta {
        host: HostKind::Python,
        host_version: host.version.clone(),
        pid: std::process::id(),
        program: circumstances.program.to_owned(),
        time: now.as_secs_f64(),
        uptime: circumstances.uptime.as_secs_f64(),
        notes: Default::default(),
    }
}

/// Notes what must be known of objects before they are walked.
fn mark<'gil>(walk: &mut Walk<'_, 'gil>, tracked: &[Obj<'gil>], frozen: &[Obj<'gil>]) {
    for &object in frozen {
        walk.mark(object, ObjectFlags::FROZEN);
    }
    for &object in tracked {
        if walk.kind(object) == Kind::LruCache {
            bounded::mark_cache(walk, object);
        }
    }
}

/// Objects that no named root reaches and that are referred to more often than the walk saw: native code holds
/// them. Atomic values among them are the interpreter's own, such as interned strings and small numbers.
fn unexplained(walk: &mut Walk<'_, '_>, numbers: Range<usize>) -> Vec<Named> {
    let surplus = walk.surplus(numbers);
    let named = |(object, kind, immortal)| {
        let atomic = matches!(kind, Kind::Str | Kind::Int | Kind::Bytes | Kind::Code);
        let (kind, name) = if immortal || atomic {
            (RootKind::System, INTERPRETER)
        } else {
            (RootKind::Native, "native code")
        };
        Named {
            object,
            kind,
            name: name.to_owned(),
        }
    };
    surplus.into_iter().map(named).collect()
}

fn finish(mut walk: Walk<'_, '_>, named: Vec<Named>, circumstances: &Circumstances<'_>) -> Result<Snapshot, Error> {
    for root in named {
        let name = walk.builder.name(&root.name);
        walk.builder.root(root.object, root.kind, name)?;
    }
    for series in circumstances.history.series() {
        record(&mut walk, series, circumstances.uptime)?;
    }
    Ok(walk.builder.finish()?)
}

/// Records a container's lengths, the one of now included, if it is still the same object.
fn record(walk: &mut Walk<'_, '_>, series: &Series, now: Duration) -> Result<(), Error> {
    let Some(number) = walk.find(series.address) else {
        return Ok(());
    };
    // SAFETY: the walk found a live object at this address.
    let object = unsafe { Obj::at(walk.gil, series.address) };
    if object.ty().address() != series.ty {
        return Ok(());
    }
    for point in &series.points {
        walk.builder.length(number, point.at.as_secs_f64(), point.length)?;
    }
    if let Some(length) = lengths::of(object) {
        walk.builder.length(number, now.as_secs_f64(), length)?;
    }
    Ok(())
}
