//! The code of a row: its columns, how a row is read from them, and how rows are written to them.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, FieldsNamed, GenericParam, Index, Lifetime, Result, parse_quote};

use super::field::Field;
use super::options::Options;

/// Returns the impl, or all errors.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let lifetime = lifetime(input)?;
    let Options { krate, case } = Options::parse(&input.attrs)?;
    let (mut fields, mut errors) = (Vec::new(), None::<Error>);
    for field in &named_fields(input)?.named {
        // Fields of such a struct have names.
        let Some(ident) = &field.ident else { continue };
        match Field::parse(field, ident, case) {
            Ok(field) => fields.push(field),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    check(input, &fields)?;

    let ident = &input.ident;
    let (_, generics, _) = input.generics.split_for_impl();
    let with_columns: Vec<&Field<'_>> = fields.iter().filter(|field| !field.skip).collect();
    let bound: Lifetime = lifetime.unwrap_or_else(|| parse_quote!('__table));
    let row = quote!(#krate::table::row);
    let (mut types, mut columns, mut declares, mut fills) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (position, field) in with_columns.iter().enumerate() {
        let Field { ident, ty, default, .. } = field;
        let form = field.form(&krate);
        // They have the field's span, so that a type that is no field of a row is marked in its place.
        let column = quote_spanned!(ty.span()=> <#ty as #row::Field<#bound>>::Column);
        if default.is_some() {
            types.push(quote!(::core::option::Option<#column>));
            columns.push(quote_spanned!(ty.span()=> #row::column_if_there::<#ty>(table, #form)?));
        } else {
            types.push(column);
            columns.push(quote_spanned!(ty.span()=> #row::column::<#ty>(table, #form)?));
        }
        let cells = quote!(rows.iter().map(|row| &row.#ident));
        declares.push(quote_spanned!(ty.span()=> let spec = #row::declare::<#ty>(spec, #form, #cells)?;));
        fills.push(quote_spanned!(ty.span()=> #row::fill::<#ty>(&mut columns[#position], #cells)?;));
    }
    let mut position = 0..;
    let reads = fields.iter().map(|field| read(field, &mut position, &row));
    Ok(quote! {
        #[automatically_derived]
        impl<#bound> #row::Row<#bound> for #ident #generics {
            type Columns = (#(#types,)*);

            fn columns(
                table: &#bound #krate::Table<'_>,
            ) -> ::core::result::Result<Self::Columns, #krate::TableError> {
                ::core::result::Result::Ok((#(#columns,)*))
            }

            #[inline]
            fn read(columns: &Self::Columns, row: usize) -> Self {
                Self { #(#reads),* }
            }

            fn declare(
                rows: &[Self],
                spec: #krate::TableSpec,
            ) -> ::core::result::Result<#krate::TableSpec, #krate::TableError> {
                #(#declares)*
                ::core::result::Result::Ok(spec)
            }

            fn fill(
                rows: &[Self],
                columns: &mut [#krate::table::ColumnMut<'_>],
            ) -> ::core::result::Result<(), #krate::TableError> {
                #(#fills)*
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// Returns the expression of a field in a row.
fn read(field: &Field<'_>, positions: &mut impl Iterator<Item = usize>, row: &TokenStream) -> TokenStream {
    let Field { ident, ty, default, .. } = field;
    if field.skip {
        return quote_spanned!(ty.span()=> #ident: ::core::default::Default::default());
    }
    let column = Index::from(positions.next().unwrap_or_default());
    let read = quote_spanned!(ty.span()=> <#ty as #row::Field<'_>>::read);
    match default {
        None => quote!(#ident: #read(&columns.#column, row)),
        Some(default) => quote! {
            #ident: match &columns.#column {
                ::core::option::Option::Some(column) => #read(column, row),
                ::core::option::Option::None => #default,
            }
        },
    }
}

/// Returns the lifetime of what is borrowed from the table, if the struct has one.
fn lifetime(input: &DeriveInput) -> Result<Option<Lifetime>> {
    let mut lifetime = None;
    for parameter in &input.generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) if lifetime.is_none() => lifetime = Some(parameter.lifetime.clone()),
            GenericParam::Lifetime(parameter) => {
                let message = "a row has one lifetime at most: that of the table which it borrows from";
                return Err(Error::new_spanned(parameter, message));
            }
            GenericParam::Type(_) | GenericParam::Const(_) => {
                let message = "`Row` cannot be derived for a generic type: the types of its fields are its columns, so name \
                               them";
                return Err(Error::new_spanned(parameter, message));
            }
        }
    }
    Ok(lifetime)
}

fn named_fields(input: &DeriveInput) -> Result<&FieldsNamed> {
    let message = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Ok(fields),
            Fields::Unnamed(_) => {
                "`Row` is derived for structs with named fields: a tuple's have no names, which columns need"
            }
            Fields::Unit => "`Row` is derived for structs with named fields: this one has none",
        },
        Data::Enum(_) => {
            "`Row` cannot be derived for an enum: all rows of a table have the same columns, which are those of a struct"
        }
        Data::Union(_) => "`Row` cannot be derived for a union: nobody knows which of its fields there is",
    };
    Err(Error::new_spanned(&input.ident, message))
}

/// Refuses rows without columns, and two fields of one column.
fn check(input: &DeriveInput, fields: &[Field<'_>]) -> Result<()> {
    let mut names: HashMap<&str, &Field<'_>> = HashMap::new();
    for field in fields.iter().filter(|field| !field.skip) {
        for name in &field.names {
            if let Some(other) = names.insert(name, field) {
                let message =
                    format!("the fields `{}` and `{}` are both the column `{name}`", other.ident, field.ident);
                return Err(Error::new(field.span, message));
            }
        }
    }
    if names.is_empty() {
        return Err(Error::new_spanned(&input.ident, "a row has a column at least: none of these fields is one"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
