//! Checks a function's head for parts that cannot be a node, and reads its docs.

use syn::{Attribute, Error, Expr, GenericParam, Lit, Meta, Result, Signature};

/// Refuses functions that no host could call.
pub(super) fn check(signature: &Signature) -> Result<()> {
    if let Some(asyncness) = &signature.asyncness {
        return Err(Error::new_spanned(asyncness, "a node cannot be async: the host calls it on a thread of its own"));
    }
    if let Some(unsafety) = &signature.unsafety {
        return Err(Error::new_spanned(unsafety, "a node cannot be unsafe: nobody could keep its promises"));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new_spanned(abi, "a node is an ordinary Rust function: leave out `extern`"));
    }
    if let Some(parameter) = signature.generics.params.first() {
        let message = match parameter {
            GenericParam::Type(_) => {
                "a node cannot be generic over a type: the host is told of its types before it runs"
            }
            GenericParam::Const(_) => "a node cannot be generic over a constant: take a parameter instead",
            GenericParam::Lifetime(_) => "a node needs no lifetimes of its own: leave them out",
        };
        return Err(Error::new_spanned(parameter, message));
    }
    Ok(())
}

/// Returns the first paragraph of the docs, on one line.
pub(super) fn first_paragraph(attributes: &[Attribute]) -> String {
    let docs: Vec<String> = attributes.iter().filter_map(doc).collect();
    let lines = docs.iter().flat_map(|doc| doc.lines().map(str::trim).chain(doc.is_empty().then_some("")));
    let paragraph: Vec<&str> = lines.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

fn doc(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(value) if meta.path.is_ident("doc") => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
