//! A permit is given back to a semaphore that is there.
use freehold::sync::Semaphore;

fn main() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.acquire();
    drop(semaphore);
    drop(permit);
}
