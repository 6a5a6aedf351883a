//! Capturing the heap into a snapshot: every object, its size and count, and the handles that it was seen to hold.
//!
//! An object with more handles than the capture found inside the heap is a root: the rest are on stacks, in statics, or in
//! fields that are not traced. Cost: O(objects + handles), and about 40 bytes an object while it lasts.

use crate::collect::{Entered, HeapSpace, Inside, Space, control, enter, see};
use crate::header::Header;
use crate::trace::Tracer;
use freehold_pool::Kind;
use freehold_snapshot::{
    Builder, Error, Host, Label, Meta, NameId, Object, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags,
};
use std::path::Path;
use std::ptr::NonNull;
use std::time::{SystemTime, UNIX_EPOCH};

/// Captures the heap. Other threads go on; each object is seen at its own moment, and one whose lock is held at that moment
/// shows no handles, so that what it holds seems to be held from outside. Empty when called from the drop of an
/// object while a collection looks at the heap.
///
/// # Errors
/// When there are more objects than a snapshot can number (2³²).
///
/// ```
/// use freehold::{Gc, heap};
/// let _keep = Gc::new([0u8; 100]);
/// let snapshot = heap::capture()?;
/// assert!(snapshot.object_count() >= 1);
/// # Ok::<(), freehold_snapshot::Error>(())
/// ```
pub fn capture() -> Result<Snapshot, Error> {
    build(control::with_heap_still(see_all).unwrap_or_default())
}

/// Captures the heap and saves it as the snapshot directory `path` (by convention `NAME.fhs`), for `freehold report`.
///
/// # Errors
/// As for [`capture`], and when the snapshot cannot be written.
pub fn snapshot(path: impl AsRef<Path>) -> Result<(), Error> {
    capture()?.save(path.as_ref())
}

/// What was seen of the heap.
#[derive(Default)]
struct Sight {
    objects: Vec<SeenObject>,
    /// The slot numbers that each object points at, one after the other.
    edges: Vec<u32>,
    /// For each slot number, one more than the object's index in `objects`; 0 if there is none.
    ids: Vec<u32>,
}

struct SeenObject {
    address: u64,
    type_name: &'static str,
    size: usize,
    count: u32,
    /// Where its edges end.
    edges_end: usize,
}

fn see_all() -> (Sight, Vec<NonNull<Header>>) {
    let mut orphans = Vec::new();
    let space = HeapSpace::of(&[Kind::Traced, Kind::Leaf]);
    let mut sight = Sight {
        ids: vec![0; space.len()],
        ..Sight::default()
    };
    let mut tracer = Tracer::new();
    space.for_each(|index, header| {
        let entered = enter(header, |object| {
            see(header, &mut tracer);
            // SAFETY: claimed.
            unsafe { Inside::of(object) }
        });
        if let Entered::Orphan = entered {
            orphans.push(header);
        }
        if let Entered::Alive(word, object) = entered {
            let edges = tracer.seen().map_or(&[][..], |(edges, _)| edges);
            sight
                .edges
                .extend(edges.iter().filter_map(|&target| space.index(target)));
            let (address, edges_end) = (header.as_ptr().addr() as u64, sight.edges.len());
            sight.objects.push(SeenObject {
                address,
                type_name: object.type_name,
                size: object.size,
                count: word.count(),
                edges_end,
            });
            sight.ids[index as usize] = sight.objects.len() as u32;
        }
    });
    (sight, orphans)
}

fn build(sight: Sight) -> Result<Snapshot, Error> {
    let mut builder = Builder::new(meta());
    for object in &sight.objects {
        let type_id = builder.type_id(object.type_name, TypeFlags::NONE);
        let flags = ObjectFlags::NONE;
        builder.object(Object {
            address: object.address,
            type_id,
            size: object.size as u64,
            count: u64::from(object.count),
            flags,
        })?;
    }
    let mut found_inside = vec![0u32; sight.objects.len()];
    let mut start = 0;
    for (from, object) in sight.objects.iter().enumerate() {
        for &slot in &sight.edges[start..object.edges_end] {
            // An object that came to be, or was gone, when its slot was looked at has no id.
            if let Some(to) = sight.ids[slot as usize].checked_sub(1) {
                found_inside[to as usize] += 1;
                builder.reference(ObjectId(from as u32), ObjectId(to), Label::Other)?;
            }
        }
        start = object.edges_end;
    }
    add_roots(&mut builder, &sight.objects, &found_inside)?;
    builder.finish()
}

fn add_roots(builder: &mut Builder, objects: &[SeenObject], found_inside: &[u32]) -> Result<(), Error> {
    for (index, (object, &inside)) in objects.iter().zip(found_inside).enumerate() {
        if let Some(outside @ 1..) = object.count.checked_sub(inside) {
            let name: NameId = builder.name(if outside == 1 { "1 handle" } else { "several handles" });
            builder.root(ObjectId(index as u32), RootKind::Handle, name)?;
        }
    }
    Ok(())
}

fn meta() -> Meta {
    let program = std::env::args_os().next().unwrap_or_default();
    Meta {
        host: Host::Rust,
        host_version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        program: Path::new(&program)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        time: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64()),
        uptime: uptime().unwrap_or(0.0),
        notes: Default::default(),
    }
}

/// Seconds since the process began, from what Linux says of it (proc(5)); `None` elsewhere.
fn uptime() -> Option<f64> {
    /// `USER_HZ`, in which the kernel reports times to programs; 100 on every architecture that Rust's std runs on.
    const TICKS: f64 = 100.0;
    /// The position of `starttime` among the fields behind the command's name.
    const START: usize = 19;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let start: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(START)?.parse().ok()?;
    let system: f64 = std::fs::read_to_string("/proc/uptime")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()?;
    Some((system - start / TICKS).max(0.0))
}
