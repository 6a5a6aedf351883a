//! `#[derive(Trace)]` for freehold.
//!
//! The implementation shows the tracer every field of every variant, demands that the fields' types are `Trace`, and forbids
//! `Drop`: when a cycle is destroyed, a drop of the user's own could follow handles to objects that were dropped already.
//!
//! | attribute | on | meaning |
//! | --- | --- | --- |
//! | `#[trace(skip)]` | a field | not shown; handles in it count as external, so they keep their targets alive even in a cycle |
//! | `#[trace(finalize)]` | the type | `Finalize::finalize` of the type runs once before an object is destroyed |
//! | `#[trace(bound = "T: Trace")]` | the type | the bounds of the implementation, instead of `Trace` for each parameter |

mod attributes;
mod expand;

use proc_macro::TokenStream;

/// Derives `freehold::Trace`.
#[proc_macro_derive(Trace, attributes(trace))]
pub fn derive_trace(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::expand(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
