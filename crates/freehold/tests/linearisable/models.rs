//! The objects as they ought to be.

use crate::history::Model;
use std::collections::VecDeque;

/// What is done to stacks and queues. Numbers are pushed once each.
#[derive(Clone, Copy, Debug)]
pub enum Ends {
    Push(u64),
    Pop,
}

/// A stack. A push answers with nothing.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Stack(Vec<u64>);

impl Model for Stack {
    type Call = Ends;
    type Answer = Option<u64>;

    fn apply(&mut self, call: &Ends) -> Option<u64> {
        match *call {
            Ends::Push(number) => {
                self.0.push(number);
                None
            }
            Ends::Pop => self.0.pop(),
        }
    }
}

/// A queue. A push answers with nothing.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Queue(VecDeque<u64>);

impl Model for Queue {
    type Call = Ends;
    type Answer = Option<u64>;

    fn apply(&mut self, call: &Ends) -> Option<u64> {
        match *call {
            Ends::Push(number) => {
                self.0.push_back(number);
                None
            }
            Ends::Pop => self.0.pop_front(),
        }
    }
}

/// What is done to maps, at a key. All answer with what was there before, unless it says otherwise.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    Get,
    Insert(u64),
    Remove,
    /// Adds 1 to what is there; removes 2, and inserts 1 where nothing is.
    Count,
    /// Inserts a number where nothing is. Answers with what is there then.
    Ensure(u64),
}

/// What [`Access::Count`] makes of what it finds.
pub fn counted(number: Option<u64>) -> Option<u64> {
    match number {
        None => Some(1),
        Some(2) => None,
        Some(number) => Some(number + 1),
    }
}

/// One key of a map, and what it is mapped to. The keys are independent.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Entry(Option<u64>);

impl Model for Entry {
    type Call = (u64, Access);
    type Answer = Option<u64>;

    fn apply(&mut self, (_, access): &(u64, Access)) -> Option<u64> {
        let old = self.0;
        self.0 = match *access {
            Access::Get => old,
            Access::Insert(number) => Some(number),
            Access::Remove => None,
            Access::Count => counted(old),
            Access::Ensure(number) => Some(old.unwrap_or(number)),
        };
        match access {
            Access::Ensure(_) => self.0,
            _ => old,
        }
    }

    fn object((key, _): &(u64, Access)) -> u64 {
        *key
    }
}

/// What is done to a place for a handle. All answer with what was there before.
#[derive(Clone, Copy, Debug)]
pub enum Exchange {
    Load,
    Swap(Option<u64>),
    /// Adds 1, if something is there.
    Add,
}

/// A place.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Place(Option<u64>);

impl Model for Place {
    type Call = Exchange;
    type Answer = Option<u64>;

    fn apply(&mut self, call: &Exchange) -> Option<u64> {
        let old = self.0;
        self.0 = match *call {
            Exchange::Load => old,
            Exchange::Swap(number) => number,
            Exchange::Add => old.map(|number| number + 1),
        };
        old
    }
}
