//! A write after the lock was let go.
use freehold::sync::Mutex;

fn main() {
    let counter = Mutex::new(0);
    let count: &mut i32 = {
        let mut guard = counter.lock();
        &mut guard
    };
    *count += 1;
}
