//! A guard borrows its mutex, and the mutex the handle.
use freehold::{Gc, sync::Mutex};

fn main() {
    let list = Gc::new(Mutex::new(vec![1]));
    let guard = list.lock();
    drop(list);
    println!("{guard:?}");
}
