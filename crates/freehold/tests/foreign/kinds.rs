//! The kinds of locks, as one: those of std, those of parking_lot, and some in each other.

use freehold::{Trace, lockfree, sync};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A kind of lock.
pub trait Kind: Send + Sync + 'static {
    type Lock<T: Trace + Send + Sync + 'static>: Trace + Send + Sync;

    fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T>;

    /// Waits for the lock.
    fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R;

    /// Beside other readers, if the lock knows such.
    fn read<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&T) -> R) -> R {
        Self::with(lock, |value| work(value))
    }
}

macro_rules! kind {
    ($name:ident, $($lock:ident)::+, $write:ident, $read:ident $(, $unwrap:ident)?) => {
        pub struct $name;

        impl Kind for $name {
            type Lock<T: Trace + Send + Sync + 'static> = $($lock)::+<T>;

            fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T> {
                $($lock)::+::new(value)
            }

            fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R {
                work(&mut lock.$write()$(.$unwrap())?)
            }

            fn read<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&T) -> R) -> R {
                work(&lock.$read()$(.$unwrap())?)
            }
        }
    };
}

kind!(StdMutex, std::sync::Mutex, lock, lock, unwrap);
kind!(StdRwLock, std::sync::RwLock, write, read, unwrap);
#[cfg(feature = "parking_lot")]
kind!(ParkingLotMutex, parking_lot::Mutex, lock, lock);
#[cfg(feature = "parking_lot")]
kind!(ParkingLotRwLock, parking_lot::RwLock, write, read);

/// A foreign lock behind a pointer in a cell, made anew whenever its content changes.
pub struct InCell;

impl Kind for InCell {
    type Lock<T: Trace + Send + Sync + 'static> = sync::Mutex<Option<Box<std::sync::Mutex<T>>>>;

    fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T> {
        sync::Mutex::new(Some(Box::new(std::sync::Mutex::new(value))))
    }

    fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R {
        let mut guard = lock.lock();
        let mut value = guard.take().expect("put back each time").into_inner().unwrap();
        let result = work(&mut value);
        *guard = Some(Box::new(std::sync::Mutex::new(value)));
        result
    }

    fn read<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&T) -> R) -> R {
        let guard = lock.lock();
        let inner = guard.as_ref().expect("put back each time").lock().unwrap();
        work(&inner)
    }
}

/// A cell in a foreign lock. Every other time a reader of the outer changes the inner; otherwise the inner is made anew.
pub struct AroundCell;

impl Kind for AroundCell {
    type Lock<T: Trace + Send + Sync + 'static> = std::sync::RwLock<Option<Box<sync::Mutex<T>>>>;

    fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T> {
        std::sync::RwLock::new(Some(Box::new(sync::Mutex::new(value))))
    }

    fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R {
        static TURN: AtomicUsize = AtomicUsize::new(0);
        if TURN.fetch_add(1, Relaxed).is_multiple_of(2) {
            let guard = lock.read().unwrap();
            return work(&mut guard.as_ref().expect("put back each time").lock());
        }
        let mut guard = lock.write().unwrap();
        let mut value = guard.take().expect("put back each time").into_inner();
        let result = work(&mut value);
        *guard = Some(Box::new(sync::Mutex::new(value)));
        result
    }

    fn read<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&T) -> R) -> R {
        let guard = lock.read().unwrap();
        let inner = guard.as_ref().expect("put back each time").lock();
        work(&inner)
    }
}

/// A foreign lock in a foreign lock.
pub struct InForeign;

impl Kind for InForeign {
    type Lock<T: Trace + Send + Sync + 'static> = std::sync::RwLock<std::sync::Mutex<T>>;

    fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T> {
        std::sync::RwLock::new(std::sync::Mutex::new(value))
    }

    fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut lock.read().unwrap().lock().unwrap())
    }
}

/// A foreign lock that is taken out of a structure without lock, and a new one put in, whenever its content changes.
macro_rules! popped {
    ($name:ident, $structure:ident) => {
        pub struct $name;

        impl Kind for $name {
            type Lock<T: Trace + Send + Sync + 'static> = lockfree::$structure<std::sync::Mutex<T>>;

            fn new<T: Trace + Send + Sync + 'static>(value: T) -> Self::Lock<T> {
                lockfree::$structure::from_iter([std::sync::Mutex::new(value)])
            }

            fn with<T: Trace + Send + Sync + 'static, R>(lock: &Self::Lock<T>, work: impl FnOnce(&mut T) -> R) -> R {
                loop {
                    if let Some(popped) = lock.pop() {
                        let mut value = popped.into_inner().unwrap();
                        let result = work(&mut value);
                        lock.push(std::sync::Mutex::new(value));
                        return result;
                    }
                    std::thread::yield_now();
                }
            }
        }
    };
}

popped!(InStack, Stack);
popped!(InQueue, Queue);

/// Runs a generic test for every kind.
#[macro_export]
macro_rules! for_each_kind {
    ($test:ident) => {
        $test::<$crate::kinds::StdMutex>();
        $test::<$crate::kinds::StdRwLock>();
        $test::<$crate::kinds::InCell>();
        $test::<$crate::kinds::AroundCell>();
        $test::<$crate::kinds::InForeign>();
        $test::<$crate::kinds::InStack>();
        $test::<$crate::kinds::InQueue>();
        #[cfg(feature = "parking_lot")]
        {
            $test::<$crate::kinds::ParkingLotMutex>();
            $test::<$crate::kinds::ParkingLotRwLock>();
        }
    };
}
