//! `#[derive(Data)]`: a fingerprint of a type's archived layout, and with it a schema.
//!
//! The fingerprint digests the type's and the fields' names and the fingerprints of the fields' archived types, in
//! order, so any change that would make an old archive mean something else changes it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Path, Result, Token, Type, parse_quote};

/// The longest name that a schema may have, in bytes; `wpipe-data` has room for no more.
const MAX_NAME_LENGTH: usize = 128;

/// Returns the three impls, or the error that points at a part without a fingerprint.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        let message = "`Data` cannot be derived for a generic type: each schema needs a name of its own, so wrap a \
                       concrete type instead";
        return Err(Error::new_spanned(&input.generics, message));
    }
    let Options { krate, name } = Options::parse(input)?;
    let ident = &input.ident;
    let digest = match &input.data {
        Data::Struct(data) => {
            let fields = digest_fields(&krate, ident, &data.fields)?;
            quote!(.text("struct").text(#name) #fields)
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let name = variant.ident.to_string();
                let tag = variant.discriminant.as_ref().map(|(_, tag)| quote!(.text("=").word((#tag) as u64)));
                let fields = digest_fields(&krate, ident, &variant.fields)?;
                Ok(quote!(.text(#name) #tag #fields))
            });
            let variants = variants.collect::<Result<TokenStream>>()?;
            quote!(.text("enum").text(#name) #variants)
        }
        Data::Union(data) => {
            let message = "`Data` cannot be derived for a union: no archive of it can be checked";
            return Err(Error::new(data.union_token.span(), message));
        }
    };
    let archived = quote!(<#ident as #krate::rkyv::Archive>::Archived);
    Ok(quote! {
        #[automatically_derived]
        impl #krate::Layout for #archived {
            const LAYOUT: u64 = #krate::Fingerprint::new() #digest .size_of::<#archived>().finish();
        }

        #[automatically_derived]
        impl #krate::Schema for #archived {
            const NAME: &'static str = #name;
        }

        #[automatically_derived]
        impl #krate::Data for #ident {}
    })
}

/// The options in `#[data(…)]`.
struct Options {
    krate: Path,
    name: String,
}

impl Options {
    fn parse(input: &DeriveInput) -> Result<Self> {
        let mut options = Self { krate: parse_quote!(::wpipe_sdk::data), name: input.ident.to_string() };
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("data")) {
            attribute.parse_nested_meta(|meta| options.set(&meta))?;
        }
        Ok(options)
    }

    fn set(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("crate") {
            self.krate = meta.value()?.call(Path::parse_mod_style)?;
            return Ok(());
        }
        if !meta.path.is_ident("name") {
            return Err(meta.error("expected `name = \"…\"` or `crate = path`"));
        }
        let name: LitStr = meta.value()?.parse()?;
        self.name = name.value();
        if self.name.is_empty() || self.name.len() > MAX_NAME_LENGTH {
            return Err(Error::new(name.span(), format!("a schema's name has 1 to {MAX_NAME_LENGTH} bytes")));
        }
        Ok(())
    }
}

/// Digests the number of fields, and each one's name and layout.
fn digest_fields(krate: &Path, owner: &Ident, fields: &Fields) -> Result<TokenStream> {
    let count = fields.len() as u64;
    let digests = fields.iter().enumerate().map(|(position, field)| {
        let name = field.ident.as_ref().map_or_else(|| position.to_string(), Ident::to_string);
        let archived = archived_type(krate, owner, field)?;
        // It has the field's span, so that a type without a layout is marked in its place.
        let layout = quote_spanned!(field.ty.span()=> <#archived as #krate::Layout>::LAYOUT);
        Ok(quote!(.text(#name).word(#layout)))
    });
    let digests = digests.collect::<Result<TokenStream>>()?;
    Ok(quote!(.word(#count) #digests))
}

/// Returns the type that stands for the field in the archive.
fn archived_type(krate: &Path, owner: &Ident, field: &Field) -> Result<TokenStream> {
    let ty = &field.ty;
    if mentions(quote!(#ty), owner) {
        let message = "`Data` cannot be derived for a type that contains itself: its layout would have no end";
        return Err(Error::new_spanned(ty, message));
    }
    let archived = match with(&field.attrs)? {
        Some(with) => {
            quote_spanned!(ty.span()=> <#with as #krate::rkyv::with::ArchiveWith<#ty>>::Archived)
        }
        None => quote_spanned!(ty.span()=> <#ty as #krate::rkyv::Archive>::Archived),
    };
    Ok(archived)
}

fn mentions(tokens: TokenStream, ident: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(other) => other == *ident || other == "Self",
        TokenTree::Group(group) => mentions(group.stream(), ident),
        _ => false,
    })
}

/// Returns the wrapper of rkyv's `#[rkyv(with = Wrapper)]`.
fn with(attributes: &[Attribute]) -> Result<Option<Type>> {
    let mut wrapper = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("rkyv")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("with") {
                wrapper = Some(meta.value()?.parse()?);
                return Ok(());
            }
            if meta.path.is_ident("niche") {
                return Err(meta.error("`Data` does not know the layout of a niche"));
            }
            skip_value(&meta)
        })?;
    }
    Ok(wrapper)
}

/// Skips the value of an option that rkyv knows and the layout does not depend on.
fn skip_value(meta: &ParseNestedMeta<'_>) -> Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(input: DeriveInput) -> String {
        expand(&input).expect("the input is fine").to_string().replace(' ', "")
    }

    fn message(input: DeriveInput) -> String {
        expand(&input).expect_err("the input is at fault").to_string()
    }

    #[test]
    fn a_struct_gets_a_schema_of_its_own_name() {
        let expansion = expansion(parse_quote!(
            struct Model {
                weights: Vec<f64>,
            }
        ));
        assert!(expansion.contains("constNAME:&'staticstr=\"Model\""), "{expansion}");
        assert!(expansion.contains(".text(\"weights\").word("), "{expansion}");
        assert!(expansion.contains("impl::wpipe_sdk::data::Layoutfor<Modelas"), "{expansion}");
    }

    #[test]
    fn name_and_crate_can_be_chosen() {
        let expansion = expansion(parse_quote!(
            #[data(name = "iris/model", crate = wpipe_data)]
            struct Model;
        ));
        assert!(expansion.contains("\"iris/model\""), "{expansion}");
        assert!(expansion.contains("implwpipe_data::Schemafor"), "{expansion}");
    }

    #[test]
    fn a_wrapper_decides_the_archived_type() {
        let expansion = expansion(parse_quote!(
            struct Model {
                #[rkyv(getter = path::to, with = AsBox<u8>, omit_bounds)]
                name: String,
            }
        ));
        assert!(expansion.contains("<AsBox<u8>as::wpipe_sdk::data::rkyv::with::ArchiveWith<String>>"), "{expansion}");
    }

    #[test]
    fn a_generic_type_is_refused() {
        let message = message(parse_quote!(
            struct Model<T> {
                weights: Vec<T>,
            }
        ));
        assert!(message.starts_with("`Data` cannot be derived for a generic type"), "{message}");
    }

    #[test]
    fn a_union_is_refused() {
        let message = message(parse_quote!(
            union Either {
                a: u32,
                b: f32,
            }
        ));
        assert!(message.starts_with("`Data` cannot be derived for a union"), "{message}");
    }

    #[test]
    fn a_type_that_contains_itself_is_refused() {
        let message = message(parse_quote!(
            struct Tree {
                children: Vec<(u32, Tree)>,
            }
        ));
        assert!(message.contains("contains itself"), "{message}");
    }

    #[test]
    fn a_niche_is_refused() {
        let message = message(parse_quote!(
            struct Model {
                #[rkyv(niche = NaN)]
                bias: Option<f64>,
            }
        ));
        assert_eq!(message, "`Data` does not know the layout of a niche");
    }

    #[test]
    fn wrong_options_are_refused() {
        let unknown = message(parse_quote!(
            #[data(nam = "x")]
            struct Model;
        ));
        assert_eq!(unknown, "expected `name = \"…\"` or `crate = path`");
        let empty = message(parse_quote!(
            #[data(name = "")]
            struct Model;
        ));
        assert_eq!(empty, "a schema's name has 1 to 128 bytes");
    }
}
