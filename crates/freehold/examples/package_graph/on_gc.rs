//! Packages in freehold's heap.

use freehold::sync::Mutex;
use freehold::{Gc, Trace, gc};

use crate::graph::{Alive, Census, Handle};

/// A handle to a package.
pub type Node = Gc<Package>;

/// A package and its edges.
#[derive(Trace)]
pub struct Package {
    name: String,
    version: u32,
    depends: Mutex<Vec<Gc<Package>>>,
    required_by: Mutex<Vec<Gc<Package>>>,
    #[trace(skip)]
    _alive: Alive,
}

impl Handle for Node {
    fn new(name: &str, version: u32) -> Self {
        Gc::new(Package {
            name: name.to_owned(),
            version,
            depends: Mutex::new(Vec::new()),
            required_by: Mutex::new(Vec::new()),
            _alive: Self::census().count(),
        })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn with_depends<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.depends.lock())
    }

    fn with_required_by<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.required_by.lock())
    }

    fn is(&self, other: &Self) -> bool {
        Gc::ptr_eq(self, other)
    }

    fn collect() {
        gc::collect();
    }

    fn census() -> &'static Census {
        static CENSUS: Census = Census::new();
        &CENSUS
    }
}
