//! What a stack and a queue must do alike.

/// The tests, of one of them.
macro_rules! tests_of_both {
    ($Collection:ident) => {
        use crate::counted::Drops;
        use freehold::{Gc, Trace, gc};
        use std::panic::{self, AssertUnwindSafe};

        #[test]
        fn what_is_left_is_dropped_with_it() {
            let drops = Drops::default();
            let collection: $Collection<_> = (0..100).map(|_| drops.value()).collect();
            drop(collection.pop());
            assert_eq!(drops.count(), 1);
            let mut rest = collection.into_iter();
            drop(rest.next());
            assert_eq!(drops.count(), 2);
            drop(rest);
            assert_eq!(drops.count(), 100);
        }

        #[test]
        fn a_panic_in_a_drop_keeps_none_of_the_rest() {
            struct Panics<T>(Option<T>);
            impl<T> Drop for Panics<T> {
                fn drop(&mut self) {
                    assert!(self.0.is_some(), "on purpose");
                }
            }
            let drops = Drops::default();
            let collection = $Collection::new();
            collection.push(Panics(Some(drops.value())));
            collection.push(Panics(None));
            collection.push(Panics(Some(drops.value())));
            assert!(panic::catch_unwind(AssertUnwindSafe(|| drop(collection))).is_err());
            assert_eq!(drops.count(), 2);
        }

        #[test]
        fn each_value_comes_out_once() {
            const EACH: usize = 20_000;
            let collection = $Collection::new();
            let sum: usize = thread::scope(|scope| {
                let workers: Vec<_> = (0..4)
                    .map(|worker| {
                        let collection = &collection;
                        scope.spawn(move || {
                            let work = |number| {
                                collection.push(worker * EACH + number);
                                collection
                                    .pop()
                                    .expect("as many were pushed as popped, and one more")
                            };
                            (0..EACH).map(work).sum::<usize>()
                        })
                    })
                    .collect();
                workers.into_iter().map(|worker| worker.join().unwrap()).sum()
            });
            assert!(collection.is_empty());
            assert_eq!(sum, (0..4 * EACH).sum::<usize>());
        }

        #[derive(Trace)]
        struct Node {
            collection: $Collection<Gc<Node>>,
        }

        #[test]
        fn a_cycle_through_it_is_collected() {
            let node = Gc::new(Node {
                collection: $Collection::new(),
            });
            node.collection.push(node.clone());
            node.collection.push(node.clone());
            let weak = Gc::downgrade(&node);
            gc::collect();
            assert!(weak.upgrade().is_some(), "held");
            drop(node);
            gc::collect();
            assert!(weak.upgrade().is_none());
        }

        #[test]
        fn it_shows_what_it_holds() {
            let [first, second] = [0, 1].map(|_| {
                Gc::new(Node {
                    collection: $Collection::new(),
                })
            });
            first.collection.push(second.clone());
            assert_eq!(gc::referents(&first).len(), 1);
            assert_eq!(
                first.collection.pop().map(|handle| Gc::ptr_eq(&handle, &second)),
                Some(true)
            );
            assert!(gc::referents(&first).is_empty());
        }
    };
}
