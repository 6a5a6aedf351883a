//! parking_lot's locks are released by the thread that took them.
use freehold::sync::Mutex;

fn main() {
    let mutex = Mutex::new(1);
    let guard = mutex.lock();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
