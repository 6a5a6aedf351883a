//! A reader leaves on the thread that it came in on.
use freehold::sync::RwLock;

fn main() {
    let lock = RwLock::new(1);
    let guard = lock.read();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
