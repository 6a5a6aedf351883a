//! A hold of a reentrant lock is its thread's.
use freehold::sync::ReentrantMutex;

fn main() {
    let mutex = ReentrantMutex::new(1);
    let guard = mutex.lock();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
