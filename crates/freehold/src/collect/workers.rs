//! Sharing work out to threads.
//!
//! A heap of [`SHARED`] chunks or more is looked at by several threads: the one that collects, and others that live for as long
//! as the look does. Each takes the next piece of work when it is done with one, so none waits long for the others.

#[cfg(not(loom))]
use super::control::Inside;
use crate::primitive::Mutex;
#[cfg(not(loom))]
use std::panic::resume_unwind;

/// From this many pieces of work on, the time that a thread takes to start is worth it.
#[cfg(not(loom))]
const SHARED: usize = 4;
/// More threads than this find the memory busy.
#[cfg(not(loom))]
const MOST: usize = 4;

/// Does every piece of work: `start` makes a worker, `work` has it do a piece. Returns the workers.
pub(crate) fn share<W: Send, T: Send>(
    pieces: impl ExactSizeIterator<Item = T> + Send,
    start: impl Fn() -> W,
    work: impl Fn(&mut W, T) + Sync,
) -> Vec<W> {
    let others = threads(pieces.len()) - 1;
    let pieces = Mutex::new(pieces);
    let run = |mut worker: W| {
        loop {
            let piece = pieces.lock().next();
            match piece {
                Some(piece) => work(&mut worker, piece),
                None => return worker,
            }
        }
    };
    let others: Vec<W> = (0..others).map(|_| start()).collect();
    together(others, start(), &run)
}

/// Runs each worker, the last on this thread.
#[cfg(not(loom))]
fn together<W: Send>(others: Vec<W>, here: W, run: &(impl Fn(W) -> W + Sync)) -> Vec<W> {
    std::thread::scope(|scope| {
        let mut done = Vec::new();
        let mut threads = Vec::new();
        for worker in others {
            // A thread that cannot be had is not missed: there is always this one.
            let thread = std::thread::Builder::new().name("freehold-gc".into());
            threads.extend(thread.spawn_scoped(scope, || {
                let _inside = Inside::enter();
                run(worker)
            }));
        }
        done.push(run(here));
        for thread in threads {
            done.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

#[cfg(loom)]
fn together<W>(_: Vec<W>, here: W, run: &impl Fn(W) -> W) -> Vec<W> {
    vec![run(here)]
}

/// How many threads to share this many pieces among.
#[cfg(not(loom))]
fn threads(pieces: usize) -> usize {
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    if pieces < SHARED {
        return 1;
    }
    let cores = *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from));
    cores.min(MOST)
}

#[cfg(loom)]
fn threads(_: usize) -> usize {
    1
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        for pieces in [0, 1, 3, 4, 100] {
            let workers = share(0..pieces, Vec::new, |done, piece| done.push(piece));
            let mut done = workers.concat();
            done.sort_unstable();
            assert_eq!(done, (0..pieces).collect::<Vec<_>>());
        }
    }
}
