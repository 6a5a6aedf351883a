//! A thread that does what it is told, and waits in between: so tests with several threads are the same at each run.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

type Job = Box<dyn FnOnce() + Send>;

/// The thread. It ends, and has left its heap, when this is dropped.
pub(super) struct Worker {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread.
    pub(super) fn start() -> Worker {
        let (jobs, told): (_, Receiver<Job>) = channel();
        let thread = thread::spawn(move || told.into_iter().for_each(|job| job()));
        Worker {
            jobs: Some(jobs),
            thread: Some(thread),
        }
    }

    /// Has `work` done, and waits for what it returns.
    pub(super) fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        let (done, result) = channel();
        let job: Job = Box::new(move || done.send(work()).expect("somebody waits"));
        self.jobs
            .as_ref()
            .expect("not dropped")
            .send(job)
            .expect("the thread lives");
        result.recv().expect("the work is done")
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "a worker panicked");
        }
    }
}
