//! Why objects are alive: the ways from roots to them, clustered by shape, one representative a cluster.
//!
//! A way is a reference (or a root) that holds an object, with the most readable path to its holder. The arrival of an
//! object's own path always counts; other holders count unless they are themselves reached through what is asked
//! about, for those would die with it. One pass over the references; O(objects + references) in all.

mod shapes;
mod ways;

pub(crate) use shapes::Shapes;
pub(crate) use ways::below;

use crate::heap::Heap;
use crate::path::Path;
use crate::{ObjectId, Snapshot, TypeId};

/// Paths are made for at most this many clusters.
const MOST: usize = 20;

/// What keeps some objects alive.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The objects asked about, in order of id.
    pub objects: Vec<ObjectId>,
    /// How many of them no root reaches.
    pub unreachable: u64,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
    /// Bytes that would at least be freed with them: what each retains, nothing counted twice.
    pub retained: u64,
    /// The clusters of ways, those of most objects first; at most twenty.
    pub groups: Vec<Group>,
    /// How many clusters there are.
    pub group_count: usize,
}

/// Ways of one shape: alike but for indices, keys and how often a structure repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How many of the objects are held in this way.
    pub objects: u64,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
    /// How many references (or roots) hold them so.
    pub ways: u64,
    /// The shortest path of the shape, which stands for the others.
    pub path: Path,
    /// The same as text.
    pub place: String,
}

/// See [`crate::Analysis::why`].
pub(crate) fn why(heap: &Heap<'_>, objects: &[ObjectId]) -> Why {
    let count = heap.snapshot.object_count();
    let mut targets: Vec<u32> = objects
        .iter()
        .map(|it| it.0)
        .filter(|it| (*it as usize) < count)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut asked = vec![false; count];
    for target in &targets {
        asked[*target as usize] = true;
    }
    let clusters = ways::clusters(heap, &asked);
    Why {
        unreachable: targets.iter().filter(|it| !heap.garbage.is_live(**it)).count() as u64,
        bytes: sum(targets.iter().map(|it| heap.snapshot.objects.size[*it as usize])),
        retained: retained(heap, &targets, &asked),
        group_count: clusters.len(),
        groups: clusters.iter().take(MOST).filter_map(|it| it.group(heap)).collect(),
        objects: targets.into_iter().map(ObjectId).collect(),
    }
}

/// What the targets retain that no other target dominates.
fn retained(heap: &Heap<'_>, targets: &[u32], asked: &[bool]) -> u64 {
    let covered = below(asked, |object| heap.dominators.dominator(object));
    let outermost = targets.iter().filter(|target| !covered[**target as usize]);
    sum(outermost.map(|target| heap.retained(*target)))
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}

impl Snapshot {
    /// The types with the full name `name`, or where there is none those whose name ends with `.name` or `::name`.
    /// O(types).
    pub fn types_named(&self, name: &str) -> Vec<TypeId> {
        let matching = |matches: &dyn Fn(&str) -> bool| {
            let all = self.types.names.iter().enumerate();
            let found = all.filter(|(_, type_name)| matches(type_name));
            found.map(|(index, _)| TypeId(index as u32)).collect::<Vec<_>>()
        };
        let exact = matching(&|type_name| type_name == name);
        if !exact.is_empty() || name.is_empty() {
            return exact;
        }
        matching(&|type_name| {
            let scope = type_name.strip_suffix(name);
            scope.is_some_and(|scope| scope.ends_with('.') || scope.ends_with("::"))
        })
    }
}
