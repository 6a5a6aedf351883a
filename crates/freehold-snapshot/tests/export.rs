//! Exports: what other tools will find in them, for real heaps and for arbitrary ones.

#[path = "common/arbitrary.rs"]
mod arbitrary;
mod common;
#[path = "common/golden.rs"]
mod golden;
#[path = "common/graph.rs"]
mod graph;

use std::collections::HashSet;
use std::io;

use freehold_snapshot::export::Format;
use freehold_snapshot::{Label, RootKind, Snapshot};
use golden::{check, without_colour};
use proptest::prelude::*;
use serde_json::Value;

/// A small heap with every kind of label and root, garbage, and names that need care.
fn small() -> Snapshot {
    let mut graph = graph::Graph::new(common::meta());
    let (module, table) = graph.module("app");
    let all: Vec<_> = (0..12)
        .map(|index| graph.own("we\"ird, \\ <T>\n\u{1b}[31m", 10 + index))
        .collect();
    let name = graph.name("odd \"name\" \\ \u{2028}\n");
    let labels = [
        Label::Attribute(name),
        Label::Namespace,
        Label::Item(name),
        Label::Key,
        Label::Value,
        Label::Index(7),
        Label::Element,
        Label::Local(name),
        Label::Cell(name),
        Label::Type,
        Label::Other,
    ];
    for (object, label) in all.iter().zip(labels) {
        graph.hold(table, *object, label);
        graph.hold(table, *object, Label::Index(1));
    }
    let kinds = [
        RootKind::Frame,
        RootKind::Thread,
        RootKind::Task,
        RootKind::Native,
        RootKind::Handle,
    ];
    for kind in kinds {
        graph.root(all[0], kind, "main() line \"3\"");
    }
    graph.root(module, RootKind::System, "");
    // The last is garbage, with itself and with what only it holds.
    let held = graph.own("app.Held", u64::MAX / 4);
    graph.hold(all[11], all[11], Label::Other);
    graph.hold(all[11], held, Label::Index(0));
    graph.finish()
}

fn exported(snapshot: &Snapshot, format: Format) -> String {
    let mut out = Vec::new();
    snapshot.analyse().export(format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn numbers(value: &Value) -> Vec<usize> {
    let array = value.as_array().unwrap().iter();
    array.map(|it| usize::try_from(it.as_u64().unwrap()).unwrap()).collect()
}

/// A node as the arrays have it: its type and name, its size, and its edges as (type, name or index, node).
struct Node {
    kind: String,
    name: String,
    size: u64,
    edges: Vec<(String, String, usize)>,
}

/// Reads a `.heapsnapshot` by what its own `meta` says, and insists that all of it fits together.
fn read(text: &str) -> Vec<Node> {
    let document: Value = serde_json::from_str(text).unwrap();
    let order = [
        "\"snapshot\"",
        "\"nodes\"",
        "\"edges\"",
        "\"samples\"",
        "\"locations\"",
        "\"strings\"",
    ];
    let found: Vec<usize> = order.iter().map(|key| text.find(&format!("{key}:")).unwrap()).collect();
    assert!(found.is_sorted(), "DevTools reads the parts in this order");

    let header = &document["snapshot"];
    let meta = &header["meta"];
    let list = |name: &str| meta[name].as_array().unwrap().len();
    assert_eq!(
        (list("node_fields"), list("edge_fields")),
        (list("node_types"), list("edge_types"))
    );
    let strings: Vec<&str> = document["strings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    let (nodes, edges) = (numbers(&document["nodes"]), numbers(&document["edges"]));
    assert!(nodes.iter().chain(&edges).all(|it| u32::try_from(*it).is_ok()));
    let (width, edge_width) = (list("node_fields"), list("edge_fields"));
    assert_eq!(nodes.len(), width * header["node_count"].as_u64().unwrap() as usize);
    assert_eq!(
        edges.len(),
        edge_width * header["edge_count"].as_u64().unwrap() as usize
    );
    assert_eq!(header["trace_function_count"], 0);

    let field = |name: &str| {
        meta["node_fields"]
            .as_array()
            .unwrap()
            .iter()
            .position(|it| it == name)
            .unwrap()
    };
    let mut ids = HashSet::new();
    let mut rest = edges.chunks(edge_width);
    let nodes: Vec<Node> = nodes
        .chunks(width)
        .map(|row| {
            assert!(ids.insert(row[field("id")]), "an id twice");
            let edges = rest.by_ref().take(row[field("edge_count")]).map(|edge| {
                let kind = meta["edge_types"][0][edge[0]].as_str().unwrap().to_owned();
                let name = match kind.as_str() {
                    "element" | "hidden" => edge[1].to_string(),
                    _ => strings[edge[1]].to_owned(),
                };
                assert_eq!(edge[2] % width, 0);
                assert!(edge[2] < nodes.len());
                (kind, name, edge[2] / width)
            });
            Node {
                kind: meta["node_types"][0][row[field("type")]].as_str().unwrap().to_owned(),
                name: strings[row[field("name")]].to_owned(),
                size: row[field("self_size")] as u64,
                edges: edges.collect(),
            }
        })
        .collect();
    assert_eq!(rest.len(), 0, "edges that are no node's");
    nodes
}

fn reached(nodes: &[Node]) -> HashSet<usize> {
    let (mut seen, mut pending) = (HashSet::from([0]), vec![0]);
    while let Some(at) = pending.pop() {
        pending.extend(nodes[at].edges.iter().map(|it| it.2).filter(|to| seen.insert(*to)));
    }
    seen
}

fn is_sound(snapshot: &Snapshot) {
    let nodes = read(&exported(snapshot, Format::HeapSnapshot));
    assert_eq!((nodes[0].kind.as_str(), nodes[0].name.as_str()), ("synthetic", ""));
    let child = nodes[0].edges.iter().find(|it| nodes[it.2].name == "(GC roots)");
    assert!(child.is_some(), "DevTools looks for it");
    assert_eq!(reached(&nodes).len(), nodes.len(), "all hangs from the root");
    let objects: Vec<&Node> = nodes.iter().filter(|node| node.kind == "object").collect();
    assert_eq!(objects.len(), snapshot.object_count());
    let first = nodes.len() - objects.len();
    for ((id, object), node) in snapshot.objects().zip(objects) {
        assert_eq!(node.name, snapshot.type_name(object.type_id));
        assert_eq!(node.size, object.size.min(u64::from(u32::MAX)));
        let held: Vec<usize> = snapshot.references(id).map(|it| it.to.index() + first).collect();
        assert_eq!(node.edges.iter().map(|it| it.2).collect::<Vec<_>>(), held);
    }
}

#[test]
fn the_heapsnapshot_agrees_with_its_meta_and_the_heap() {
    let snapshot = small();
    is_sound(&snapshot);
    let nodes = read(&exported(&snapshot, Format::HeapSnapshot));
    let table = nodes.iter().find(|node| node.edges.len() == 22).unwrap();
    let labels: Vec<(&str, &str)> = table
        .edges
        .iter()
        .step_by(2)
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    let odd = "odd \"name\" \\ \u{2028}\n";
    assert_eq!(
        labels,
        [
            ("property", odd),
            ("internal", "(attributes)"),
            ("property", odd),
            ("internal", "(key)"),
            ("internal", "(value)"),
            ("element", "7"),
            ("internal", "(element)"),
            ("property", odd),
            ("context", odd),
            ("internal", "(type)"),
            ("internal", "(reference)"),
        ]
    );
    let unreachable = nodes.iter().find(|node| node.name == "(unreachable)").unwrap();
    assert_eq!(unreachable.edges.len(), 1);
}

#[test]
fn the_drawing_quotes_what_it_draws() {
    let text = exported(&small(), Format::Dot);
    assert_eq!(without_colour(&text), text, "no escape sequence gets through");
    check("small.dot", &text);
}

#[test]
fn a_drawing_has_a_hundred_objects_at_most() {
    let mut graph = graph::Graph::new(common::meta());
    let (module, table) = graph.module("app");
    graph.lengths(table, [1, 2, 3, 4, 5]);
    for index in 0..500 {
        let object = graph.own("app.Object", index);
        graph.item(table, &format!("object_{index}"), object);
        graph.attribute(object, "module", module);
    }
    let text = exported(&graph.finish(), Format::Dot);
    assert!(text.contains("the 100 of 502 objects that retain most"), "{text}");
    assert_eq!(text.matches("[label=\"app.Object\\n").count(), 98);
    assert!(text.contains("object 501\\n") && !text.contains("object 2\\n"));
}

#[test]
fn json_has_every_object_and_reference() {
    let snapshot = small();
    let document: Value = serde_json::from_str(&exported(&snapshot, Format::Json)).unwrap();
    assert_eq!(document["format"], "freehold-heap");
    let objects = document["objects"].as_array().unwrap();
    assert_eq!(objects.len(), snapshot.object_count());
    let references = objects.iter().map(|it| it["references"].as_array().unwrap().len());
    assert_eq!(references.sum::<usize>(), snapshot.reference_count());
    assert_eq!(document["roots"].as_array().unwrap().len(), snapshot.roots().len());
    let bytes = document["census"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["bytes"].as_u64().unwrap());
    assert_eq!(bytes.sum::<u64>(), snapshot.total_size());
    assert_eq!(objects[1]["references"][0]["name"], "odd \"name\" \\ \u{2028}\n");
    assert_eq!(objects[13]["unreachable"], true);
    assert_eq!(objects[1]["dominator"], 0);
}

#[test]
fn csv_has_a_row_an_object_or_a_type() {
    let objects = exported(&small(), Format::Csv);
    let rows: Vec<&str> = objects.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 16);
    assert_eq!(
        rows[0],
        "id,address,type,size,count,retained,retained_objects,dominator,unreachable"
    );
    assert_eq!(rows[1], "0,139637976727552,module,72,1,2499,12,,false");
    assert_eq!(rows[2], "1,139637976727568,dict,2272,1,2427,11,0,false");
    assert!(rows[3].starts_with("2,139637976727584,\"we\"\"ird, \\ <T>\n\u{1b}[31m\",10,1,10,1,,false"));
    assert!(rows[14].ends_with("\",21,1,4611686018427387924,2,,true"));
    let census = exported(&small(), Format::CensusCsv);
    let rows: Vec<&str> = census.split_terminator("\r\n").collect();
    let odd = "\"we\"\"ird, \\ <T>\n\u{1b}[31m\",12,186";
    assert_eq!(
        rows,
        [
            "type,objects,bytes",
            "app.Held,1,4611686018427387903",
            "dict,1,2272",
            odd,
            "module,1,72"
        ]
    );
}

/// Takes so many bytes, then is full.
struct Full(usize);

impl io::Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0 {
            0 => Err(io::ErrorKind::StorageFull.into()),
            left => {
                let taken = bytes.len().min(left);
                self.0 -= taken;
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const FORMATS: [Format; 5] = [
    Format::HeapSnapshot,
    Format::Dot,
    Format::Json,
    Format::Csv,
    Format::CensusCsv,
];

#[test]
fn a_full_disk_is_an_error_wherever_it_fills() {
    let snapshot = small();
    let analysis = snapshot.analyse();
    for format in FORMATS {
        for room in 0..exported(&snapshot, format).len() {
            let failed = analysis.export(format, Full(room)).unwrap_err();
            assert_eq!(failed.kind(), io::ErrorKind::StorageFull, "{format:?} {room}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_heaps_export(shape in arbitrary::shapes(40)) {
        let snapshot = shape.snapshot();
        is_sound(&snapshot);
        let document: Value = serde_json::from_str(&exported(&snapshot, Format::Json)).unwrap();
        prop_assert_eq!(document["objects"].as_array().unwrap().len(), snapshot.object_count());
        prop_assert_eq!(exported(&snapshot, Format::Csv).lines().count(), snapshot.object_count() + 1);
        let drawn = exported(&snapshot, Format::Dot);
        prop_assert_eq!(drawn.matches("\\nobject ").count(), snapshot.object_count().min(100));
    }
}
