//! Accumulations that several containers share.
//!
//! Objects in two indexes are dominated by neither, so neither retains them, and the dominator tree shows no
//! accumulation point. But each index has a history: growing containers whose entries others hold too are
//! grouped by what they hold, and an entry counts for a group if nothing outside the group holds it. O(entries of
//! growing containers), and one pass over all references if there are any such entries.

use std::cmp::Reverse;

use crate::TypeId;
use crate::heap::Heap;
use crate::maps::{Map, Set};
use crate::suspect::accumulation::{Accumulation, Form};
use crate::suspect::contents::{Contents, look_through};
use crate::suspect::growth::{Growth, Trend, trend};
use crate::suspect::threshold::{LEAST_COUNT, NEAR, least};

/// What the containers of one group have in common: the dominator and the type of most of their entries.
type Place = (Option<u32>, TypeId);

/// Growing containers of the same objects.
#[derive(Default)]
struct Sharing {
    containers: Vec<(u32, Growth)>,
    entries: Set<u32>,
}

/// The accumulations whose objects have several containers.
pub(super) fn find(heap: &Heap<'_>) -> Vec<Accumulation> {
    let mut sharings: Map<Place, Sharing> = Map::default();
    for container in heap.snapshot.watched() {
        if !heap.garbage.is_live(container) || heap.roles.is_scaffold(container) {
            continue;
        }
        if let Trend::Growing(growth) = trend(heap, container) {
            join(heap, container, growth, &mut sharings);
        }
    }
    let mut sharings: Vec<Sharing> = sharings.into_values().collect();
    drop_held_elsewhere(heap, &mut sharings);
    let least = least(heap.total());
    let found = sharings.into_iter().filter_map(|it| it.accumulation(heap));
    found.filter(|it| it.bytes >= least).collect()
}

/// Adds a container to the sharing that most of its entries suggest.
fn join(heap: &Heap<'_>, container: u32, growth: Growth, sharings: &mut Map<Place, Sharing>) {
    let mut by_place: Map<Place, Set<u32>> = Map::default();
    for entry in heap.entries(container) {
        let dominator = heap.dominators.dominator(entry);
        if dominator != Some(container) && !heap.roles.is_scaffold(entry) {
            let type_id = heap.type_id(look_through(heap, entry));
            by_place.entry((dominator, type_id)).or_default().insert(entry);
        }
    }
    let most = by_place
        .into_iter()
        .max_by_key(|(place, entries)| (entries.len(), Reverse(*place)));
    if let Some((place, entries)) = most {
        let sharing = sharings.entry(place).or_default();
        sharing.containers.push((container, growth));
        sharing.entries.extend(entries);
    }
}

/// Takes out the entries that something outside their group holds: they would live on without it.
fn drop_held_elsewhere(heap: &Heap<'_>, sharings: &mut [Sharing]) {
    let mut group_of: Map<u32, usize> = Map::default();
    let mut group_of_container: Map<u32, usize> = Map::default();
    for (group, sharing) in sharings.iter().enumerate() {
        group_of.extend(sharing.entries.iter().map(|entry| (*entry, group)));
        group_of_container.extend(sharing.containers.iter().map(|(it, _)| (*it, group)));
    }
    if group_of.is_empty() {
        return;
    }
    let edges = &heap.snapshot.edges;
    for from in 0..heap.snapshot.object_count() as u32 {
        for entry in edges.targets(from) {
            let Some(group) = group_of.get(entry) else {
                continue;
            };
            let inside = |it: u32| it == *entry || group_of_container.get(&it) == Some(group);
            let explained =
                !heap.garbage.is_live(from) || inside(from) || heap.dominators_of(from).take(NEAR).any(inside);
            if !explained {
                sharings[*group].entries.remove(entry);
            }
        }
    }
    for root in &heap.snapshot.roots {
        if let Some(group) = group_of.get(&root.object.0) {
            sharings[*group].entries.remove(&root.object.0);
        }
    }
}

impl Sharing {
    /// The finding, if what is shared outweighs what the containers hold each for itself.
    fn accumulation(mut self, heap: &Heap<'_>) -> Option<Accumulation> {
        let contents = Contents::main(heap, self.entries.iter().copied())?;
        let tables = self.containers.iter().map(|(it, _)| heap.retained(*it));
        let tables = tables.fold(0, u64::saturating_add);
        if contents.count < LEAST_COUNT || contents.bytes < tables {
            return None;
        }
        self.containers
            .sort_by_key(|(container, growth)| (Reverse(growth.to.length), *container));
        let (container, growth) = *self.containers.first()?;
        Some(Accumulation {
            container,
            also: self.containers.iter().skip(1).map(|(it, _)| *it).collect(),
            contents,
            bytes: contents.bytes.saturating_add(tables),
            growth: Some(growth),
            form: Form::Entries,
        })
    }
}
