//! Threads that make cycles at full speed do not outrun the collector without bound.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[derive(Trace)]
struct Loop(Mutex<Option<Gc<Loop>>>);

#[test]
fn garbage_does_not_pile_up_behind_threads_that_make_cycles() {
    let stop = Arc::new(AtomicBool::new(false));
    let made = Arc::new(AtomicUsize::new(0));
    let makers: Vec<_> = (0..3)
        .map(|_| {
            let (stop, made) = (stop.clone(), made.clone());
            std::thread::spawn(move || {
                while !stop.load(Relaxed) {
                    for _ in 0..100 {
                        let cycle = Gc::new(Loop(Mutex::new(None)));
                        *cycle.0.lock() = Some(cycle.clone());
                    }
                    made.fetch_add(100, Relaxed);
                }
            })
        })
        .collect();
    let start = Instant::now();
    let mut most = 0;
    while start.elapsed() < Duration::from_secs(2) || made.load(Relaxed) < 1_000_000 {
        most = most.max(gc::stats().live_objects);
        std::thread::sleep(Duration::from_millis(5));
    }
    stop.store(true, Relaxed);
    makers.into_iter().for_each(|maker| maker.join().unwrap());
    let made = made.load(Relaxed);
    // Nothing is live, so the backlog is bounded by a constant, however many were made.
    assert!(most < 1_000_000, "a backlog of {most} of {made} objects");
    gc::collect();
    assert_eq!(gc::stats().live_objects, 0);
}
