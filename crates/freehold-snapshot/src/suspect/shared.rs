//! Accumulations that several containers share.
//!
//! Objects in two indexes are dominated by neither, so neither retains them, and the dominator tree shows no
//! accumulation point. But each index has a history: a container that keeps growing, and whose entries others
//! hold too, is grouped with the containers of the same objects. O(entries of growing containers).

use std::cmp::Reverse;

use crate::TypeId;
use crate::heap::Heap;
use crate::maps::{Map, Set};
use crate::suspect::accumulation::Accumulation;
use crate::suspect::contents::{Contents, look_through};
use crate::suspect::growth::{Growth, Trend, trend};
use crate::suspect::threshold::{LEAST_COUNT, NEAR, least};

/// Growing containers whose entries have one dominator and one type.
struct Sharing {
    containers: Vec<(u32, Growth)>,
    entries: Set<u32>,
}

/// The accumulations of shared objects, except what `found` covers already.
pub(super) fn find(heap: &Heap<'_>, found: &[Accumulation]) -> Vec<Accumulation> {
    let reported: Set<u32> = found.iter().map(|it| it.container).collect();
    let covered = |object: u32| {
        reported.contains(&object)
            || heap
                .dominators_of(object)
                .take(NEAR)
                .any(|above| reported.contains(&above))
    };
    let mut sharings: Map<(Option<u32>, TypeId), Sharing> = Map::default();
    for container in heap.snapshot.watched() {
        let live = heap.garbage.is_live(container) && !heap.roles.is_scaffold(container);
        if !live || covered(container) {
            continue;
        }
        if let Trend::Growing(growth) = trend(heap, container) {
            join(heap, container, growth, &mut sharings);
        }
    }
    let least = least(heap.total());
    sharings
        .into_values()
        .filter_map(|sharing| sharing.accumulation(heap))
        .filter(|it| it.bytes >= least && !covered(it.container))
        .collect()
}

/// Adds a container to the sharing that its entries suggest: their most frequent dominator and type.
fn join(heap: &Heap<'_>, container: u32, growth: Growth, sharings: &mut Map<(Option<u32>, TypeId), Sharing>) {
    let mut by_place: Map<(Option<u32>, TypeId), Vec<u32>> = Map::default();
    for entry in heap.entries(container) {
        let dominator = heap.dominators.dominator(entry);
        let data = !heap.roles.is_scaffold(entry);
        if data && dominator != Some(container) {
            let type_id = heap.type_id(look_through(heap, entry));
            by_place.entry((dominator, type_id)).or_default().push(entry);
        }
    }
    let most = by_place
        .into_iter()
        .max_by_key(|((dominator, type_id), entries)| (entries.len(), Reverse((*dominator, *type_id))));
    if let Some((place, entries)) = most {
        let sharing = sharings.entry(place).or_insert_with(|| Sharing {
            containers: Vec::new(),
            entries: Set::default(),
        });
        sharing.containers.push((container, growth));
        sharing.entries.extend(entries);
    }
}

impl Sharing {
    fn accumulation(mut self, heap: &Heap<'_>) -> Option<Accumulation> {
        let contents = Contents::main(heap, self.entries.iter().copied())?;
        if contents.count < LEAST_COUNT {
            return None;
        }
        self.containers
            .sort_by_key(|(container, growth)| (Reverse(growth.to.length), *container));
        let (container, growth) = *self.containers.first()?;
        let tables = self.containers.iter().map(|(it, _)| heap.retained(*it));
        Some(Accumulation {
            container,
            also: self.containers.iter().skip(1).map(|(it, _)| *it).collect(),
            contents,
            bytes: tables.fold(contents.bytes, u64::saturating_add),
            growth: Some(growth),
            inner: 0,
        })
    }
}
