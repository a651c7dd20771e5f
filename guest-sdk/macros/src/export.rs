//! `export![…]`: the component's exports, on WebAssembly; elsewhere a check that the nodes exist.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Path, Result, Token};

use crate::node;

/// Returns the list of nodes, and the component that exports them.
pub(crate) fn expand(nodes: TokenStream) -> Result<TokenStream> {
    let nodes = Punctuated::<Path, Token![,]>::parse_terminated.parse2(nodes)?;
    if nodes.is_empty() {
        return Err(Error::new(Span::call_site(), "name the nodes of this component: `export![first, second]`"));
    }
    check_names(&nodes)?;
    let entries = nodes.iter().map(entry);
    let count = nodes.len();
    Ok(quote! {
        const _: () = {
            const NODES: [fn() -> ::wpipe_sdk::__private::Node; #count] = [#(#entries),*];

            // Nothing runs nodes by name elsewhere, but their existence is checked all the same.
            #[cfg(not(target_arch = "wasm32"))]
            const _: usize = NODES.len();

            #[cfg(target_arch = "wasm32")]
            struct Component;

            #[cfg(target_arch = "wasm32")]
            impl ::wpipe_sdk::__private::Component for Component {
                const NODES: &'static [fn() -> ::wpipe_sdk::__private::Node] = &NODES;
            }

            #[cfg(target_arch = "wasm32")]
            type Guest = ::wpipe_sdk::__private::Guest<Component>;

            #[cfg(target_arch = "wasm32")]
            ::wpipe_sdk::__private::bindings::export!(Guest with_types_in ::wpipe_sdk::__private::bindings);
        };
    })
}

fn check_names(nodes: &Punctuated<Path, Token![,]>) -> Result<()> {
    let names: Vec<String> = nodes.iter().map(name).collect();
    for (position, (name, path)) in names.iter().zip(nodes).enumerate() {
        if names[..position].contains(name) {
            return Err(Error::new_spanned(path, format!("two nodes are called `{name}`")));
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.segments.last().map(|segment| segment.ident.unraw().to_string()).unwrap_or_default()
}

/// Returns the path of the companion that `#[node]` put beside the function.
fn entry(path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.ident = node::companion(&last.ident);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(nodes: TokenStream) -> String {
        expand(nodes).expect_err("the list is at fault").to_string()
    }

    #[test]
    fn a_path_leads_to_what_stands_beside_the_function() -> Result<()> {
        let expansion = expand(quote!(split, model::train,))?.to_string().replace(' ', "");
        assert!(expansion.contains("[__wpipe_node_split,model::__wpipe_node_train]"), "{expansion}");
        Ok(())
    }

    #[test]
    fn an_empty_list_is_refused() {
        assert_eq!(message(TokenStream::new()), "name the nodes of this component: `export![first, second]`");
    }

    #[test]
    fn two_nodes_of_one_name_are_refused() {
        assert_eq!(message(quote!(a::split, b::split)), "two nodes are called `split`");
    }
}
