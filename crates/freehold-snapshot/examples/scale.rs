//! Times every step on a synthetic heap: `cargo run --release -p freehold-snapshot --example scale -- 1000000`.
//!
//! The heap has three references an object: a random tree (so that dominators have depth), a random earlier
//! object, and a random object anywhere. Half of them are dictionary items with names of their own.

use std::time::Instant;

use freehold_snapshot::report::Text;
use freehold_snapshot::{Builder, Host, Label, Meta, Object, ObjectFlags, ObjectId, RootKind, Snapshot, TypeFlags};

/// Small, fast and repeatable (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % u64::from(bound.max(1))) as u32
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = std::env::args().nth(1);
    let objects: u32 = argument.as_deref().unwrap_or("1000000").parse()?;
    let snapshot = timed("build", || build(objects))?;
    let references = snapshot.reference_count();
    let path = std::env::temp_dir().join(format!("scale-{}.fhs", std::process::id()));
    timed("save", || snapshot.save(&path))?;
    let loaded = timed("load", || Snapshot::load(&path))?;
    std::fs::remove_dir_all(&path)?;
    drop(snapshot);
    let report = timed("analyse", || {
        let analysis = loaded.analyse();
        Ok::<_, std::convert::Infallible>(Text::default().render(&analysis))
    })?;
    println!(
        "{objects} objects, {references} references, a report of {} bytes",
        report.len()
    );
    Ok(())
}

fn timed<T, E>(step: &str, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    let result = work()?;
    println!("{step:>8} {:>8.2} s", start.elapsed().as_secs_f64());
    Ok(result)
}

fn build(objects: u32) -> Result<Snapshot, freehold_snapshot::Error> {
    let mut builder = Builder::new(Meta {
        host: Host::Python,
        host_version: String::new(),
        pid: 0,
        program: "scale".into(),
        time: 0.0,
        uptime: 0.0,
        notes: Default::default(),
    });
    let types = [
        builder.type_id("dict", TypeFlags::BUILTIN | TypeFlags::CONTAINER),
        builder.type_id("app.Node", TypeFlags::NONE),
    ];
    for index in 0..objects {
        builder.object(Object {
            address: 0x7f00_0000_0000 + 48 * u64::from(index),
            type_id: types[index as usize % 2],
            size: 48 + u64::from(index % 7) * 16,
            count: 1,
            flags: ObjectFlags::NONE,
        })?;
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for from in 0..objects {
        let targets = [from * 2 + 1, random.below(from), random.below(objects)];
        for (position, to) in targets.into_iter().enumerate() {
            if to >= objects {
                continue;
            }
            let label = match position {
                0 => Label::Item(builder.name(&format!("key-{from}"))),
                1 => Label::Index(from % 100),
                _ => Label::Other,
            };
            builder.reference(ObjectId(from), ObjectId(to), label)?;
        }
    }
    let name = builder.name("app");
    for root in 0..64.min(objects) {
        builder.root(ObjectId(root), RootKind::Module, name)?;
    }
    builder.finish()
}
