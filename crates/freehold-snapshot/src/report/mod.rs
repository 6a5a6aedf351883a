//! An analysis as text for people ([`Text`]) and as JSON for programs ([`Json`]).

mod diff;
pub(crate) mod json;
pub(crate) mod quantity;
mod style;
mod table;
mod text;
mod why;
mod wrap;

pub use json::Json;
pub use text::Text;
