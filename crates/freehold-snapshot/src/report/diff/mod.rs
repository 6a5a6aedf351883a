//! What grew, as text and as JSON.

mod json;
mod text;
