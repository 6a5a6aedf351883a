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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edges(count: u32, pairs: &[(u32, u32)]) -> Edges {
        let mut edges = Edges::default();
        for object in 0..count {
            edges.starts.push(edges.targets.len() as u32);
            let row = pairs.iter().filter(|(from, _)| *from == object);
            edges.targets.extend(row.map(|(_, to)| *to));
        }
        edges.starts.push(edges.targets.len() as u32);
        edges
    }

    /// Who reaches whom within the part, by repeated relaxation.
    fn closure(count: u32, pairs: &[(u32, u32)], within: &[bool]) -> Vec<Vec<bool>> {
        let count = count as usize;
        let mut reaches = vec![vec![false; count]; count];
        (0..count).for_each(|object| reaches[object][object] = true);
        for _ in 0..count {
            for (from, to) in pairs {
                let (from, to) = (*from as usize, *to as usize);
                for row in &mut reaches {
                    row[to] |= row[from] && within[from] && within[to];
                }
            }
        }
        reaches
    }

    proptest! {
        #[test]
        fn a_component_is_what_reaches_each_other(
            pairs in prop::collection::vec((0_u32..12, 0_u32..12), 0..30),
            within in prop::collection::vec(any::<bool>(), 12),
        ) {
            let components = Components::of(&edges(12, &pairs), |it| within[it as usize]);
            let reaches = closure(12, &pairs, &within);
            for a in 0..12 {
                prop_assert_eq!(components.component(a as u32).is_some(), within[a]);
                for b in (0..12).filter(|b| within[a] && within[*b]) {
                    let same = components.component(a as u32) == components.component(b as u32);
                    prop_assert_eq!(same, reaches[a][b] && reaches[b][a]);
                }
            }
            let members: usize = (0..components.len() as u32).map(|it| components.members(it).len()).sum();
            prop_assert_eq!(members, within.iter().filter(|it| **it).count());
        }
    }
}
