//! A guard of a part is a guard.
use freehold::sync::{Mutex, MutexGuard};

fn main() {
    let mutex = Mutex::new((1, 2));
    let guard = MutexGuard::map(mutex.lock(), |pair| &mut pair.0);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
