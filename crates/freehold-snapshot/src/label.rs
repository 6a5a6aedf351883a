//! How one object holds another: the edge's label, and its packed form.
//!
//! A label is a kind and at most one `u32` (a name or an index). Tables keep the two apart, five bytes an
//! edge; the kind's code is part of the file format (`docs/snapshot-format.md`): never renumber one.

use crate::NameId;

/// How `from` holds `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// `from.name`.
    Attribute(NameId),
    /// `to` is the attribute table of `from` (the `__dict__` of a module, class or instance). A path skips
    /// it and shows the items under it as attributes.
    Namespace,
    /// `from['name']`: a string key; `to` is the value.
    Item(NameId),
    /// `to` is a key of the mapping `from`.
    Key,
    /// `to` is a value of the mapping `from`, under a key that is not a string.
    Value,
    /// `from[index]`.
    Index(u32),
    /// `to` is an unordered element of `from`, as in a set.
    Element,
    /// `to` is a local variable of the frame `from`.
    Local(NameId),
    /// `to` is a variable that the closure `from` captured.
    Cell(NameId),
    /// `to` is the type of `from`.
    Type,
    /// Held in a way that has no name.
    Other,
}

/// What a packed label's `u32` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    Name,
    Index,
}

impl Label {
    /// The code of [`Label::Index`], whose payload is an index.
    const INDEX: u8 = 5;

    /// The label as (code, payload); the payload is 0 where the kind has none.
    pub(crate) fn pack(self) -> (u8, u32) {
        match self {
            Label::Attribute(name) => (0, name.0),
            Label::Namespace => (1, 0),
            Label::Item(name) => (2, name.0),
            Label::Key => (3, 0),
            Label::Value => (4, 0),
            Label::Index(index) => (Self::INDEX, index),
            Label::Element => (6, 0),
            Label::Local(name) => (7, name.0),
            Label::Cell(name) => (8, name.0),
            Label::Type => (9, 0),
            Label::Other => (10, 0),
        }
    }

    /// The label packed as (`code`, `payload`), or `None` if no label has that code.
    pub(crate) fn unpack(code: u8, payload: u32) -> Option<Label> {
        Some(match code {
            0 => Label::Attribute(NameId(payload)),
            1 => Label::Namespace,
            2 => Label::Item(NameId(payload)),
            3 => Label::Key,
            4 => Label::Value,
            Self::INDEX => Label::Index(payload),
            6 => Label::Element,
            7 => Label::Local(NameId(payload)),
            8 => Label::Cell(NameId(payload)),
            9 => Label::Type,
            10 => Label::Other,
            _ => return None,
        })
    }

    /// What the payload of `code` is, or `None` if no label has that code.
    pub(crate) fn payload(code: u8) -> Option<Payload> {
        Some(match code {
            0 | 2 | 7 | 8 => Payload::Name,
            Self::INDEX => Payload::Index,
            1 | 3 | 4 | 6 | 9 | 10 => Payload::None,
            _ => return None,
        })
    }

    /// The kind as JSON reports and the format's documentation spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::Attribute(_) => "attribute",
            Label::Namespace => "namespace",
            Label::Item(_) => "item",
            Label::Key => "key",
            Label::Value => "value",
            Label::Index(_) => "index",
            Label::Element => "element",
            Label::Local(_) => "local",
            Label::Cell(_) => "cell",
            Label::Type => "type",
            Label::Other => "other",
        }
    }

    /// Whether the label marks an entry of a container: what the container's length counts.
    pub(crate) fn is_entry(self) -> bool {
        matches!(self, Label::Item(_) | Label::Value | Label::Index(_) | Label::Element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_round_trips_and_agrees_with_its_payload() {
        for code in 0..=10 {
            let payload = match Label::payload(code).unwrap() {
                Payload::None => 0,
                Payload::Name | Payload::Index => 7,
            };
            let label = Label::unpack(code, payload).unwrap();
            assert_eq!(label.pack(), (code, payload));
        }
        assert_eq!(Label::unpack(11, 0), None);
        assert_eq!(Label::payload(11), None);
    }
}
