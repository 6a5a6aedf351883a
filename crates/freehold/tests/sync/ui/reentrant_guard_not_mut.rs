//! Two guards of one thread would give mutable access to one thing.
use freehold::sync::ReentrantMutex;

fn main() {
    let mutex = ReentrantMutex::new(1);
    *mutex.lock() = 2;
}
