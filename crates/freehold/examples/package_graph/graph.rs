//! What the program needs of a handle to a package, so that it is written once for `Gc` and for `Arc`.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A handle to a package.
pub trait Handle: Clone + Send + Sync {
    /// A package without edges.
    fn new(name: &str, version: u32) -> Self;

    /// Its name.
    fn name(&self) -> &str;

    /// How often it was upgraded.
    fn version(&self) -> u32;

    /// Enters the lock on the packages that this one needs.
    fn with_depends<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R;

    /// Enters the lock on the packages that need this one.
    fn with_required_by<R>(&self, visit: impl FnOnce(&mut Vec<Self>) -> R) -> R;

    /// Whether both are handles to the same package.
    fn is(&self, other: &Self) -> bool;

    /// Frees what is garbage, if this kind of handle can.
    fn collect();

    /// How many packages of this kind were created and dropped.
    fn census() -> &'static Census;
}

/// Lets one package need another: each learns of the other, which closes a cycle.
pub fn link<H: Handle>(package: &H, needed: &H) {
    package.with_depends(|depends| depends.push(needed.clone()));
    needed.with_required_by(|required_by| required_by.push(package.clone()));
}

/// Created and dropped packages.
#[derive(Default)]
pub struct Census {
    created: AtomicUsize,
    dropped: AtomicUsize,
}

impl Census {
    /// A census in which nothing was counted yet.
    pub const fn new() -> Self {
        Self {
            created: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }
    }

    /// Counts one more package; it is dropped with the [`Alive`] that this returns.
    pub fn count(&'static self) -> Alive {
        self.created.fetch_add(1, Ordering::Relaxed);
        Alive(self)
    }

    /// Packages created so far.
    pub fn created(&self) -> usize {
        self.created.load(Ordering::Relaxed)
    }

    /// Packages not dropped yet. While threads create and drop, the two counts are of two moments.
    pub fn alive(&self) -> usize {
        self.created().saturating_sub(self.dropped.load(Ordering::Relaxed))
    }
}

/// A part of a package, which counts when the package is dropped.
pub struct Alive(&'static Census);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}
