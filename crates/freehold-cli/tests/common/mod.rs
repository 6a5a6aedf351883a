//! A saved snapshot, and the real command run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use freehold_snapshot::{Builder, Host, Label, Meta, Object, ObjectFlags, ObjectId, RootKind, TypeFlags};
use tempfile::TempDir;

/// What the command did.
pub struct Outcome {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// A directory with the snapshot `app.fhs` in it.
pub struct Place {
    directory: TempDir,
}

impl Place {
    /// `app.ORDERS`, a list of a hundred `shop.Order`, the first of which is also `app.LAST`; a `stock.Order` in a cycle
    /// with its own list, which nothing else holds; a type with markup and control characters for a name.
    pub fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        let mut heap = Heap(Builder::new(meta()));
        let (module, orders) = (heap.object("module", 72), heap.object("list", 856));
        let hundred: Vec<ObjectId> = (0..100).map(|_| heap.object("shop.Order", 48)).collect();
        let (lost, list) = (heap.object("stock.Order", 48), heap.object("list", 64));
        let odd = heap.object("we\"ird,\u{1b}[31m<name>\n", 16);
        let [app, name, last, key] = ["app", "ORDERS", "LAST", "odd \"key\"\n\u{2028}"].map(|it| heap.0.name(it));
        heap.0.root(module, RootKind::Module, app).unwrap();
        heap.hold(module, orders, Label::Attribute(name));
        heap.hold(module, hundred[0], Label::Attribute(last));
        heap.hold(module, odd, Label::Item(key));
        for (index, order) in hundred.iter().enumerate() {
            heap.hold(orders, *order, Label::Index(index as u32));
        }
        heap.hold(lost, list, Label::Attribute(name));
        heap.hold(list, lost, Label::Index(0));
        heap.0
            .finish()
            .unwrap()
            .save(&directory.path().join("app.fhs"))
            .unwrap();
        Place { directory }
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs `freehold` in the directory.
    pub fn run(&self, words: &[&str]) -> Outcome {
        command(self.directory.path(), words)
    }
}

fn command(directory: &Path, words: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_freehold"))
        .args(words)
        .current_dir(directory)
        .env("COLUMNS", "80")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Outcome {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

struct Heap(Builder);

impl Heap {
    fn object(&mut self, type_name: &str, size: u64) -> ObjectId {
        let type_id = self.0.type_id(type_name, TypeFlags::NONE);
        let object = Object {
            address: 0x1000,
            type_id,
            size,
            count: 1,
            flags: ObjectFlags::NONE,
        };
        self.0.object(object).unwrap()
    }

    fn hold(&mut self, from: ObjectId, to: ObjectId, label: Label) {
        self.0.reference(from, to, label).unwrap();
    }
}

/// A process that never was.
pub fn meta() -> Meta {
    Meta {
        host: Host::Python,
        host_version: "3.12.1".into(),
        pid: 4711,
        program: "app.py".into(),
        time: 1_700_000_000.0,
        uptime: 2.5,
        notes: Default::default(),
    }
}
