//! References of dictionaries, lists, tuples, sets and deques: keys, values, indices.

use freehold_snapshot::Label;

use super::Reader;
use crate::keys::{self, Values};
use crate::layout::{flag, list, tuple};
use crate::object::Obj;
use crate::text;
use crate::types::Kind;

/// A larger dictionary's items are not named one by one: names would take more room than they tell.
const NAMED_ITEMS: usize = 1024;

impl<'gil> Reader<'_, 'gil> {
    /// An exact `dict`.
    pub(super) fn dict(&mut self, object: Obj<'gil>) {
        let values = keys::values(object, &self.host.layout);
        if values == Values::Instance {
            return; // The instance holds the values, the class the keys.
        }
        let named = keys::length(object) <= NAMED_ITEMS;
        for (key, value) in keys::entries(object, &self.host.layout) {
            let label = self.item(key, named);
            self.extra(Some(value), label);
            if values == Values::Combined {
                self.extra(Some(key), Label::Key);
            }
        }
    }

    /// What a derived class adds is visited; values are visited, string keys are not.
    pub(super) fn dict_subclass(&mut self, object: Obj<'gil>) {
        let named = keys::length(object) <= NAMED_ITEMS;
        for (key, value) in keys::entries(object, &self.host.layout) {
            let label = self.item(key, named);
            self.hint(Some(value), label);
            if matches!(label, Label::Value) && !self.is_str(key) {
                self.hint(Some(key), Label::Key);
            } else {
                self.extra(Some(key), Label::Key);
            }
        }
    }

    fn item(&mut self, key: Obj<'gil>, named: bool) -> Label {
        match named.then(|| text::name(key, &self.host.layout)).flatten() {
            Some(name) => Label::Item(self.builder.name(&name)),
            None => Label::Value,
        }
    }

    fn is_str(&self, object: Obj<'gil>) -> bool {
        object.ty().has(flag::UNICODE)
    }

    /// An exact list or tuple.
    pub(super) fn sequence(&mut self, object: Obj<'gil>, kind: Kind) {
        let names = self
            .scratch
            .closures
            .get(&object.address())
            .cloned()
            .unwrap_or_default();
        for (index, item) in items(object, kind).enumerate() {
            let label = names
                .get(index)
                .map_or(Label::Index(index as u32), |&name| Label::Cell(name));
            self.extra(item, label);
        }
    }

    pub(super) fn sequence_subclass(&mut self, object: Obj<'gil>, kind: Kind) {
        for (index, item) in items(object, kind).enumerate() {
            self.hint(item, Label::Index(index as u32));
        }
    }

    /// Everything that a set visits, but for the type and attributes of a derived class, is an element.
    pub(super) fn set(&mut self, object: Obj<'gil>) {
        let own = object.ty().address();
        for index in 0..self.scratch.visited.len() {
            let address = self.scratch.visited[index];
            if address != own {
                self.scratch.hints.push((address, Label::Element));
            }
        }
    }

    /// A deque visits its items from left to right, before or after its type.
    pub(super) fn deque(&mut self, object: Obj<'gil>) {
        let own = object.ty().address();
        // SAFETY: a deque's size is its length.
        let length = unsafe { object.ob_size() }.unsigned_abs();
        let mut index = 0;
        for position in 0..self.scratch.visited.len() {
            let address = self.scratch.visited[position];
            if address != own && index < length {
                self.scratch.hints.push((address, Label::Index(index as u32)));
                index += 1;
            }
        }
    }

    /// An `lru_cache` chains the links that its table maps arguments to; it owns them and visits what they hold, not
    /// the links.
    pub(super) fn cache_links(&mut self) {
        for index in 0..self.scratch.visited.len() {
            // SAFETY: what `tp_traverse` visited is held by a live object.
            let table = unsafe { Obj::at(self.gil, self.scratch.visited[index]) };
            if !table.ty().has(flag::DICT) {
                continue;
            }
            for (_, link) in keys::entries(table, &self.host.layout) {
                if link.ty().name() == c"functools._lru_list_elem" {
                    self.extra(Some(link), Label::Other);
                }
            }
        }
    }
}

/// The items of a list or tuple, or of an instance of a class derived from one.
fn items<'gil>(object: Obj<'gil>, kind: Kind) -> impl Iterator<Item = Option<Obj<'gil>>> {
    // SAFETY: a list points to its items, a tuple contains them; `ob_size` says how many there are.
    let (first, length) = unsafe {
        let first = match kind {
            Kind::List => object.read::<usize>(list::ITEMS),
            _ => object.address().wrapping_add_signed(tuple::ITEMS),
        };
        (first, object.ob_size().unsigned_abs())
    };
    let offset = first.wrapping_sub(object.address()) as isize;
    // SAFETY: the items are `length` references in a row, some null while a tuple is being built.
    (0..length).map(move |index| unsafe { object.field(offset + index as isize * 8) })
}
