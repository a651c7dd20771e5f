//! The returned values of a function: its outputs, and whether it can fail.

use std::collections::HashSet;

use syn::ext::IdentExt;
use syn::{Error, GenericArgument, PathArguments, Result, ReturnType, Signature, Type};

use super::arguments::{Argument, Role, held, last_segment};
use super::options::Options;

/// The returned values, each with its port's name.
pub(super) struct Returned<'f> {
    pub(super) fallible: bool,
    /// True if the values come in a tuple.
    pub(super) tuple: bool,
    pub(super) values: Vec<Value<'f>>,
}

/// One returned value.
pub(super) struct Value<'f> {
    /// Its port's name.
    pub(super) name: String,
    /// The type in the port, in one piece or in partitions.
    pub(super) ty: &'f Type,
    pub(super) partitioned: bool,
}

impl<'f> Returned<'f> {
    pub(super) fn parse(signature: &'f Signature, options: &Options) -> Result<Self> {
        let (fallible, tuple, types) = match &signature.output {
            ReturnType::Default => (false, false, Vec::new()),
            ReturnType::Type(_, ty) => {
                let ok = ok_type(ty)?;
                let (tuple, types) = types(ok.unwrap_or(ty));
                (ok.is_some(), tuple, types)
            }
        };
        if let Some(ty) = types.iter().find(|ty| matches!(ty, Type::ImplTrait(_) | Type::Reference(_))) {
            return Err(Error::new_spanned(ty, "a node returns owned values of concrete types"));
        }
        let names = names(signature, options, tuple, types.len())?;
        let values = names.into_iter().zip(types).map(|(name, ty)| {
            let partitioned = partitioned(ty)?;
            Ok(Value { name, ty: partitioned.unwrap_or(ty), partitioned: partitioned.is_some() })
        });
        Ok(Self { fallible, tuple, values: values.collect::<Result<_>>()? })
    }

    /// Refuses two outputs of one name.
    pub(super) fn check_names(&self, signature: &Signature, arguments: &[Argument<'_>]) -> Result<()> {
        let mut names = HashSet::new();
        let taken =
            arguments.iter().filter(|argument| matches!(argument.role, Role::Output(_) | Role::PartitionedOutput(_)));
        let all = taken.map(|argument| &argument.name).chain(self.values.iter().map(|value| &value.name));
        for name in all {
            if !names.insert(name) {
                let message = format!("two outputs are called `{name}`: name the returned ones with `outputs(…)`");
                return Err(Error::new(signature.ident.span(), message));
            }
        }
        Ok(())
    }
}

/// Returns the `T` of `Result<T, E>`, under any path.
fn ok_type(ty: &Type) -> Result<Option<&Type>> {
    let Some(segment) = last_segment(ty).filter(|segment| segment.ident == "Result") else {
        return Ok(None);
    };
    if let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && let Some(GenericArgument::Type(ok)) = arguments.args.first()
    {
        return Ok(Some(ok));
    }
    Err(Error::new_spanned(ty, "say what the node returns: `Result<T, E>`"))
}

/// Returns the `T` of `Partitioned<T>`.
fn partitioned(ty: &Type) -> Result<Option<&Type>> {
    match last_segment(ty).filter(|segment| segment.ident == "Partitioned") {
        Some(segment) => held(segment, "say what the partitions hold: `Partitioned<T>`").map(Some),
        None => Ok(None),
    }
}

/// Returns true if the values come in a tuple, and their types.
fn types(ty: &Type) -> (bool, Vec<&Type>) {
    match ty {
        Type::Tuple(tuple) if tuple.elems.is_empty() => (false, Vec::new()),
        Type::Tuple(tuple) => (true, tuple.elems.iter().collect()),
        Type::Paren(inner) => types(&inner.elem),
        Type::Group(inner) => types(&inner.elem),
        _ => (false, vec![ty]),
    }
}

fn names(signature: &Signature, options: &Options, tuple: bool, count: usize) -> Result<Vec<String>> {
    let Some((span, names)) = &options.outputs else {
        let one = || signature.ident.unraw().to_string();
        return Ok((0..count).map(|position| if tuple { format!("out_{position}") } else { one() }).collect());
    };
    if names.len() == count {
        return Ok(names.iter().map(syn::LitStr::value).collect());
    }
    let values = if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    let named = names.len();
    Err(Error::new(*span, format!("`outputs` names {named}, and the function returns {values}")))
}
