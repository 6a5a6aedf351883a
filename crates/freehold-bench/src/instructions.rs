//! `instructions OPERATION PEER CALLS`: repeats one operation and does nothing else, to be run under callgrind.
//!
//! Two runs with different numbers of calls tell the instructions of one call, free of what starting a process takes.

use std::hint::black_box;

use crate::edges::Few;
use crate::peer::{Handle, SharedPeer, SharedTask, on_shared};

/// Repeats the operation.
pub fn run(words: &[String]) -> Result<(), String> {
    let [operation, peer, calls] = words else {
        return Err("instructions needs OPERATION PEER CALLS".to_owned());
    };
    let calls = calls.parse().map_err(|_| format!("{calls:?} is not a number"))?;
    on_shared(peer, Repeated { operation, calls })?
}

struct Repeated<'a> {
    operation: &'a str,
    calls: u64,
}

impl SharedTask for Repeated<'_> {
    type Output = Result<(), String>;

    fn run<P: SharedPeer>(self) -> Result<(), String> {
        P::Handle::<Few, false>::only_on_demand();
        let target = P::value(1_u64);
        let repeat = |call: &dyn Fn()| (0..self.calls).for_each(|_| call());
        match self.operation {
            "nothing" => repeat(&|| ()),
            "clone and drop" => repeat(&|| drop(black_box(black_box(&target).clone()))),
            "deref" => repeat(&|| {
                black_box(**black_box(&target));
            }),
            "new and drop, 8 bytes" => repeat(&|| drop(black_box(P::value(1_u64)))),
            "new and drop, 128 bytes" => repeat(&|| drop(black_box(P::value([1_u8; 128])))),
            "new and drop, a node" => repeat(&|| {
                let node: P::Handle<Few, false> = P::Handle::create([None, None, None]);
                drop(black_box(node));
            }),
            other => return Err(format!("there is no operation {other:?}")),
        }
        Ok(())
    }
}
