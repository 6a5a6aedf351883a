//! So does one that may go on to write.
use freehold::sync::RwLock;

fn main() {
    let lock = RwLock::new(1);
    let guard = lock.upgradable_read();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
