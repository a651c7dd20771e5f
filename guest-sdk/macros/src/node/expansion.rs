//! The hidden function beside a node: its signature as data, and the code that turns the host's call into one of it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{ItemFn, Result};

use super::arguments::{self, Argument, Role};
use super::options::Options;
use super::returned::{Returned, Value};
use super::signature;

/// Returns the name of the companion beside the node `function`.
pub(crate) fn companion(function: &Ident) -> Ident {
    format_ident!("__wpipe_node_{}", function.unraw(), span = function.span())
}

/// Returns the function and its companion, or else the function and the error: the callers are not at fault.
pub(crate) fn expand_or_explain(options: TokenStream, function: TokenStream) -> TokenStream {
    expand(options, function.clone()).unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote!(#error #function)
    })
}

/// Returns the function and its companion, or the error that points at the part that cannot be a node.
fn expand(options: TokenStream, function: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(options)?;
    let function: ItemFn = syn::parse2(function)?;
    signature::check(&function.sig)?;
    let arguments = arguments::parse(&function.sig.inputs)?;
    let returned = Returned::parse(&function.sig, &options)?;
    returned.check_names(&function.sig, &arguments)?;

    let (visibility, companion) = (&function.vis, companion(&function.sig.ident));
    let name = function.sig.ident.unraw().to_string();
    let doc = signature::first_paragraph(&function.attrs);
    let (inputs, outputs) = ports(&arguments, &returned);
    let run = run(&function.sig.ident, &arguments, &returned);
    Ok(quote! {
        #function

        #[doc(hidden)]
        #visibility fn #companion() -> ::wpipe_sdk::__private::Node {
            ::wpipe_sdk::__private::Node {
                name: #name,
                doc: #doc,
                inputs: || ::std::vec![#(#inputs),*],
                outputs: || ::std::vec![#(#outputs),*],
                run: |call| { #run },
            }
        }
    })
}

/// Returns the node's inputs, and its outputs: those among the arguments first.
fn ports(arguments: &[Argument<'_>], returned: &Returned<'_>) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for Argument { name, role } in arguments {
        match role {
            Role::Input(ty) => inputs.push(quote_spanned!(ty.span()=> ::wpipe_sdk::__private::input::<#ty>(#name))),
            Role::Partitions(ty) => {
                inputs.push(quote_spanned!(ty.span()=> ::wpipe_sdk::__private::partitions::<#ty>(#name)));
            }
            Role::Parameter(_) => inputs.push(quote!(::wpipe_sdk::__private::parameter(#name))),
            Role::Output(ty) => outputs.push(output(name, ty, false)),
            Role::PartitionedOutput(ty) => outputs.push(output(name, ty, true)),
        }
    }
    outputs.extend(returned.values.iter().map(|Value { name, ty, partitioned }| output(name, ty, *partitioned)));
    (inputs, outputs)
}

fn output(name: &str, ty: &syn::Type, partitioned: bool) -> TokenStream {
    if partitioned {
        quote_spanned!(ty.span()=> ::wpipe_sdk::__private::partitioned_output::<#ty>(#name))
    } else {
        quote_spanned!(ty.span()=> ::wpipe_sdk::__private::output::<#ty>(#name))
    }
}

/// Takes the host's arguments, calls the function and writes the values that it returns.
fn run(function: &Ident, arguments: &[Argument<'_>], returned: &Returned<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let (mut takes, mut views, mut passed) = (Vec::new(), Vec::new(), Vec::new());
    for (position, Argument { name, role }) in arguments.iter().enumerate() {
        let taken = format_ident!("taken_{position}", span = site);
        match role {
            Role::Input(ty) => {
                let view = format_ident!("view_{position}", span = site);
                takes.push(quote!(let #taken = call.input(#name)?;));
                views.push(quote_spanned!(ty.span()=> let #view = #taken.view::<#ty>()?;));
                passed.push(quote!(&#view));
            }
            Role::Partitions(ty) => {
                takes.push(quote_spanned!(ty.span()=> let #taken = call.partitions::<#ty>(#name)?;));
                passed.push(quote!(#taken));
            }
            Role::PartitionedOutput(ty) => {
                takes.push(quote_spanned!(ty.span()=> let #taken = call.partitioned_output::<#ty>(#name)?;));
                passed.push(quote!(#taken));
            }
            Role::Parameter(ty) => {
                takes.push(quote_spanned!(ty.span()=> let #taken = call.parameter::<#ty>(#name)?;));
                passed.push(quote!(#taken));
            }
            Role::Output(ty) => {
                takes.push(quote_spanned!(ty.span()=> let #taken = call.output::<#ty>(#name)?;));
                passed.push(quote!(#taken));
            }
        }
    }
    let call = quote!(#function(#(#passed),*));
    let call = if returned.fallible { quote!(::wpipe_sdk::__private::succeeded!(#call)) } else { call };
    let writes = writes(&call, returned);
    quote! {
        #(#takes)*
        #(#views)*
        #writes
        ::core::result::Result::Ok(())
    }
}

fn writes(call: &TokenStream, returned: &Returned<'_>) -> TokenStream {
    let site = Span::mixed_site();
    let values: Vec<Ident> =
        (0..returned.values.len()).map(|position| format_ident!("value_{position}", span = site)).collect();
    let writes = returned.values.iter().zip(&values).map(|(Value { name, ty, partitioned }, value)| {
        // A value is dropped once it is written: the next one may need the room.
        if *partitioned {
            quote_spanned!(ty.span()=> call.write_partitions::<#ty>(#name, #value)?;)
        } else {
            quote_spanned!(ty.span()=> call.write::<#ty>(#name, #value)?;)
        }
    });
    let pattern = match values.as_slice() {
        [] => return quote!(#call;),
        [value] if !returned.tuple => quote!(#value),
        values => quote!((#(#values,)*)),
    };
    quote! {
        let #pattern = #call;
        #(#writes)*
    }
}

#[cfg(test)]
mod tests;
