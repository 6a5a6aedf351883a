//! The pool against a naive oracle, operation by operation: blocks do not overlap, are aligned, keep their contents; what is
//! zeroed is zero; header words stay; everything comes back. After each operation every structure is looked at.

use super::alone;
use super::census;
use super::oracle::{Block, Oracle, Request};
use super::worker::Worker;
use crate::os::fault;
use crate::page::Kind;
use crate::pool::Pool;
use crate::size_class::LARGEST;
use crate::stats::{in_use, stats};
use crate::{orphans, trim};
use proptest::prelude::*;
use proptest::sample::Index;

const THREADS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Take(Request),
    /// As many of one request as fill pages.
    TakeMany(Request, usize),
    Resize(Index, usize),
    Give(Index),
    /// All but every so many of the live blocks.
    GiveMany(usize),
    BeginWalk,
    EndWalk,
    /// The thread ends; the next step of that number has a new one.
    EndThread,
    Trim,
    Reserve(usize),
    Wait(u64),
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0usize..300,
        3 => 256usize..5000,
        2 => 4096usize..LARGEST + 2,
        1 => LARGEST..300_000,
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let aligns = || prop_oneof![6 => 0u32..5, 3 => 5u32..13, 1 => 13u32..18].prop_map(|shift| 1usize << shift);
    let kinds = || prop_oneof![Just(Kind::Traced), Just(Kind::Leaf)];
    prop_oneof![
        4 => (sizes(), aligns(), any::<bool>()).prop_map(|(size, align, zeroed)| Request::Raw { size, align, zeroed }),
        4 => (16usize..LARGEST, kinds()).prop_map(|(size, kind)| Request::Object { size, kind }),
        1 => (1usize..200_000, 0u32..16, kinds())
            .prop_map(|(size, shift, kind)| Request::Large { size, align: 1 << shift, kind }),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => requests().prop_map(Step::Take),
        2 => (requests(), 2usize..300).prop_map(|(request, count)| Step::TakeMany(request, count)),
        5 => (any::<Index>(), sizes()).prop_map(|(index, size)| Step::Resize(index, size)),
        12 => any::<Index>().prop_map(Step::Give),
        2 => (2usize..9).prop_map(Step::GiveMany),
        1 => Just(Step::BeginWalk),
        1 => Just(Step::EndWalk),
        1 => Just(Step::EndThread),
        1 => Just(Step::Trim),
        1 => (0usize..40).prop_map(Step::Reserve),
        1 => (0u64..500).prop_map(Step::Wait),
    ]
}

struct Model {
    threads: [Option<Worker>; THREADS],
    oracle: Oracle,
}

impl Model {
    fn new() -> Model {
        Model {
            threads: [const { None }; THREADS],
            oracle: Oracle::default(),
        }
    }

    fn worker(&mut self, number: usize) -> &Worker {
        self.threads[number].get_or_insert_with(Worker::start)
    }

    fn step(&mut self, thread: usize, step: Step) {
        match step {
            Step::Take(request) => self.take(thread, request, 1),
            Step::TakeMany(request, count) => {
                self.take(thread, request, count.min(1 + 400_000 / request.size().max(1)))
            }
            Step::Resize(index, size) => {
                if let Some(block) = self.oracle.remove_raw(index) {
                    let block = self.worker(thread).run(move || block.resize(size));
                    self.oracle.insert(block);
                }
            }
            Step::Give(index) => {
                if let Some(block) = self.oracle.remove(index) {
                    self.give(thread, vec![block]);
                }
            }
            Step::GiveMany(every) => {
                let blocks = self.oracle.remove_but(every);
                self.give(thread, blocks);
            }
            Step::BeginWalk => self.oracle.begin_walk(),
            Step::EndWalk => self.oracle.end_walk(),
            Step::EndThread => self.threads[thread] = None,
            Step::Trim => drop(self.worker(thread).run(trim)),
            Step::Reserve(pages) => Pool.reserve(pages << 16).expect("memory"),
            Step::Wait(milliseconds) => fault::pass(milliseconds),
        }
    }

    fn take(&mut self, thread: usize, request: Request, count: usize) {
        let seed = self.oracle.seed();
        let blocks = self.worker(thread).run(move || {
            let blocks = (0..count).map(|index| Block::take(request, seed.wrapping_add(index as u8)));
            blocks.map(|block| block.expect("memory")).collect::<Vec<_>>()
        });
        blocks.into_iter().for_each(|block| self.oracle.insert(block));
    }

    fn give(&mut self, thread: usize, blocks: Vec<Block>) {
        self.worker(thread)
            .run(move || blocks.into_iter().for_each(Block::give));
    }

    /// Everything comes back.
    fn end(mut self) {
        self.oracle.end_walk();
        let blocks = self.oracle.remove_but(usize::MAX);
        self.give(0, blocks);
        self.threads = [const { None }; THREADS];
        Pool.reserve(0).expect("nothing is to be had");
        trim();
        census::check();
        let stats = stats();
        assert!(stats.classes.iter().all(|class| class.live == 0), "{stats:?}");
        assert_eq!((stats.large, stats.kept, stats.waiting), (0, 0, 0));
        assert_eq!(stats.committed, orphans::hold().pages() << 16);
        assert_eq!([Kind::Traced, Kind::Leaf, Kind::Raw].map(in_use), [0; 3]);
    }
}

#[test]
fn the_pool_does_what_the_oracle_says() {
    alone(|| {
        let cases = prop::collection::vec((0..THREADS, steps()), 1..150);
        let config = ProptestConfig {
            // After a failure the pool is not what it was, so smaller cases show nothing.
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::with_cases(150)
        };
        proptest!(config, |(steps in cases)| {
            let mut model = Model::new();
            for (thread, step) in steps {
                model.step(thread, step);
                model.oracle.check();
                census::check();
            }
            model.end();
        });
    });
}
