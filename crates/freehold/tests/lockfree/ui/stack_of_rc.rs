//! What moves among threads must be `Send`.
use freehold::lockfree::Stack;
use std::rc::Rc;

fn main() {
    let stack = Stack::new();
    stack.push(Rc::new(1));
    std::thread::scope(|scope| {
        scope.spawn(|| stack.pop());
    });
}
