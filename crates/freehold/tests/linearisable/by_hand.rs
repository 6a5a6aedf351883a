//! Histories made by hand: the checker takes those that are right and refuses those that are wrong.

use crate::checker::violation;
use crate::history::{Model, Operation};
use crate::models::Access::{Count, Get, Insert, Remove};
use crate::models::Ends::{Pop, Push};
use crate::models::Exchange::{Add, Load, Swap};
use crate::models::{Entry, Place, Queue, Stack};

/// Whether the checker takes a history. Each line is a call, its answer, and the times at which it began and ended.
fn is_right<M: Model>(lines: impl IntoIterator<Item = (M::Call, M::Answer, [u64; 2])>) -> bool {
    let operations = lines.into_iter().enumerate();
    let history: Vec<Operation<M>> = operations
        .map(|(thread, (call, answer, [invoked, responded]))| Operation {
            thread,
            call,
            answer,
            invoked,
            responded,
        })
        .collect();
    violation(&history).is_none()
}

#[test]
fn nothing_happened() {
    assert!(is_right::<Stack>([]));
}

#[test]
fn a_stack_gives_the_last_first() {
    let pushed = [(Push(1), None, [0, 1]), (Push(2), None, [2, 3])];
    let popped = |first, second| [(Pop, Some(first), [4, 5]), (Pop, Some(second), [6, 7])];
    assert!(is_right::<Stack>(pushed.into_iter().chain(popped(2, 1))));
    assert!(!is_right::<Stack>(pushed.into_iter().chain(popped(1, 2))));
    assert!(!is_right::<Stack>(pushed.into_iter().chain(popped(2, 2))), "twice");
}

#[test]
fn a_queue_gives_the_first_first() {
    let pushed = [(Push(1), None, [0, 1]), (Push(2), None, [2, 3])];
    let popped = |first, second| [(Pop, Some(first), [4, 5]), (Pop, Some(second), [6, 7])];
    assert!(is_right::<Queue>(pushed.into_iter().chain(popped(1, 2))));
    assert!(!is_right::<Queue>(pushed.into_iter().chain(popped(2, 1))));
}

#[test]
fn what_happens_at_the_same_time_has_any_order() {
    let pushed = [(Push(1), None, [0, 3]), (Push(2), None, [1, 2])];
    for [first, second] in [[1, 2], [2, 1]] {
        let popped = [(Pop, Some(first), [4, 5]), (Pop, Some(second), [6, 7])];
        assert!(is_right::<Stack>(pushed.into_iter().chain(popped)));
        assert!(is_right::<Queue>(pushed.into_iter().chain(popped)));
    }
}

#[test]
fn a_push_is_not_lost() {
    let history = |popped| [(Push(1), None, [0, 1]), (Pop, popped, [2, 3])];
    assert!(is_right::<Stack>(history(Some(1))));
    assert!(!is_right::<Stack>(history(None)));
    assert!(!is_right::<Queue>(history(None)));
    // A pop that began before the push had ended may come first.
    assert!(is_right::<Queue>([(Push(1), None, [0, 2]), (Pop, None, [1, 3])]));
}

#[test]
fn nothing_comes_from_nowhere_or_before_its_time() {
    assert!(!is_right::<Queue>([(Pop, Some(1), [0, 1])]));
    assert!(!is_right::<Queue>([(Pop, Some(1), [0, 1]), (Push(1), None, [2, 3])]));
    assert!(is_right::<Queue>([(Pop, Some(1), [0, 2]), (Push(1), None, [1, 3])]));
}

/// Two pops cannot both overtake: 1 is in front of 2, and 2 of 3.
#[test]
fn an_order_must_explain_all_answers_at_once() {
    let pushed = [
        (Push(1), None, [0, 1]),
        (Push(2), None, [2, 5]),
        (Push(3), None, [3, 4]),
    ];
    let popped = |order: [u64; 3]| [0, 1, 2].map(|at| (Pop, Some(order[at]), [10 + 2 * at as u64, 11 + 2 * at as u64]));
    for right in [[1, 2, 3], [1, 3, 2]] {
        assert!(is_right::<Queue>(pushed.into_iter().chain(popped(right))));
    }
    for wrong in [[2, 1, 3], [3, 1, 2], [2, 3, 1], [3, 2, 1]] {
        assert!(!is_right::<Queue>(pushed.into_iter().chain(popped(wrong))));
    }
}

#[test]
fn a_map_gives_no_stale_answer() {
    let history = |seen| {
        [
            ((7, Insert(1)), None, [0, 1]),
            ((7, Insert(2)), Some(1), [2, 3]),
            ((7, Get), seen, [4, 5]),
        ]
    };
    assert!(is_right::<Entry>(history(Some(2))));
    assert!(!is_right::<Entry>(history(Some(1))), "stale");
    assert!(!is_right::<Entry>(history(None)), "lost");
}

#[test]
fn a_number_is_removed_once_and_counted_once() {
    let removed = |second| {
        [
            ((7, Insert(1)), None, [0, 1]),
            ((7, Remove), Some(1), [2, 4]),
            ((7, Remove), second, [3, 5]),
        ]
    };
    assert!(is_right::<Entry>(removed(None)));
    assert!(!is_right::<Entry>(removed(Some(1))));
    let counted = |second| [((7, Count), None, [0, 2]), ((7, Count), second, [1, 3])];
    assert!(is_right::<Entry>(counted(Some(1))));
    assert!(!is_right::<Entry>(counted(None)), "a lost update");
}

#[test]
fn keys_are_independent_and_each_is_checked() {
    let other = ((8, Insert(1)), None, [0, 1]);
    assert!(is_right::<Entry>([other, ((7, Get), None, [2, 3])]));
    assert!(!is_right::<Entry>([other, ((7, Get), Some(1), [2, 3])]));
    assert!(!is_right::<Entry>([
        other,
        ((8, Get), None, [2, 3]),
        ((7, Get), None, [4, 5])
    ]));
}

/// Two readers may not see two writes in two orders.
#[test]
fn readers_agree_on_the_order_of_writes() {
    let written = [(Swap(Some(1)), None, [0, 10]), (Swap(Some(2)), Some(1), [1, 11])];
    let read = |at, seen| (Load, Some(seen), [at, at + 1]);
    assert!(is_right::<Place>(written.into_iter().chain([read(2, 1), read(4, 2)])));
    assert!(!is_right::<Place>(written.into_iter().chain([read(2, 2), read(4, 1)])));
}

#[test]
fn an_addition_is_not_lost() {
    let history = |second| {
        [
            (Swap(Some(1)), None, [0, 1]),
            (Add, Some(1), [2, 4]),
            (Add, second, [3, 5]),
        ]
    };
    assert!(is_right::<Place>(history(Some(2))));
    assert!(!is_right::<Place>(history(Some(1))));
}

/// Sixteen counts at the same time, which answer as if they had come one after the other; or one of them does not.
#[test]
fn what_was_tried_is_not_tried_again() {
    let history = |last: u64| {
        let seen = (0..15).chain([last]).map(|seen| (seen % 3 != 0).then_some(seen % 3));
        seen.enumerate()
            .map(|(at, seen)| ((7, Count), seen, [at as u64, 100 + at as u64]))
    };
    assert!(is_right::<Entry>(history(15)));
    assert!(!is_right::<Entry>(history(14)));
}

/// The longest there can be.
#[test]
fn a_long_history_is_followed_to_its_end() {
    let history = |last| {
        let pops = (0..32).map(move |at| {
            (
                Pop,
                Some(if at == 31 { last } else { at }),
                [100 + 2 * at, 101 + 2 * at],
            )
        });
        (0..32).map(|at| (Push(at), None, [2 * at, 2 * at + 1])).chain(pops)
    };
    assert!(is_right::<Queue>(history(31)));
    assert!(!is_right::<Queue>(history(30)));
}
