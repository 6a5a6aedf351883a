//! `Semaphore`: as Python's, with guards, many permits at once, and futures; first come, first served.

use crate::{LONG, SHORT, Woken, poll, together, until};
use freehold::sync::{Acquire, Semaphore, TooManyPermits};
use parking_lot::Mutex;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn permits_are_taken_and_given_back() {
    let semaphore = Semaphore::new(3);
    let two = semaphore.acquire_many(2);
    let one = semaphore.try_acquire().expect("one is left");
    assert!(semaphore.try_acquire().is_none() && semaphore.available_permits() == 0);
    drop(two);
    assert!(semaphore.try_acquire_many(3).is_none() && semaphore.try_acquire_many(2).is_some());
    drop(one);
    assert_eq!(semaphore.available_permits(), 3);
    assert_eq!(semaphore.acquire_many(0).permits(), 0);
}

#[test]
fn they_are_waited_for_no_longer_than_said() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.acquire();
    let begin = Instant::now();
    assert!(semaphore.try_acquire_for(SHORT).is_none());
    assert!(semaphore.try_acquire_until(Instant::now() + SHORT).is_none());
    assert!(semaphore.try_acquire_many_for(2, SHORT).is_none());
    assert!(begin.elapsed() >= 3 * SHORT);
    assert_eq!(semaphore.waiting(), 0, "who gave up does not wait");
    drop(held);
    assert!(semaphore.try_acquire_for(Duration::MAX).is_some());
    assert!(semaphore.try_acquire_many_until(1, Instant::now()).is_some());
}

#[test]
fn a_bounded_semaphore_is_not_released_too_often() {
    let semaphore = Semaphore::bounded(2);
    assert_eq!(semaphore.release(1), Err(TooManyPermits { bound: 2 }));
    semaphore.acquire_many(2).forget();
    assert_eq!(semaphore.release(3), Err(TooManyPermits { bound: 2 }));
    assert_eq!((semaphore.available_permits(), semaphore.release(2)), (0, Ok(())));
    let counting = Semaphore::new(0);
    assert_eq!((counting.release(5), counting.available_permits()), (Ok(()), 5));
    assert!(counting.release(usize::MAX).is_err() && counting.available_permits() == 5);
    let guard = semaphore.acquire();
    semaphore.release(1).unwrap();
    drop(guard);
    assert_eq!(semaphore.available_permits(), 2, "given back once more than taken");
}

#[test]
fn never_more_are_inside_than_there_are_permits() {
    let (semaphore, inside, most) = (Semaphore::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
    together(4, |thread| {
        for turn in 0..500 {
            let wanted = 1 + (turn + thread) % 2;
            let permits = semaphore.acquire_many(wanted);
            most.fetch_max(inside.fetch_add(wanted, SeqCst) + wanted, SeqCst);
            inside.fetch_sub(wanted, SeqCst);
            drop(permits);
        }
    });
    assert!(most.load(SeqCst) <= 2);
    assert_eq!((semaphore.available_permits(), semaphore.waiting()), (2, 0));
}

#[test]
fn threads_get_permits_in_the_order_in_which_they_came() {
    let (semaphore, order) = (Semaphore::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for thread in 0..4 {
            let (semaphore, order) = (&semaphore, &order);
            scope.spawn(move || {
                semaphore.acquire().forget();
                order.lock().push(thread);
            });
            until(|| semaphore.waiting() == thread + 1);
        }
        for served in 1..=4 {
            semaphore.release(1).unwrap();
            until(|| order.lock().len() == served);
        }
    });
    assert_eq!(order.into_inner(), [0, 1, 2, 3]);
}

#[test]
fn who_wants_many_is_not_passed_by() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.acquire();
    thread::scope(|scope| {
        let many = scope.spawn(|| semaphore.try_acquire_many_for(2, LONG).map(|permits| permits.permits()));
        until(|| semaphore.waiting() == 1);
        assert!(semaphore.try_acquire().is_none(), "one is left, and is waited for");
        drop(held);
        assert_eq!(many.join().unwrap(), Some(2));
    });
}

#[test]
fn a_panic_gives_permits_back() {
    let semaphore = Semaphore::new(1);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _permit = semaphore.acquire();
        panic!("on purpose");
    }));
    assert!(panic.is_err() && semaphore.try_acquire().is_some());
}

fn is_pending(future: Pin<&mut Acquire<'_>>, woken: &Arc<Woken>) -> bool {
    poll(future, woken).is_pending()
}

#[test]
fn a_future_lines_up_and_is_woken_with_its_permits() {
    let (semaphore, woken) = (Semaphore::new(1), Arc::new(Woken::default()));
    let held = semaphore.acquire();
    let mut first = pin!(semaphore.acquire_async());
    let mut second = pin!(semaphore.acquire_many_async(2));
    assert!(is_pending(first.as_mut(), &woken) && is_pending(second.as_mut(), &woken));
    drop(held);
    assert_eq!(woken.times(), 1);
    assert!(is_pending(second.as_mut(), &woken), "it is not its turn");
    assert!(semaphore.try_acquire().is_none());
    let std::task::Poll::Ready(permit) = poll(first.as_mut(), &woken) else {
        panic!("it was let in")
    };
    semaphore.release(1).unwrap();
    assert!(is_pending(second.as_mut(), &woken));
    drop(permit);
    assert!(!is_pending(second.as_mut(), &woken));
    assert_eq!(semaphore.available_permits(), 2);
}

#[test]
fn a_future_that_is_dropped_loses_no_permit_and_leaves_no_waiter() {
    let (semaphore, woken) = (Semaphore::new(1), Arc::new(Woken::default()));
    let held = semaphore.acquire();
    let mut behind = pin!(semaphore.acquire_async());
    {
        let mut waits = Box::pin(semaphore.acquire_many_async(2));
        let mut let_in = Box::pin(semaphore.acquire_async());
        assert!(is_pending(let_in.as_mut(), &woken) && is_pending(waits.as_mut(), &woken));
        assert!(is_pending(behind.as_mut(), &woken));
        drop(held);
        assert_eq!((semaphore.available_permits(), semaphore.waiting()), (0, 2));
        drop(let_in);
        assert_eq!(
            (semaphore.available_permits(), semaphore.waiting()),
            (1, 2),
            "given back"
        );
        drop(waits);
        assert_eq!(
            (semaphore.available_permits(), semaphore.waiting()),
            (0, 0),
            "the next moved up"
        );
    }
    assert!(!is_pending(behind.as_mut(), &woken));
    assert_eq!(semaphore.available_permits(), 1);
    drop(semaphore.acquire_async());
    assert_eq!((semaphore.available_permits(), Arc::strong_count(&woken)), (1, 1));
}

#[test]
fn no_permit_is_lost_when_futures_are_dropped_at_any_time() {
    let semaphore = Semaphore::new(2);
    together(3, |thread| {
        let woken = Arc::new(Woken::default());
        for turn in 0..3000 {
            let mut future = Box::pin(semaphore.acquire_many_async(1 + (turn + thread) % 2));
            let permit = (0..turn % 4).find_map(|_| match poll(future.as_mut(), &woken) {
                std::task::Poll::Ready(permit) => Some(permit),
                std::task::Poll::Pending => None,
            });
            drop(future);
            drop(permit);
            if turn % 16 == 0 {
                drop(semaphore.try_acquire_for(Duration::from_micros(50)));
                drop(semaphore.acquire());
            }
        }
    });
    assert_eq!((semaphore.available_permits(), semaphore.waiting()), (2, 0));
}

#[test]
fn permits_and_futures_may_go_to_other_threads() {
    fn may_go<T: Send>(_: T) {}
    let semaphore = Semaphore::new(1);
    may_go(semaphore.acquire());
    may_go(semaphore.acquire_async());
    may_go(freehold::sync::Event::new().wait_async());
}
