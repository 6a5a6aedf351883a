//! parking_lot's locks are released by the thread that took them.
use freehold::sync::RwLock;

fn main() {
    let lock = RwLock::new(1);
    let guard = lock.write();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
