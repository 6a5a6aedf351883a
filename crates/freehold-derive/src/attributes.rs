//! The `#[trace(…)]` attributes.

use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Field, LitStr, Token, WherePredicate};

const UNKNOWN: &str =
    "unknown attribute: a type takes `#[trace(finalize)]` and `#[trace(bound = \"…\")]`, a field `#[trace(skip)]`";

/// The attributes of a type.
#[derive(Default)]
pub(crate) struct TypeAttributes {
    /// The bounds to use instead of the default ones.
    pub(crate) bound: Option<Punctuated<WherePredicate, Token![,]>>,
    /// The type implements `Finalize`, and its objects are to be finalised.
    pub(crate) finalize: bool,
}

impl TypeAttributes {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut parsed = Self::default();
        for attribute in of_trace(attributes) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("bound") {
                    let text: LitStr = meta.value()?.parse()?;
                    parsed.bound = Some(text.parse_with(Punctuated::parse_terminated)?);
                    Ok(())
                } else if meta.path.is_ident("finalize") {
                    parsed.finalize = true;
                    Ok(())
                } else {
                    Err(meta.error(UNKNOWN))
                }
            })?;
        }
        Ok(parsed)
    }
}

/// Whether a field is to be left out.
pub(crate) fn is_skipped(field: &Field) -> Result<bool, Error> {
    let mut skipped = false;
    for attribute in of_trace(&field.attrs) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("skip") {
                skipped = true;
                Ok(())
            } else {
                Err(meta.error("unknown attribute: a field takes `#[trace(skip)]`"))
            }
        })?;
    }
    Ok(skipped)
}

fn of_trace(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("trace"))
}
