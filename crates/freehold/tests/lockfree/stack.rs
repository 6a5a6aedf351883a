//! `Stack` on one thread and on several.

use freehold::lockfree::Stack;
use std::thread;

#[test]
fn the_last_in_is_the_first_out() {
    let stack = Stack::new();
    assert!(stack.is_empty() && stack.pop().is_none());
    stack.push(1);
    stack.push(2);
    assert_eq!(stack.pop(), Some(2));
    stack.push(3);
    assert!(!stack.is_empty());
    assert!(stack.into_iter().eq([3, 1]));
}

tests_of_both!(Stack);
