//! What one thread sets another may drop.
use freehold::sync::OnceLock;
use std::rc::Rc;

fn main() {
    let once = OnceLock::new();
    std::thread::scope(|scope| {
        scope.spawn(|| _ = once.set(Rc::new(1)));
    });
}
