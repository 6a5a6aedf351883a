//! What a node holds behind its lock: a vector of handles, or three places for one handle each.
//!
//! A peer defines its node once, over [`Edges`]; a benchmark chooses the shape. [`Shape::view`] gives a peer's tracing the
//! vector or the array itself, so that each peer traces these by its own implementation for them; the choice is known
//! at compile time and leaves no branch.

/// How the handles of a node are kept.
pub trait Shape: Send + Sync + 'static {
    /// The container.
    type Of<H>: Default;

    /// The container by its own type.
    fn view<H>(edges: &Self::Of<H>) -> View<'_, H>;

    /// Adds a handle. Of few, to a place that is free; the benchmarks never need a fourth.
    fn add<H>(edges: &mut Self::Of<H>, handle: H);
}

/// A container of either shape.
pub enum View<'a, H> {
    /// The vector of [`Many`].
    Many(&'a Vec<H>),
    /// The array of [`Few`].
    Few(&'a [Option<H>; 3]),
}

/// Any number of handles in a vector.
pub struct Many;

/// Up to three handles within the node: two children and a parent, or a neighbour on either side.
pub struct Few;

impl Shape for Many {
    type Of<H> = Vec<H>;

    #[inline]
    fn view<H>(edges: &Vec<H>) -> View<'_, H> {
        View::Many(edges)
    }

    #[inline]
    fn add<H>(edges: &mut Vec<H>, handle: H) {
        edges.push(handle);
    }
}

impl Shape for Few {
    type Of<H> = [Option<H>; 3];

    #[inline]
    fn view<H>(edges: &[Option<H>; 3]) -> View<'_, H> {
        View::Few(edges)
    }

    #[inline]
    fn add<H>(edges: &mut [Option<H>; 3], handle: H) {
        let place = edges.iter_mut().find(|place| place.is_none());
        *place.expect("a node of few edges has three at most") = Some(handle);
    }
}

/// The handles of one node. Peers implement their tracing for it.
pub struct Edges<S: Shape, H>(pub S::Of<H>);

// SAFETY: a shape's container owns its handles and nothing else: it is a vector or an array, as `view` shows.
unsafe impl<S: Shape, H: Send> Send for Edges<S, H> {}

// SAFETY: as above; and a shared container gives out nothing but shared handles.
unsafe impl<S: Shape, H: Sync> Sync for Edges<S, H> {}

impl<S: Shape, H> Edges<S, H> {
    /// The vector or the array.
    #[inline]
    pub fn view(&self) -> View<'_, H> {
        S::view(&self.0)
    }
}
