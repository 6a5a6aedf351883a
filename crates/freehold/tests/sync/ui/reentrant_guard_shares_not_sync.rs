//! A guard is shared only if the content can be.
use freehold::sync::ReentrantMutex;
use std::cell::Cell;

fn main() {
    let mutex = ReentrantMutex::new(Cell::new(1));
    let guard = mutex.lock();
    std::thread::scope(|scope| {
        scope.spawn(|| guard.set(2));
    });
}
