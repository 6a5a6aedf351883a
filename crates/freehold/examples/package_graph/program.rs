//! The program itself: load, change, forget, count — once for every kind of handle.
//!
//! All threads share one index from name to package. No thread ever holds two locks, so none waits for another in a
//! circle; an edge that a concurrent upgrade left behind is only a handle to an older version.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::graph::{Handle, link};
use crate::packages::Packages;

/// How many packages there were at each stage.
pub struct Outcome {
    pub created: usize,
    pub alive_after_work: usize,
    pub alive_after_forgetting: usize,
    alive_at_the_end: usize,
}

impl Outcome {
    /// Packages that were still there after everything was forgotten and collected.
    pub fn never_dropped(&self) -> usize {
        self.alive_at_the_end
    }
}

/// Carries the program out on one kind of handle.
pub fn run<H: Handle>(packages: &Packages, threads: usize, transactions: usize) -> Outcome {
    let system = System::<H>::load(packages, threads);
    thread::scope(|scope| {
        for thread in 0..threads {
            let (system, seed) = (&system, thread as u64 + 1);
            scope.spawn(move || system.work(packages, transactions, seed));
        }
    });
    let census = H::census();
    let alive_after_work = census.alive();
    drop(system);
    let alive_after_forgetting = census.alive();
    H::collect();
    Outcome {
        created: census.created(),
        alive_after_work,
        alive_after_forgetting,
        alive_at_the_end: census.alive(),
    }
}

/// The installed packages by name.
struct System<H>(Mutex<HashMap<String, H>>);

impl<H: Handle> System<H> {
    /// Creates the packages and links them, a share in each thread.
    fn load(packages: &Packages, threads: usize) -> Self {
        let system = Self(Mutex::default());
        let share = packages.all.len().div_ceil(threads);
        thread::scope(|scope| {
            for part in packages.all.chunks(share) {
                let system = &system;
                scope.spawn(move || {
                    part.iter()
                        .for_each(|package| drop(system.install(H::new(&package.name, 1))))
                });
            }
        });
        thread::scope(|scope| {
            for part in packages.all.chunks(share) {
                let system = &system;
                scope.spawn(move || {
                    for package in part {
                        let dependent = system.find(&package.name);
                        for &needed in &package.depends {
                            link(&dependent, &system.find(&packages.all[needed].name));
                        }
                    }
                });
            }
        });
        system
    }

    /// Plans and upgrades packages drawn at random.
    fn work(&self, packages: &Packages, transactions: usize, seed: u64) {
        let mut state = seed;
        for _ in 0..transactions {
            // Knuth's linear congruential generator: the high bits are random enough to draw a package.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % packages.all.len();
            let package = self.find(&packages.all[at].name);
            let plan = copy_needed(&package);
            self.upgrade(&package);
            drop(plan); // A graph full of cycles, which nobody holds any more.
        }
    }

    /// Puts a new version in the place of a package, at both ends of each of its edges.
    fn upgrade(&self, old: &H) {
        let new = H::new(old.name(), old.version() + 1);
        for needed in old.with_depends(|depends| depends.clone()) {
            needed.with_required_by(|required_by| required_by.retain(|package| !package.is(old)));
            link(&new, &needed);
        }
        for dependent in old.with_required_by(std::mem::take) {
            let replaced = dependent.with_depends(|depends| {
                let place = depends.iter_mut().find(|package| package.is(old));
                place.map(|place| std::mem::replace(place, new.clone()))
            });
            if replaced.is_some() {
                new.with_required_by(|required_by| required_by.push(dependent));
            }
        }
        drop(self.install(new));
    }

    fn install(&self, package: H) -> Option<H> {
        let mut index = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        index.insert(package.name().to_owned(), package)
    }

    fn find(&self, name: &str) -> H {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[name].clone()
    }
}

/// A private copy of a package and of all that it needs, linked like the original.
fn copy_needed<H: Handle>(package: &H) -> HashMap<String, H> {
    let mut copies: HashMap<String, H> = HashMap::new();
    let mut pending = vec![package.clone()];
    while let Some(original) = pending.pop() {
        let copy = copy_of(&mut copies, &original).0;
        for needed in original.with_depends(|depends| depends.clone()) {
            let (needed_copy, is_new) = copy_of(&mut copies, &needed);
            link(&copy, &needed_copy);
            if is_new {
                pending.push(needed);
            }
        }
    }
    copies
}

/// The copy of a package, and whether it was made just now.
fn copy_of<H: Handle>(copies: &mut HashMap<String, H>, original: &H) -> (H, bool) {
    if let Some(copy) = copies.get(original.name()) {
        return (copy.clone(), false);
    }
    let copy = H::new(original.name(), original.version());
    copies.insert(original.name().to_owned(), copy.clone());
    (copy, true)
}
