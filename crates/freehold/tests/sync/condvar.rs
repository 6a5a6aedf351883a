//! `Condvar`: who waits lets the mutex go, and has it again afterwards.

use crate::{LONG, SHORT, together, until, while_collecting};
use freehold::sync::{Condvar, Mutex};
use freehold::{Gc, Trace};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn one_or_all_are_woken() {
    let (mutex, changed) = (Mutex::new((0, 0)), Condvar::new());
    assert_eq!((changed.notify_one(), changed.notify_all()), (false, 0));
    together(4, |thread| {
        if thread > 0 {
            let mut guard = mutex.lock();
            guard.0 += 1;
            changed.wait(&mut guard);
            guard.1 += 1;
            return;
        }
        until(|| mutex.lock().0 == 3);
        assert!(changed.notify_one());
        until(|| mutex.lock().1 == 1);
        assert_eq!(changed.notify_all(), 2);
    });
    assert_eq!(mutex.into_inner(), (3, 3));
}

#[test]
fn waits_end_in_time() {
    let (mutex, never) = (Mutex::new(false), Condvar::new());
    let mut guard = mutex.lock();
    let begin = Instant::now();
    assert!(never.wait_for(&mut guard, SHORT).timed_out());
    assert!(never.wait_until(&mut guard, Instant::now() + SHORT).timed_out());
    assert!(!never.wait_while_for(&mut guard, |set| !*set, SHORT));
    assert!(begin.elapsed() >= 3 * SHORT);
    *guard = true;
    assert!(never.wait_while_for(&mut guard, |set| !*set, Duration::MAX));
    drop(guard);
    assert!(mutex.try_lock().is_some());
}

#[derive(Trace)]
struct Channel {
    items: Mutex<Vec<Gc<u64>>>,
    filled: Condvar,
    own: Mutex<Option<Gc<Channel>>>,
}

#[test]
fn handles_pass_through_a_queue_while_collections_run() {
    const ITEMS: u64 = 5000;
    let channel = Gc::new(Channel {
        items: Mutex::default(),
        filled: Condvar::new(),
        own: Mutex::default(),
    });
    *channel.own.lock() = Some(channel.clone());
    let sum = while_collecting(|| {
        let taker = channel.clone();
        let taker = thread::spawn(move || {
            let (mut sum, mut taken) = (0, 0);
            while taken < ITEMS {
                let mut items = taker.items.lock();
                assert!(taker.filled.wait_while_for(&mut items, |items| items.is_empty(), LONG));
                taken += items.len() as u64;
                sum += items.drain(..).map(|item| *item).sum::<u64>();
            }
            sum
        });
        for number in 0..ITEMS {
            channel.items.lock().push(Gc::new(number));
            channel.filled.notify_one();
        }
        taker.join().unwrap()
    });
    assert_eq!(sum, ITEMS * (ITEMS - 1) / 2);
    channel.own.lock().take();
}
