//! The implementation that the derive writes.

use crate::attributes::{TypeAttributes, is_skipped};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, GenericParam, Generics, Type, parse_quote};

/// Expands the derive on `input`.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream, Error> {
    refuse_lifetimes(&input.generics)?;
    let attributes = TypeAttributes::parse(&input.attrs)?;
    let name = &input.ident;
    let variants = variants(input)?;
    let arms = variants.iter().map(Variant::arm);
    let types: Vec<&Type> = variants
        .iter()
        .flat_map(|variant| &variant.shown)
        .map(|(_, ty)| *ty)
        .collect();
    let finalizer = attributes.finalize.then(|| {
        quote! {
            #[inline]
            fn finalizer() -> ::freehold::derive_support::Option<fn(&Self)> {
                ::freehold::derive_support::Option::Some(<Self as ::freehold::Finalize>::finalize)
            }
        }
    });
    let mut generics = input.generics.clone();
    add_bounds(&mut generics, attributes);
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let (plain_impl, _, plain_where) = input.generics.split_for_impl();
    Ok(quote! {
        const _: () = {
            // Overlaps with the impl below if the type implements `Drop`, which is an error that shows this name. `Drop` comes
            // by way of freehold, whose name must be right anyway: `::core` can be another crate.
            trait TracedTypesMustNotImplementDropButTheirFieldsMay {}
            #[allow(drop_bounds)]
            impl<T: ::freehold::derive_support::Drop> TracedTypesMustNotImplementDropButTheirFieldsMay for T {}
            impl #plain_impl TracedTypesMustNotImplementDropButTheirFieldsMay for #name #type_generics #plain_where {}

            // SAFETY: every field is shown once, and the type has no `Drop` of its own.
            #[automatically_derived]
            unsafe impl #impl_generics ::freehold::Trace for #name #type_generics #where_clause {
                #[inline]
                fn trace(&self, tracer: &mut ::freehold::Tracer) {
                    match *self { #(#arms)* _ => {} }
                }

                #[inline]
                fn may_hold_gc<FreeholdDepth: ::freehold::derive_support::Depth>() -> bool {
                    false #(|| <#types as ::freehold::Trace>::may_hold_gc::<FreeholdDepth>())*
                }

                #finalizer
            }
        };
    })
}

fn refuse_lifetimes(generics: &Generics) -> Result<(), Error> {
    match generics.lifetimes().next() {
        None => Ok(()),
        Some(lifetime) => Err(Error::new_spanned(
            lifetime,
            "a type in a `Gc` lives as long as it is held, so it cannot borrow: own the data, or hold it in a `Gc` or `Arc`",
        )),
    }
}

fn add_bounds(generics: &mut Generics, attributes: TypeAttributes) {
    match attributes.bound {
        Some(predicates) => generics.make_where_clause().predicates.extend(predicates),
        None => {
            for parameter in &mut generics.params {
                if let GenericParam::Type(parameter) = parameter {
                    parameter.bounds.push(parse_quote!(::freehold::Trace));
                }
            }
        }
    }
}

/// A variant, or the one shape of a struct.
struct Variant<'a> {
    path: TokenStream,
    /// Of each field that is shown: how a pattern names it, and its type.
    shown: Vec<(TokenStream, &'a Type)>,
}

fn variants(input: &DeriveInput) -> Result<Vec<Variant<'_>>, Error> {
    match &input.data {
        Data::Struct(data) => Ok(vec![Variant::new(quote!(Self), &data.fields)?]),
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let name = &variant.ident;
                Variant::new(quote!(Self::#name), &variant.fields)
            })
            .collect(),
        Data::Union(data) => Err(Error::new_spanned(
            data.union_token,
            "a union does not know what it holds, so it cannot show it",
        )),
    }
}

impl<'a> Variant<'a> {
    fn new(path: TokenStream, fields: &'a Fields) -> Result<Self, Error> {
        let mut shown = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            if is_skipped(field)? {
                continue;
            }
            let member = match &field.ident {
                Some(name) => quote!(#name),
                None => {
                    let index = syn::Index::from(index);
                    quote!(#index)
                }
            };
            shown.push((member, &field.ty));
        }
        Ok(Variant { path, shown })
    }

    fn arm(&self) -> TokenStream {
        let path = &self.path;
        let members = self.shown.iter().map(|(member, _)| member);
        let bindings: Vec<_> = (0..self.shown.len())
            .map(|index| format_ident!("field_{index}"))
            .collect();
        quote! {
            #path { #(#members: ref #bindings,)* .. } => { #(::freehold::Trace::trace(#bindings, tracer);)* }
        }
    }
}
