//! References by attribute: `__dict__`, values kept without one, `__slots__`, modules and types.

use freehold_snapshot::Label;

use super::Reader;
use crate::keys;
use crate::layout::{Attributes, Layout, flag, module, tp};
use crate::object::{Obj, Type};
use crate::types::TypeFacts;

/// Words before the object, in bytes.
const BEFORE_3: isize = -24;
const BEFORE_4: isize = -32;

/// Where an instance keeps attribute values apart from a dictionary: the address of the first, if it does.
pub(crate) fn values(object: Obj<'_>, layout: &Layout) -> Option<usize> {
    let ty = object.ty();
    if !ty.has(flag::MANAGED_DICT) {
        return None;
    }
    // SAFETY: instances of types with this flag have the words before them, and from 3.13, with inline values,
    // the array of values after them.
    unsafe {
        match layout.attributes {
            Attributes::Dictionary => None,
            Attributes::Pair => Some(object.read(BEFORE_4)),
            Attributes::Tagged => {
                let word: usize = object.read(BEFORE_3);
                (word & 1 != 0).then_some(word.wrapping_add(1))
            }
            Attributes::Inline if ty.has(flag::INLINE_VALUES) => {
                let array = ty.basicsize() as isize;
                let valid = object.read::<u8>(array + 3) != 0;
                valid.then_some(object.address().wrapping_add_signed(array + 8))
            }
            Attributes::Inline => None,
        }
    }
    .filter(|&address| address != 0)
}

/// The `__dict__` of an instance, if it has been made.
pub(crate) fn dictionary<'gil>(object: Obj<'gil>, layout: &Layout) -> Option<Obj<'gil>> {
    let ty = object.ty();
    if ty.has(flag::MANAGED_DICT) && layout.attributes != Attributes::Dictionary {
        // SAFETY: as in `values`.
        let word: usize = unsafe { object.read(BEFORE_3) };
        let is_values = layout.attributes == Attributes::Tagged && word & 1 != 0;
        if is_values {
            return None;
        }
        // SAFETY: a word that is not tagged as values is a dictionary or null.
        return unsafe { object.field(BEFORE_3) };
    }
    let offset = match ty.dictoffset() {
        0 => return None,
        offset if offset > 0 => offset,
        // Counted from the end of an object of variable size.
        offset => {
            // SAFETY: only types with items have a negative offset.
            let items = unsafe { object.ob_size() }.unsigned_abs();
            let end = (ty.basicsize() + items * ty.itemsize()).next_multiple_of(8);
            end as isize + offset
        }
    };
    // SAFETY: `tp_dictoffset` says that the dictionary, or null, is there.
    unsafe { object.field(offset) }
}

impl<'gil> Reader<'_, 'gil> {
    /// Attributes of an instance.
    pub(super) fn attributes(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        let layout = &self.host.layout;
        self.hint(dictionary(object, layout), Label::Namespace);
        let Some(first) = values(object, layout) else { return };
        let offset = first.wrapping_sub(object.address()) as isize;
        for (position, name) in facts.value_names.iter().enumerate() {
            if let Some(name) = name {
                // SAFETY: there is a value, possibly null, for each name that the class shares.
                let value = unsafe { object.field(offset + position as isize * 8) };
                self.hint(value, Label::Attribute(*name));
            }
        }
    }

    /// Fields with names: `__slots__`, and those of types made in C.
    pub(super) fn members(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        for &(name, offset) in &facts.members {
            // SAFETY: the type declares a reference, possibly null, at this offset of its instances.
            let value = unsafe { object.field(offset) };
            self.hint(value, Label::Attribute(name));
        }
    }

    pub(super) fn module(&mut self, object: Obj<'gil>) {
        // SAFETY: a module has its dictionary there.
        self.hint(unsafe { object.field(module::DICT) }, Label::Namespace);
    }

    /// A type. Heap types visit most of what they hold; static ones are not under the collector at all.
    pub(super) fn type_object(&mut self, object: Obj<'gil>, facts: &TypeFacts) {
        // SAFETY: the kind of `object` says that it is a type.
        let ty = unsafe { Type::from_object(object) };
        if facts.is_tracked(object) {
            // SAFETY: every type has its dictionary there.
            self.hint(unsafe { object.field(tp::DICT) }, Label::Namespace);
            self.heap_type(ty);
        } else {
            self.static_type(ty);
        }
    }

    fn heap_type(&mut self, ty: Type<'gil>) {
        for offset in self.host.layout.heap_type_names {
            // SAFETY: a heap type has its name, slots and qualified name there.
            let name = unsafe { ty.object().field(offset) };
            self.extra(name, Label::Other);
        }
        // SAFETY: a heap type has there the dictionary of its subclasses, or null.
        let subclasses = unsafe { ty.object().field(tp::SUBCLASSES) };
        self.extra(subclasses, Label::Other);
        for key in keys::shared(self.gil, ty, &self.host.layout) {
            self.extra(key, Label::Other);
        }
        for (offset, name) in [(tp::BASES, "__bases__"), (tp::MRO, "__mro__"), (tp::BASE, "__base__")] {
            let name = self.builder.name(name);
            // SAFETY: every type has these references, possibly null.
            self.hint(unsafe { ty.object().field(offset) }, Label::Attribute(name));
        }
    }

    fn static_type(&mut self, ty: Type<'gil>) {
        let object = ty.object();
        // From 3.12 the dictionaries and subclasses of builtin types lie in the interpreter's state.
        let builtin = ty.has(flag::STATIC_BUILTIN) && self.host.api.PyType_GetDict.is_some();
        let (dictionary, subclasses) = match self.host.api.PyType_GetDict {
            Some(get) if builtin => {
                // SAFETY: `ty` is a type; the reference returned is released at once, the type keeps its own.
                let dictionary = unsafe {
                    let dictionary = get(object.as_ptr());
                    if !dictionary.is_null() {
                        (self.host.api.Py_DecRef)(dictionary);
                    }
                    Obj::new(self.gil, dictionary)
                };
                (dictionary, None)
            }
            // SAFETY: other types have both there, or null.
            _ => unsafe { (object.field(tp::DICT), object.field(tp::SUBCLASSES)) },
        };
        self.extra(dictionary, Label::Namespace);
        self.extra(subclasses, Label::Other);
        for (offset, name) in [(tp::BASES, "__bases__"), (tp::MRO, "__mro__")] {
            let name = self.builder.name(name);
            // SAFETY: every type has these references, possibly null.
            self.extra(unsafe { object.field(offset) }, Label::Attribute(name));
        }
    }
}
