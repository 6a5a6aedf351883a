//! What grew between snapshots of one program: types, and the holders of what is new.
//!
//! An object is new if the oldest snapshot has none of its type at its address; one that took the place of a freed one
//! of its type passes for it. Only new objects that no other new one dominates are counted for a holder, each with
//! all that it retains, so no byte counts twice; they are clustered by the shape of their path. O(objects + references)
//! of the newest, O(objects) of the others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::heap::Heap;
use crate::maps::{Map, Set};
use crate::path::Path;
use crate::why::{Shapes, below};
use crate::{ObjectId, Snapshot, TypeId};

/// At most so many holders are named.
const MOST: usize = 40;

/// What grew.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The types of which there are more bytes in the newest snapshot than in the oldest, most growth first.
    pub types: Vec<TypeGrowth>,
    /// Who holds what is new, most bytes first; none if the snapshots are of several processes, whose objects cannot be
    /// told apart.
    pub holders: Option<Vec<Holder>>,
}

/// A type in each of the snapshots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeGrowth {
    /// Its name.
    pub name: String,
    /// Objects and bytes, oldest snapshot first.
    pub series: Vec<(u64, u64)>,
}

/// New objects that are held alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// How many there are.
    pub objects: u64,
    /// What they retain, themselves included.
    pub bytes: u64,
    /// The type of the one that stands for them.
    pub type_id: TypeId,
    /// The shortest path to one of them.
    pub path: Path,
    /// The same as text.
    pub place: String,
}

impl TypeGrowth {
    /// How many objects and bytes more there are in the newest snapshot than in the oldest.
    pub fn growth(&self) -> (i128, i128) {
        let at = |point: Option<&(u64, u64)>| point.map_or((0, 0), |it| (i128::from(it.0), i128::from(it.1)));
        let (from, to) = (at(self.series.first()), at(self.series.last()));
        (to.0 - from.0, to.1 - from.1)
    }
}

/// See [`crate::Analysis::diff`].
pub(crate) fn diff(heap: &Heap<'_>, older: &[Snapshot]) -> Diff {
    let newest = heap.snapshot;
    let process = |snapshot: &Snapshot| (snapshot.meta.host, snapshot.meta.pid, snapshot.meta.program.clone());
    let one_process = older.iter().all(|it| process(it) == process(newest));
    Diff {
        types: types(older, newest),
        holders: older
            .first()
            .filter(|_| one_process)
            .map(|oldest| holders(heap, oldest)),
    }
}

fn types(older: &[Snapshot], newest: &Snapshot) -> Vec<TypeGrowth> {
    let count = older.len() + 1;
    let mut series: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for (position, snapshot) in older.iter().chain([newest]).enumerate() {
        for row in crate::census::census(snapshot) {
            let points = series
                .entry(snapshot.type_name(row.type_id))
                .or_insert_with(|| vec![(0, 0); count]);
            let point = &mut points[position];
            *point = (point.0 + row.objects, point.1.saturating_add(row.bytes));
        }
    }
    let all = series.into_iter().map(|(name, series)| TypeGrowth {
        name: name.to_owned(),
        series,
    });
    let mut grown: Vec<TypeGrowth> = all.filter(|it| it.growth().1 > 0).collect();
    grown.sort_by_key(|it| Reverse(it.growth().1));
    grown
}

fn holders(heap: &Heap<'_>, oldest: &Snapshot) -> Vec<Holder> {
    let new = new_objects(heap.snapshot, oldest);
    let covered = below(&new, |object| heap.dominators.dominator(object));
    let mut shapes = Shapes::new(heap);
    // By shape: objects, bytes, and the shortest path's steps and object.
    let mut clusters: Map<u32, (u64, u64, (u32, u32))> = Map::default();
    for object in 0..new.len() as u32 {
        if new[object as usize] && !covered[object as usize] && heap.garbage.is_live(object) {
            let (shape, steps) = shapes.of(object);
            let cluster = clusters.entry(shape).or_insert((0, 0, (steps, object)));
            cluster.0 += 1;
            cluster.1 = cluster.1.saturating_add(heap.retained(object));
            cluster.2 = cluster.2.min((steps, object));
        }
    }
    let mut clusters: Vec<_> = clusters.into_values().collect();
    clusters.sort_by_key(|(objects, bytes, shortest)| (Reverse((*bytes, *objects)), *shortest));
    let named = clusters.into_iter().take(MOST);
    named
        .filter_map(|(objects, bytes, (_, object))| {
            let path = heap.path(object)?;
            Some(Holder {
                objects,
                bytes,
                type_id: heap.type_id(object),
                place: path.render(heap.snapshot),
                path,
            })
        })
        .collect()
}

/// Which objects of the newest snapshot the oldest does not have.
fn new_objects(newest: &Snapshot, oldest: &Snapshot) -> Vec<bool> {
    let names = newest.types.names.iter().enumerate();
    let ids: Map<&str, u32> = names.map(|(id, name)| (name, id as u32)).collect();
    let id_of = |id: TypeId| ids.get(oldest.type_name(id)).copied();
    let known: Set<(u64, u32)> = oldest
        .objects()
        .filter_map(|(_, object)| Some((object.address, id_of(object.type_id)?)))
        .collect();
    let same = |object: ObjectId| {
        let found = newest.object(object)?;
        let id = ids.get(newest.type_name(found.type_id))?;
        known.get(&(found.address, *id))
    };
    let all = (0..newest.object_count() as u32).map(ObjectId);
    all.map(|object| same(object).is_none()).collect()
}
