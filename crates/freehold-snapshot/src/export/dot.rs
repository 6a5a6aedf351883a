//! The objects that retain most as a drawing for Graphviz.
//!
//! Only the hundred largest are drawn, as the drawing of a whole heap can be neither laid out nor read; its title
//! says so. Solid arrows are references among those drawn, several in one arrow; a dashed one leads from the nearest
//! dominator that is drawn where no solid one does. Choosing is O(objects), drawing O(references of the chosen).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

use crate::path::bare;
use crate::report::quantity::{bytes, count};
use crate::snapshot::Reference;
use crate::{Analysis, ObjectId};

/// So many objects are drawn at most.
const MOST: usize = 100;

pub(super) fn write(analysis: &Analysis<'_>, out: &mut impl Write) -> io::Result<()> {
    let chosen = largest(analysis);
    let snapshot = analysis.snapshot();
    let title = format!(
        "{}: the {} of {} objects that retain most",
        bare(&snapshot.meta().program),
        count(chosen.len() as u64),
        count(snapshot.object_count() as u64),
    );
    writeln!(out, "digraph heap {{\n  label={};\n  node [shape=box];", quoted(&title))?;
    for (object, retained) in &chosen {
        let name = bare(snapshot.type_name_of(ObjectId(*object)));
        let label = quoted(&format!("{name}\nobject {object}\n{}", bytes(*retained)));
        let style = match analysis.is_garbage(ObjectId(*object)) {
            true => ", style=dotted",
            false => "",
        };
        writeln!(out, "  o{object} [label={label}{style}];")?;
    }
    roots(analysis, &chosen, out)?;
    for object in chosen.keys() {
        arrows(analysis, &chosen, *object, out)?;
    }
    out.write_all(b"}\n")
}

/// The objects that retain most, with how much, by id.
fn largest(analysis: &Analysis<'_>) -> BTreeMap<u32, u64> {
    let mut heap = BinaryHeap::new();
    for (id, _) in analysis.snapshot().objects() {
        heap.push((Reverse(analysis.retained(id)), id.0));
        if heap.len() > MOST {
            heap.pop();
        }
    }
    heap.into_iter()
        .map(|(Reverse(retained), object)| (object, retained))
        .collect()
}

/// The roots of the objects drawn: one node for each object that has any, named after its first.
fn roots(analysis: &Analysis<'_>, chosen: &BTreeMap<u32, u64>, out: &mut impl Write) -> io::Result<()> {
    let snapshot = analysis.snapshot();
    let mut drawn: BTreeMap<u32, (String, u64)> = BTreeMap::new();
    for root in snapshot
        .roots()
        .iter()
        .filter(|root| chosen.contains_key(&root.object.0))
    {
        let name = || format!("{} {}", root.kind.as_str(), bare(snapshot.name(root.name)));
        drawn.entry(root.object.0).or_insert_with(|| (name(), 0)).1 += 1;
    }
    for (object, (name, roots)) in drawn {
        let label = match roots {
            1 => name.trim_end().to_owned(),
            roots => format!("{} and {} more", name.trim_end(), count(roots - 1)),
        };
        writeln!(
            out,
            "  r{object} [shape=ellipse, label={}];\n  r{object} -> o{object};",
            quoted(&label)
        )?;
    }
    Ok(())
}

/// The references of `object` to others drawn, and the line to its dominator if nothing else explains that.
fn arrows(analysis: &Analysis<'_>, chosen: &BTreeMap<u32, u64>, object: u32, out: &mut impl Write) -> io::Result<()> {
    let snapshot = analysis.snapshot();
    let mut held: BTreeMap<u32, (Reference, u64)> = BTreeMap::new();
    for reference in snapshot.references(ObjectId(object)) {
        if chosen.contains_key(&reference.to.0) {
            held.entry(reference.to.0).or_insert((reference, 0)).1 += 1;
        }
    }
    for (to, (reference, references)) in held {
        let mut label = reference.describe(snapshot, false);
        if references > 1 {
            label.push_str(&format!(" and {} more", count(references - 1)));
        }
        writeln!(out, "  o{object} -> o{to} [label={}];", quoted(&label))?;
    }
    let dominator = analysis
        .dominator(ObjectId(object))
        .filter(|it| chosen.contains_key(&it.0));
    if let Some(above) = dominator
        && !snapshot.references(above).any(|reference| reference.to.0 == object)
    {
        writeln!(out, "  o{} -> o{object} [style=dashed];", above.0)?;
    }
    Ok(())
}

/// A quoted identifier of the language: a quote and a backslash escaped, and the line breaks of a label.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_end_a_label() {
        assert_eq!(quoted("a\\\"b\nc"), r#""a\\\"b\nc""#);
    }
}
