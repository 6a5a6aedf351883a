//! Why objects are alive, as text and as JSON.

mod json;
mod text;
