//! Accumulation points: where the dominator tree fans out into many objects of a kind.
//!
//! The idea is Eclipse Memory Analyzer's: follow what retains much until no single child does; there things
//! pile up. Here every large part of the tree is followed, and size alone accuses nobody: the container's history
//! decides, and a container that reached its plateau is passed over. A container is reported once, and nothing
//! below what is reported is reported again. O(objects) at most; only subtrees above the threshold are entered.

use crate::TypeFlags;
use crate::heap::Heap;
use crate::maps::{Map, Set};
use crate::suspect::chain;
use crate::suspect::contents::Contents;
use crate::suspect::growth::{Growth, Trend, trend};
use crate::suspect::threshold::{
    ALIKE_SHARE, INNER_SHARE, LEAST_COUNT, LEAST_INNER, NEAR, WATCHED, least, least_unknown,
};

/// A container in which objects pile up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Accumulation {
    pub container: u32,
    /// Other containers of the same objects.
    pub also: Vec<u32>,
    pub contents: Contents,
    /// What would be freed.
    pub bytes: u64,
    /// `None` if it is not known whether it grows.
    pub growth: Option<Growth>,
    pub form: Form,
}

/// How the objects are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By the container, or by several of equal standing.
    Entries,
    /// By this many growing containers inside one that does not grow.
    Inner(u64),
    /// By each other; the container is the first.
    Chain,
}

/// Every accumulation whose objects have one container, besides those of `shared`.
pub(super) fn find(heap: &Heap<'_>, shared: &[Accumulation]) -> Vec<Accumulation> {
    let of_shared = |it: &Accumulation| [it.also.as_slice(), &[it.container]].concat();
    let mut search = Search {
        heap,
        least: least(heap.total()),
        growing: Growing::of(heap),
        reported: shared.iter().flat_map(of_shared).collect(),
        found: Vec::new(),
        pending: vec![heap.dominators.super_root()],
    };
    while let Some(object) = search.pending.pop() {
        search.visit(object);
    }
    search.found
}

struct Search<'a, 's> {
    heap: &'a Heap<'s>,
    least: u64,
    growing: Growing,
    /// Containers that another finding is about.
    reported: Set<u32>,
    found: Vec<Accumulation>,
    pending: Vec<u32>,
}

impl Search<'_, '_> {
    fn visit(&mut self, object: u32) {
        let heap = self.heap;
        if self.reported.contains(&object) {
            return;
        }
        let top = object == heap.dominators.super_root();
        if top || heap.roles.is_scaffold(object) {
            return self.descend(object, |_| true);
        }
        match self.accumulation(object) {
            Some(found) => {
                let type_id = found.contents.type_id;
                if let (Form::Inner(_), Some(inner)) = (found.form, self.growing.inside.get(&object)) {
                    self.reported.extend(&inner.containers);
                }
                self.found.push(found);
                // What is of another kind may be another finding; the container's own is reported.
                self.descend(object, |child| {
                    let child = std::iter::once(child);
                    Contents::main(heap, child).is_some_and(|it| it.type_id != type_id)
                });
            }
            None => self.descend(object, |_| true),
        }
    }

    /// Goes on with the large children that are `wanted`.
    fn descend(&mut self, object: u32, wanted: impl Fn(u32) -> bool) {
        let heap = self.heap;
        let children = heap.dominators.children(object).iter().copied();
        let large = children
            .filter(|child| heap.garbage.is_live(*child) && heap.retained(*child) >= self.least && wanted(*child));
        self.pending.extend(large);
    }

    fn accumulation(&self, object: u32) -> Option<Accumulation> {
        let heap = self.heap;
        let children = heap.dominators.children(object).iter().copied();
        let contents = Contents::main(heap, children);
        match trend(heap, object) {
            Trend::Growing(growth) => self.grown(object, contents, growth),
            Trend::Stable => self.inside(object),
            Trend::Unknown => self
                .inside(object)
                .or_else(|| self.unwatched(object, contents?))
                .or_else(|| self.chained(object)),
        }
    }

    fn grown(&self, object: u32, contents: Option<Contents>, growth: Growth) -> Option<Accumulation> {
        // Entries that others hold too (small integers, shared strings) still cost the container's own table.
        let entries = || Contents::main(self.heap, self.heap.entries(object));
        let contents = contents
            .filter(|contents| contents.count >= LEAST_COUNT)
            .or_else(entries)?;
        Some(self.report(object, contents, Some(growth), Form::Entries))
    }

    /// A container that does not grow may hold others that do: a fixed set of queues, say. Growing containers of
    /// different things, or a few, are findings of their own, with better paths.
    fn inside(&self, object: u32) -> Option<Accumulation> {
        let heap = self.heap;
        let inner = self.growing.inside.get(&object)?;
        let retained = heap.retained(object) as f64;
        if inner.bytes < self.least || (inner.bytes as f64) < retained * INNER_SHARE {
            return None;
        }
        let held = inner
            .containers
            .iter()
            .flat_map(|container| heap.dominators.children(*container).iter().copied());
        let contents = Contents::main(heap, held)?;
        let count = inner.containers.len() as u64;
        let alike = contents.bytes as f64 >= inner.bytes as f64 * ALIKE_SHARE;
        let many = count >= LEAST_INNER;
        (many && alike).then(|| self.report(object, contents, Some(inner.growth), Form::Inner(count)))
    }

    /// No history of its own: that of a table just below may speak for it, else only size does.
    fn unwatched(&self, object: u32, contents: Contents) -> Option<Accumulation> {
        if !contents.is_accumulation() || contents.bytes < self.least {
            return None;
        }
        match self.trend_below(object, &contents) {
            Trend::Growing(growth) => Some(self.report(object, contents, Some(growth), Form::Entries)),
            Trend::Stable => None,
            Trend::Unknown => {
                let heap = self.heap;
                let striking = contents.bytes >= least_unknown(heap.total());
                // Without growth a table of code is what imports leave behind.
                let code = heap.roles.is_code(contents.type_id);
                (striking && !code).then(|| self.report(object, contents, None, Form::Entries))
            }
        }
    }

    /// A chain of objects has no length that could be watched: size alone speaks.
    fn chained(&self, head: u32) -> Option<Accumulation> {
        if self.heap.retained(head) < least_unknown(self.heap.total()) {
            return None;
        }
        let contents = chain::from_head(self.heap, head)?;
        let long = contents.count >= LEAST_COUNT;
        long.then(|| self.report(head, contents, None, Form::Chain))
    }

    /// An object whose entries two of its tables share dominates the entries itself: its tables' histories
    /// count, as far as they have enough entries to account for them.
    fn trend_below(&self, object: u32, contents: &Contents) -> Trend {
        let heap = self.heap;
        let children = |object: u32| heap.dominators.children(object).iter().copied();
        let below = children(object).flat_map(|child| {
            let table = heap.roles.owner(child) == Some(object);
            let inner = table.then(|| children(child)).into_iter().flatten();
            std::iter::once(child).chain(inner)
        });
        let mut verdict = Trend::Unknown;
        for child in below {
            if (heap.entries(child).count() as u64) < contents.count / 2 {
                continue;
            }
            match trend(heap, child) {
                Trend::Growing(growth) => return Trend::Growing(growth),
                Trend::Stable => verdict = Trend::Stable,
                Trend::Unknown => {}
            }
        }
        verdict
    }

    fn report(&self, container: u32, contents: Contents, growth: Option<Growth>, form: Form) -> Accumulation {
        Accumulation {
            container,
            also: Vec::new(),
            contents,
            bytes: self.heap.retained(container),
            growth,
            form,
        }
    }
}

/// Whether an object is a container of so few entries that nobody watched it.
fn is_short(heap: &Heap<'_>, object: u32) -> bool {
    let is_container = heap
        .snapshot
        .type_flags(heap.type_id(object))
        .contains(TypeFlags::CONTAINER);
    is_container
        && heap.roles.owner(object).is_none()
        && !heap.roles.is_scaffold(object)
        && (1..WATCHED).contains(&heap.entries(object).take(WATCHED).count())
}

/// The growing containers inside one that does not grow.
#[derive(Debug)]
struct Inner {
    containers: Vec<u32>,
    bytes: u64,
    growth: Growth,
}

/// For each container with a history, the growing ones that it dominates.
#[derive(Debug, Default)]
struct Growing {
    inside: Map<u32, Inner>,
}

impl Growing {
    /// O(containers with a history × [`NEAR`]).
    fn of(heap: &Heap<'_>) -> Growing {
        let mut growing = Growing::default();
        for container in heap.snapshot.watched() {
            if let Trend::Growing(growth) = trend(heap, container) {
                growing.add(heap, container, growth);
            }
        }
        growing
    }

    /// Counts a growing container towards what it is in, up to the next one that itself grows.
    fn add(&mut self, heap: &Heap<'_>, container: u32, growth: Growth) {
        let bytes = heap.retained(container);
        for above in heap.dominators_of(container).take(NEAR) {
            match trend(heap, above) {
                Trend::Unknown if is_short(heap, above) => {}
                Trend::Unknown => continue,
                Trend::Growing(_) => return,
                Trend::Stable => {}
            }
            self.inside
                .entry(above)
                .and_modify(|inner| {
                    inner.containers.push(container);
                    inner.bytes = inner.bytes.saturating_add(bytes);
                    inner.growth = inner.growth.join(growth);
                })
                .or_insert_with(|| Inner {
                    containers: vec![container],
                    bytes,
                    growth,
                });
        }
    }
}
