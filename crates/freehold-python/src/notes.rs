//! Facts of the interpreter that a report may want beside the heap: how the cycle collector was set and what it
//! did.

use std::collections::BTreeMap;

use crate::host::Host;
use crate::object::Gil;

/// The facts by name.
pub(crate) fn collect(gil: Gil<'_>, host: &Host, threads: usize, frozen: usize) -> BTreeMap<String, String> {
    let generations = host.collector.generations(gil);
    let mut notes = BTreeMap::new();
    let mut note = |name: &str, value: String| notes.insert(name.to_owned(), value);
    let list = |values: [i32; 3]| values.map(|value| value.to_string()).join(", ");
    note("gc.enabled", host.collector.is_enabled(gil).to_string());
    note(
        "gc.threshold",
        list([0, 1, 2].map(|index| generations[index].threshold)),
    );
    note("gc.count", list([0, 1, 2].map(|index| generations[index].count)));
    note("gc.frozen", frozen.to_string());
    note("threads", threads.to_string());
    for (index, generation) in generations.iter().enumerate() {
        note(
            &format!("gc.generation{index}.collections"),
            generation.collections.to_string(),
        );
        note(
            &format!("gc.generation{index}.collected"),
            generation.collected.to_string(),
        );
        note(
            &format!("gc.generation{index}.uncollectable"),
            generation.uncollectable.to_string(),
        );
    }
    notes
}
