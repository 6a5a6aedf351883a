//! `Event`: as Python's, with futures.

use crate::{LONG, SHORT, Woken, poll, until};
use freehold::sync::Event;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;
use std::thread;
use std::time::Instant;

#[test]
fn it_is_set_until_it_is_cleared() {
    let event = Event::new();
    assert!(!event.is_set() && !event.wait_for(SHORT) && !event.wait_until(Instant::now() + SHORT));
    event.set();
    event.set();
    event.wait();
    assert!(event.is_set() && event.wait_for(SHORT));
    event.clear();
    assert!(!event.is_set() && !event.wait_for(SHORT));
    assert_eq!(event.waiting(), 0, "who gave up does not wait");
}

#[test]
fn all_who_wait_go_on_and_see_what_was_done() {
    let (event, work) = (Event::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                assert!(event.wait_for(LONG));
                assert_eq!(work.load(Relaxed), 1);
            });
        }
        until(|| event.waiting() == 3);
        work.store(1, Relaxed);
        event.set();
    });
}

#[test]
fn who_waited_goes_on_although_it_was_cleared_at_once() {
    let event = Event::new();
    for _ in 0..200 {
        thread::scope(|scope| {
            let waits = scope.spawn(|| event.wait());
            until(|| event.waiting() == 1);
            event.set();
            event.clear();
            waits.join().unwrap();
        });
    }
}

#[test]
fn a_future_is_ready_when_it_is_set_and_woken_once() {
    let (event, woken) = (Event::new(), Arc::new(Woken::default()));
    let mut wait = pin!(event.wait_async());
    assert_eq!(poll(wait.as_mut(), &woken), Poll::Pending);
    assert_eq!(poll(wait.as_mut(), &woken), Poll::Pending);
    assert_eq!((event.waiting(), woken.times()), (1, 0));
    event.set();
    event.clear();
    assert_eq!(woken.times(), 1);
    assert_eq!(poll(wait.as_mut(), &woken), Poll::Ready(()));
}

#[test]
fn a_future_wakes_whoever_polled_it_last() {
    let (event, first, last) = (Event::new(), Arc::new(Woken::default()), Arc::new(Woken::default()));
    let mut wait = pin!(event.wait_async());
    assert!(poll(wait.as_mut(), &first).is_pending() && poll(wait.as_mut(), &last).is_pending());
    event.set();
    assert_eq!((first.times(), last.times()), (0, 1));
}

#[test]
fn a_future_that_is_dropped_waits_no_more() {
    let (event, woken) = (Event::new(), Arc::new(Woken::default()));
    {
        let mut wait = pin!(event.wait_async());
        assert!(poll(wait.as_mut(), &woken).is_pending());
        let _never_polled = event.wait_async();
    }
    assert_eq!(event.waiting(), 0);
    event.set();
    assert_eq!((woken.times(), Arc::strong_count(&woken)), (0, 1));
}
