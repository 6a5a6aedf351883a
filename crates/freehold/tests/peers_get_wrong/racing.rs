//! Collectors that race with each other: many threads call `gc::collect`, and the background collector runs as well, while
//! mutators make cycles, share them and let them go.

use crate::node::Alive;
use crate::{Collectors, alone, race};
use freehold::{Gc, gc};
use std::sync::Arc;
use std::thread;

#[test]
fn many_collectors_at_once_collect_everything_once() {
    let _alone = alone();
    let alive = Arc::new(Alive::default());
    gc::enable();
    let collectors = Collectors::start(4);
    let makers: Vec<_> = (0..3)
        .map(|_| {
            let alive = alive.clone();
            thread::spawn(move || {
                let mut kept = Vec::new();
                race(|| {
                    let ring = alive.ring(5);
                    kept.push(Gc::downgrade(&ring[0]));
                    ring[0].check();
                    drop(ring);
                    if kept.len() > 1000 {
                        kept.drain(..)
                            .filter_map(|weak| weak.upgrade())
                            .for_each(|node| node.check());
                    }
                });
            })
        })
        .collect();
    makers.into_iter().for_each(|maker| maker.join().unwrap());
    drop(collectors);
    gc::disable();
    gc::collect();
    assert_eq!(alive.count(), 0);
}

/// What was garbage at the call is gone when the call returns, whoever collected it.
#[test]
fn a_collection_that_is_asked_for_is_never_skipped() {
    let _alone = alone();
    let _collectors = Collectors::start(2);
    race(|| {
        let alive = Arc::new(Alive::default());
        drop(alive.ring(10));
        gc::collect();
        assert_eq!(alive.count(), 0);
    });
}
