//! Chrome's `.heapsnapshot`: one JSON object of flat arrays of numbers and a table of strings, described by its
//! own `meta`.
//!
//! Nodes come first, each with the number of its edges; the edges follow in the order of their nodes and name the
//! node they lead to by its position in the array of nodes. Node 0 is the root. Under it DevTools looks for
//! `(GC roots)`, and there for one node a kind of root; what threads, tasks and modules hold hangs from the root
//! as well, as globals do, so that distances count from there. Garbage hangs from a node of its own: DevTools
//! has no word for it. Every object is a node of type `object` named after its type, so that DevTools groups by type.
//! The reader keeps unsigned numbers of 32 bits: larger sizes are written as the largest of them.
//! Source: the loader in devtools-frontend, `HeapSnapshotLoader.ts` and `HeapSnapshot.ts`.

use std::io::{self, Write};

use crate::export::string;
use crate::label::Label;
use crate::snapshot::Reference;
use crate::{Analysis, ObjectId, Root, RootKind, TypeId};

const META: &str = concat!(
    r#"{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"#,
    r#""node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","#,
    r#""concatenated string","sliced string","symbol","bigint"],"#,
    r#""string","number","number","number","number","number"],"#,
    r#""edge_fields":["type","name_or_index","to_node"],"#,
    r#""edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"#,
    r#""string_or_number","node"],"#,
    r#""trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],"#,
    r#""trace_node_fields":["id","function_info_index","count","size","children"],"#,
    r#""sample_fields":["timestamp_us","last_assigned_id"],"#,
    r#""location_fields":["object_index","script_id","line","column"]}"#,
);

/// Numbers a node has in its array.
const NODE_FIELDS: u64 = 7;
const EDGE_FIELDS: u64 = 3;

/// Positions in the lists of types in [`META`].
const OBJECT: u8 = 3;
const SYNTHETIC: u8 = 9;
const CONTEXT: u8 = 0;
const ELEMENT: u8 = 1;
const PROPERTY: u8 = 2;
const INTERNAL: u8 = 3;

/// The nodes that are not objects, in their order: names, and for roots their kind.
const SYNTHETICS: [(&str, Option<RootKind>); 10] = [
    ("", None),
    ("(GC roots)", None),
    ("(modules)", Some(RootKind::Module)),
    ("(frames)", Some(RootKind::Frame)),
    ("(threads)", Some(RootKind::Thread)),
    ("(tasks)", Some(RootKind::Task)),
    ("(native code)", Some(RootKind::Native)),
    ("(handles)", Some(RootKind::Handle)),
    ("(the runtime)", Some(RootKind::System)),
    ("(unreachable)", None),
];
const UNREACHABLE: u64 = SYNTHETICS.len() as u64 - 1;

/// Strings for references without a name of their own; they follow the names of [`SYNTHETICS`] in the table.
const LABELS: [&str; 6] = ["(attributes)", "(key)", "(value)", "(element)", "(type)", "(reference)"];

pub(super) fn write(analysis: &Analysis<'_>, out: &mut impl Write) -> io::Result<()> {
    let writer = Writer::new(analysis)?;
    write!(
        out,
        "{{\"snapshot\":{{\"meta\":{META},\n\"node_count\":{},\"edge_count\":{},\"trace_function_count\":0}},\n\"nodes\":[",
        writer.node_count(),
        writer.edge_count(),
    )?;
    writer.nodes(&mut Rows::new(out))?;
    out.write_all(b"],\n\"edges\":[")?;
    writer.edges(&mut Rows::new(out))?;
    out.write_all(
        b"],\n\"trace_function_infos\":[],\n\"trace_tree\":[],\n\"samples\":[],\n\"locations\":[],\n\"strings\":[",
    )?;
    writer.strings(out)?;
    out.write_all(b"]}\n")
}

struct Writer<'a, 's> {
    analysis: &'a Analysis<'s>,
    /// An object of each group of garbage, from which the rest of the group is reached.
    garbage: Vec<ObjectId>,
}

impl<'a, 's> Writer<'a, 's> {
    fn new(analysis: &'a Analysis<'s>) -> io::Result<Self> {
        let writer = Writer {
            analysis,
            garbage: analysis.garbage_groups().collect(),
        };
        let most = u64::from(u32::MAX);
        if writer.node_count() * NODE_FIELDS > most || writer.edge_count() * EDGE_FIELDS > most {
            let because = "a .heapsnapshot cannot number as many objects and references as this heap has";
            return Err(io::Error::new(io::ErrorKind::Unsupported, because));
        }
        Ok(writer)
    }

    fn node_count(&self) -> u64 {
        SYNTHETICS.len() as u64 + self.analysis.snapshot().object_count() as u64
    }

    fn edge_count(&self) -> u64 {
        let of_synthetics: u64 = (0..SYNTHETICS.len()).map(|node| self.edges_of(node)).sum();
        of_synthetics + self.analysis.snapshot().reference_count() as u64
    }

    /// How many edges a node has that is not an object.
    fn edges_of(&self, node: usize) -> u64 {
        match SYNTHETICS.get(node) {
            Some((_, Some(kind))) => self.roots(|root| root.kind == *kind).count() as u64,
            Some(_) if node == 0 => 1 + self.roots(is_global).count() as u64,
            Some(_) if node == 1 => SYNTHETICS.len() as u64 - 2,
            _ => self.garbage.len() as u64,
        }
    }

    fn roots(&self, chosen: impl Fn(&Root) -> bool) -> impl Iterator<Item = &'s Root> {
        self.analysis.snapshot().roots().iter().filter(move |root| chosen(root))
    }

    fn nodes(&self, rows: &mut Rows<'_, impl Write>) -> io::Result<()> {
        for node in 0..SYNTHETICS.len() {
            let position = node as u64;
            rows.node(SYNTHETIC, position, 2 * position + 1, 0, self.edges_of(node))?;
        }
        let snapshot = self.analysis.snapshot();
        for (id, object) in snapshot.objects() {
            let number = 2 * (SYNTHETICS.len() as u64 + u64::from(id.0)) + 1;
            let edges = snapshot.references(id).len() as u64;
            let size = object.size.min(u64::from(u32::MAX));
            rows.node(OBJECT, self.type_string(object.type_id), number, size, edges)?;
        }
        Ok(())
    }

    fn edges(&self, rows: &mut Rows<'_, impl Write>) -> io::Result<()> {
        rows.edge(ELEMENT, 1, 1)?;
        for root in self.roots(is_global) {
            rows.edge(PROPERTY, self.name_string(root.name.0), object_node(root.object))?;
        }
        for node in 2..=UNREACHABLE {
            rows.edge(ELEMENT, node - 1, node)?;
        }
        for kind in SYNTHETICS.iter().filter_map(|(_, kind)| *kind) {
            for root in self.roots(|root| root.kind == kind) {
                rows.edge(PROPERTY, self.name_string(root.name.0), object_node(root.object))?;
            }
        }
        for (index, object) in self.garbage.iter().enumerate() {
            rows.edge(ELEMENT, index as u64, object_node(*object))?;
        }
        let snapshot = self.analysis.snapshot();
        for (id, _) in snapshot.objects() {
            for reference in snapshot.references(id) {
                let (kind, name) = self.label(reference);
                rows.edge(kind, name, object_node(reference.to))?;
            }
        }
        Ok(())
    }

    /// The type of an edge, and its index or the position of its name among the strings.
    fn label(&self, reference: Reference) -> (u8, u64) {
        let fixed = |position: u64| (INTERNAL, SYNTHETICS.len() as u64 + position);
        match reference.label {
            Label::Index(index) => (ELEMENT, u64::from(index)),
            Label::Cell(name) => (CONTEXT, self.name_string(name.0)),
            Label::Attribute(name) | Label::Item(name) | Label::Local(name) => (PROPERTY, self.name_string(name.0)),
            Label::Namespace => fixed(0),
            Label::Key => fixed(1),
            Label::Value => fixed(2),
            Label::Element => fixed(3),
            Label::Type => fixed(4),
            Label::Other => fixed(5),
        }
    }

    fn type_string(&self, id: TypeId) -> u64 {
        (SYNTHETICS.len() + LABELS.len() + id.index()) as u64
    }

    fn name_string(&self, name: u32) -> u64 {
        let types = self.analysis.snapshot().types.flags.len();
        (SYNTHETICS.len() + LABELS.len() + types) as u64 + u64::from(name)
    }

    fn strings(&self, out: &mut impl Write) -> io::Result<()> {
        let snapshot = self.analysis.snapshot();
        let fixed = SYNTHETICS.iter().map(|(name, _)| *name).chain(LABELS);
        let all = fixed.chain(snapshot.types.names.iter()).chain(snapshot.names.iter());
        for (position, text) in all.enumerate() {
            out.write_all(if position == 0 { b"" } else { b",\n" })?;
            string(out, text)?;
        }
        Ok(())
    }
}

/// Whether what holds the root is of the program, as the globals of a page are.
fn is_global(root: &Root) -> bool {
    matches!(
        root.kind,
        RootKind::Module | RootKind::Frame | RootKind::Thread | RootKind::Task
    )
}

/// The number of the node that stands for an object.
fn object_node(object: ObjectId) -> u64 {
    SYNTHETICS.len() as u64 + u64::from(object.0)
}

/// Rows of a flat array of numbers.
struct Rows<'a, W> {
    out: &'a mut W,
    separator: &'static str,
}

impl<'a, W: Write> Rows<'a, W> {
    fn new(out: &'a mut W) -> Self {
        Rows { out, separator: "" }
    }

    fn node(&mut self, kind: u8, name: u64, id: u64, size: u64, edges: u64) -> io::Result<()> {
        let separator = std::mem::replace(&mut self.separator, ",");
        writeln!(self.out, "{separator}{kind},{name},{id},{size},{edges},0,0")
    }

    fn edge(&mut self, kind: u8, name_or_index: u64, to: u64) -> io::Result<()> {
        let separator = std::mem::replace(&mut self.separator, ",");
        writeln!(self.out, "{separator}{kind},{name_or_index},{}", to * NODE_FIELDS)
    }
}
