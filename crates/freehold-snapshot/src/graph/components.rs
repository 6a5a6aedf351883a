//! Strongly connected components of a part of the graph.
//!
//! Tarjan's algorithm with an explicit stack, O(objects + references) of the part.
//! R. Tarjan, *Depth-first search and linear graph algorithms*, SIAM J. Comput. 1(2), 1972.

use crate::graph::NONE;
use crate::snapshot::Edges;

/// The components of the objects that satisfy a condition, edges to others left out.
#[derive(Debug)]
pub(crate) struct Components {
    /// The component of each object, [`NONE`] for objects outside the part.
    of: Vec<u32>,
    /// Where the members of each component end in `members`.
    ends: Vec<u32>,
    members: Vec<u32>,
}

impl Components {
    /// The components of the objects for which `within` holds.
    pub(crate) fn of(edges: &Edges, within: impl Fn(u32) -> bool) -> Components {
        let mut search = Search::new(edges, within);
        for object in 0..edges.starts.len() as u32 - 1 {
            search.visit(object);
        }
        search.found
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The component of an object, if it is in the part.
    pub(crate) fn component(&self, object: u32) -> Option<u32> {
        let component = self.of[object as usize];
        (component != NONE).then_some(component)
    }

    pub(crate) fn members(&self, component: u32) -> &[u32] {
        let component = component as usize;
        let start = match component {
            0 => 0,
            _ => self.ends[component - 1] as usize,
        };
        &self.members[start..self.ends[component] as usize]
    }
}

/// The state of one search.
struct Search<'a, F> {
    edges: &'a Edges,
    within: F,
    /// Visit number from 1, by object; 0 is not visited.
    number: Vec<u32>,
    /// The lowest visit number known to be reachable, by object.
    low: Vec<u32>,
    visited: u32,
    /// Visited objects that have no component yet.
    open: Vec<u32>,
    /// The search path: an object and its next edge.
    path: Vec<(u32, u32)>,
    found: Components,
}

impl<'a, F: Fn(u32) -> bool> Search<'a, F> {
    fn new(edges: &'a Edges, within: F) -> Self {
        let count = edges.starts.len() - 1;
        Search {
            edges,
            within,
            number: vec![0; count],
            low: vec![0; count],
            visited: 0,
            open: Vec::new(),
            path: Vec::new(),
            found: Components {
                of: vec![NONE; count],
                ends: Vec::new(),
                members: Vec::new(),
            },
        }
    }

    fn visit(&mut self, object: u32) {
        if self.number[object as usize] != 0 || !(self.within)(object) {
            return;
        }
        self.enter(object);
        while let Some((object, next)) = self.path.last_mut() {
            let object = *object;
            if *next < self.edges.starts[object as usize + 1] {
                let to = self.edges.targets[*next as usize];
                *next += 1;
                self.follow(object, to);
            } else {
                self.leave(object);
            }
        }
    }

    fn enter(&mut self, object: u32) {
        self.visited += 1;
        self.number[object as usize] = self.visited;
        self.low[object as usize] = self.visited;
        self.open.push(object);
        self.path.push((object, self.edges.starts[object as usize]));
    }

    fn follow(&mut self, from: u32, to: u32) {
        if self.number[to as usize] == 0 {
            if (self.within)(to) {
                self.enter(to);
            }
        } else if self.found.of[to as usize] == NONE {
            let low = &mut self.low[from as usize];
            *low = (*low).min(self.number[to as usize]);
        }
    }

    /// Closes an object whose edges are done; it may be the first of a component.
    fn leave(&mut self, object: u32) {
        self.path.pop();
        let low = self.low[object as usize];
        if let Some((parent, _)) = self.path.last() {
            let parent = &mut self.low[*parent as usize];
            *parent = (*parent).min(low);
        }
        if low == self.number[object as usize] {
            self.close_component(object);
        }
    }

    fn close_component(&mut self, first: u32) {
        let component = self.found.ends.len() as u32;
        while let Some(member) = self.open.pop() {
            self.found.of[member as usize] = component;
            self.found.members.push(member);
            if member == first {
                break;
            }
        }
        self.found.ends.push(self.found.members.len() as u32);
    }
}
