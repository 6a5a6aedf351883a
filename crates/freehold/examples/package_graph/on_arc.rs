//! Packages behind `Arc`: the same, with nothing that would free a cycle.

use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::{Alive, Census, Handle};

/// A handle to a package.
pub type Node = Arc<Package>;

/// A package and its edges.
pub struct Package {
    name: String,
    version: u32,
    depends: Mutex<Vec<Arc<Package>>>,
    required_by: Mutex<Vec<Arc<Package>>>,
    _alive: Alive,
}

impl Handle for Node {
    fn new(name: &str, version: u32) -> Self {
        Arc::new(Package {
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
        visit(&mut self.depends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_required_by<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R {
        visit(&mut self.required_by.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(self, other)
    }

    fn collect() {}

    fn census() -> &'static Census {
        static CENSUS: Census = Census::new();
        &CENSUS
    }
}
