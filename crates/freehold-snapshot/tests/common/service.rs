//! A Python service with three leaks and a warm cache, as a capture would describe it.

use std::collections::BTreeMap;

use freehold_snapshot::{Host, Label, Meta, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags};

use crate::graph::Graph;

const BUILTIN_CONTAINER: TypeFlags = TypeFlags::BUILTIN.union(TypeFlags::CONTAINER);

/// The whole service.
pub fn service() -> Snapshot {
    let mut graph = Graph::new(meta());
    let (module, table) = graph.module("service");
    imports(&mut graph, module);
    registry(&mut graph, table);
    listeners(&mut graph, table);
    cache(&mut graph, table);
    recent(&mut graph, table);
    worker(&mut graph);
    native(&mut graph);
    transfers(&mut graph);
    graph.finish()
}

/// The same process before it did anything.
pub fn idle() -> Snapshot {
    let mut graph = Graph::new(meta());
    let (module, table) = graph.module("service");
    imports(&mut graph, module);
    cache(&mut graph, table);
    worker(&mut graph);
    graph.finish()
}

fn meta() -> Meta {
    Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid: 4711,
        program: "examples/service.py --port 8080".into(),
        time: 1_700_000_000.0,
        uptime: 5.2,
        notes: BTreeMap::from([("gc.enabled".into(), "false".into())]),
    }
}

/// Modules full of classes and functions, and the registry of modules: large, and no finding.
fn imports(graph: &mut Graph, main: ObjectId) {
    let (sys, sys_table) = graph.module("sys");
    let modules = graph.builtin("dict", 36_960);
    graph.item(sys_table, "modules", modules);
    graph.item(modules, "__main__", main);
    graph.item(modules, "sys", sys);
    let class = graph.builtin("type", 1064);
    for name in ["asyncio.events", "collections", "json.decoder", "threading", "typing"] {
        let (module, table) = graph.module(name);
        graph.item(modules, name, module);
        for index in 0..250 {
            let function = graph.builtin("function", 152);
            let code = graph.builtin("code", 1400);
            graph.item(table, &format!("function_{index}"), function);
            graph.attribute(function, "__code__", code);
            graph.attribute(function, "__globals__", table);
        }
        let derived = graph.builtin("type", 1064);
        graph.item(table, "Class", derived);
        graph.hold(derived, class, Label::Type);
        let attributes = graph.namespace(derived, 1000);
        for index in 0..40 {
            let method = graph.builtin("function", 152);
            graph.item(attributes, &format!("method_{index}"), method);
        }
    }
}

/// A dictionary that remembers every order.
fn registry(graph: &mut Graph, module: ObjectId) {
    let audit = graph.object("dict", BUILTIN_CONTAINER, 589_912, ObjectFlags::NONE);
    graph.item(module, "AUDIT", audit);
    for index in 0..12_000 {
        let key = graph.builtin("str", 61);
        let order = graph.own("service.Order", 56);
        let table = graph.namespace(order, 296);
        let lines = graph.builtin("list", 120);
        graph.hold(audit, key, Label::Key);
        graph.item(audit, &format!("order-{index:06}"), order);
        graph.item(table, "lines", lines);
        for line in 0..4 {
            let tuple = graph.builtin("tuple", 72);
            let text = graph.builtin("str", 70);
            graph.hold(lines, tuple, Label::Index(line));
            graph.hold(tuple, text, Label::Index(0));
        }
    }
    graph.lengths(audit, [410, 1_100, 2_540, 4_980, 8_730]);
}

/// A list of bound methods that keeps finished sessions.
fn listeners(graph: &mut Graph, module: ObjectId) {
    let bus = graph.own("service.EventBus", 48);
    graph.item(module, "BUS", bus);
    let table = graph.namespace(bus, 104);
    let listeners = graph.object("list", BUILTIN_CONTAINER, 12_728, ObjectFlags::NONE);
    graph.item(table, "listeners", listeners);
    for index in 0..1_500 {
        let method = graph.builtin("method", 64);
        let session = graph.own("service.Session", 48);
        let attributes = graph.namespace(session, 280);
        let buffer = graph.builtin("bytearray", 4_153);
        graph.hold(listeners, method, Label::Index(index));
        graph.attribute(method, "__self__", session);
        graph.item(attributes, "buffer", buffer);
    }
    graph.lengths(listeners, [52, 140, 310, 640, 1_130]);
}

/// A cache that filled up at once and then stayed as it was.
fn cache(graph: &mut Graph, module: ObjectId) {
    let cache = graph.own("service.PageCache", 48);
    graph.item(module, "PAGES", cache);
    let table = graph.namespace(cache, 104);
    let pages = graph.object("collections.OrderedDict", BUILTIN_CONTAINER, 26_000, ObjectFlags::NONE);
    graph.item(table, "pages", pages);
    for index in 0..256 {
        let page = graph.own("service.Page", 48);
        let body = graph.builtin("bytes", 16_417);
        graph.item(pages, &format!("/products/{index}"), page);
        graph.attribute(page, "body", body);
    }
    graph.lengths(pages, [180, 256, 256, 256, 256]);
}

/// A deque with a maximum length and no history.
fn recent(graph: &mut Graph, module: ObjectId) {
    let recent = graph.object("collections.deque", BUILTIN_CONTAINER, 9_000, ObjectFlags::BOUNDED);
    graph.item(module, "RECENT", recent);
    for index in 0..1_000 {
        let event = graph.own("service.Event", 1_200);
        graph.hold(recent, event, Label::Index(index));
    }
}

/// A thread at work.
fn worker(graph: &mut Graph) {
    let frame = graph.builtin("frame", 480);
    graph.root(
        frame,
        RootKind::Frame,
        "worker() line 88 of service.py, thread Thread-1",
    );
    let batch = graph.builtin("list", 8_056);
    let name = graph.name("batch");
    graph.hold(frame, batch, Label::Local(name));
    for index in 0..6 {
        let block = graph.builtin("bytes", 40_033);
        graph.hold(batch, block, Label::Index(index));
    }
}

/// Something that an extension module keeps.
fn native(graph: &mut Graph) {
    let pool = graph.own("_imaging.Pool", 190_000);
    graph.root(pool, RootKind::Native, "");
}

/// Finished transfers, each in a cycle through its own callback, each with its buffer.
fn transfers(graph: &mut Graph) {
    for _ in 0..400 {
        let transfer = graph.own("service.Transfer", 48);
        let table = graph.namespace(transfer, 184);
        let callback = graph.builtin("function", 152);
        let closure = graph.builtin("tuple", 48);
        let cell = graph.builtin("cell", 40);
        let buffer = graph.builtin("bytearray", 32_825);
        graph.item(table, "on_done", callback);
        graph.item(table, "buffer", buffer);
        graph.attribute(callback, "__closure__", closure);
        graph.hold(closure, cell, Label::Index(0));
        graph.attribute(cell, "cell_contents", transfer);
    }
}
