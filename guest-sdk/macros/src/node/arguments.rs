//! A function's arguments: datasets, parameters and outputs.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Error, FnArg, GenericArgument, Pat, PatType, PathArguments, PathSegment, Result, Token, Type};

/// One argument of a node.
pub(super) struct Argument<'f> {
    pub(super) name: String,
    pub(super) role: Role<'f>,
}

/// The role of an argument in the node, with its inner type.
#[derive(Clone, Copy)]
pub(super) enum Role<'f> {
    /// `&T`.
    Input(&'f Type),
    /// `T`.
    Parameter(&'f Type),
    /// `Partitions<T>`.
    Partitions(&'f Type),
    /// `Output<T>`.
    Output(&'f Type),
    /// `PartitionedOutput<T>`.
    PartitionedOutput(&'f Type),
}

/// Returns all arguments in order, or all errors.
pub(super) fn parse(arguments: &Punctuated<FnArg, Token![,]>) -> Result<Vec<Argument<'_>>> {
    let (mut parsed, mut errors) = (Vec::new(), None::<Error>);
    for argument in arguments {
        match parse_one(argument) {
            Ok(argument) => parsed.push(argument),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(parsed), Err)
}

fn parse_one(argument: &FnArg) -> Result<Argument<'_>> {
    match argument {
        FnArg::Receiver(receiver) => {
            Err(Error::new_spanned(receiver, "a node is a free function: it cannot take `self`"))
        }
        FnArg::Typed(argument) => Ok(Argument { name: name(argument)?, role: role(&argument.ty)? }),
    }
}

/// Returns the port's name; `_x` is the port `x` that the function does not look at.
fn name(argument: &PatType) -> Result<String> {
    let message = "an argument of a node needs a plain name: it becomes the name of a port";
    let Pat::Ident(pattern) = &*argument.pat else {
        return Err(Error::new_spanned(&argument.pat, message));
    };
    if pattern.by_ref.is_some() || pattern.subpat.is_some() {
        return Err(Error::new_spanned(pattern, message));
    }
    let name = pattern.ident.unraw().to_string();
    match name.trim_start_matches('_') {
        "" => Err(Error::new_spanned(pattern, message)),
        name => Ok(name.to_owned()),
    }
}

fn role(ty: &Type) -> Result<Role<'_>> {
    match ty {
        Type::Paren(inner) => role(&inner.elem),
        Type::Group(inner) => role(&inner.elem),
        Type::Reference(reference) if reference.mutability.is_some() => {
            let message = "a node cannot change its inputs: take `&T` for a dataset, `Output<T>` for an output";
            Err(Error::new_spanned(ty, message))
        }
        Type::Reference(reference) => {
            let inner = &*reference.elem;
            if let Some(segment) = last_segment(inner)
                && let Some(advice) = by_value(&segment.ident.to_string())
            {
                return Err(Error::new_spanned(ty, advice));
            }
            refuse_unnamed(inner)?;
            Ok(Role::Input(inner))
        }
        _ => {
            refuse_unnamed(ty)?;
            let Some(segment) = last_segment(ty) else {
                return Ok(Role::Parameter(ty));
            };
            match segment.ident.to_string().as_str() {
                "Table" => Err(Error::new_spanned(ty, "take a dataset by reference: `&Table`")),
                "Output" => held(segment, "say what the output holds: `Output<T>`").map(Role::Output),
                "Partitions" => held(segment, "say what the partitions hold: `Partitions<T>`").map(Role::Partitions),
                "PartitionedOutput" => {
                    held(segment, "say what the partitions hold: `PartitionedOutput<T>`").map(Role::PartitionedOutput)
                }
                "Partitioned" => Err(Error::new_spanned(ty, PARTITIONED)),
                _ => Ok(Role::Parameter(ty)),
            }
        }
    }
}

const PARTITIONED: &str = "`Partitioned<T>` is for what a node returns: take `Partitions<T>` for a partitioned input, \
                           `PartitionedOutput<T>` for an output";

/// Returns advice for a type that must not stand behind a reference.
fn by_value(name: &str) -> Option<&'static str> {
    match name {
        "Output" => Some("take an output by value: `Output<T>`"),
        "PartitionedOutput" => Some("take an output by value: `PartitionedOutput<T>`"),
        "Partitions" => Some("take partitions by value, so that each can be let go of: `Partitions<T>`"),
        "Partitioned" => Some(PARTITIONED),
        _ => None,
    }
}

fn refuse_unnamed(ty: &Type) -> Result<()> {
    match ty {
        Type::ImplTrait(_) | Type::TraitObject(_) | Type::Infer(_) => {
            Err(Error::new_spanned(ty, "a node's types must be concrete: the host is told of them before it runs"))
        }
        _ => Ok(()),
    }
}

/// Returns the `T` of `Output<T>` and its like.
pub(super) fn held<'t>(segment: &'t PathSegment, advice: &str) -> Result<&'t Type> {
    if let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && arguments.args.len() == 1
        && let Some(GenericArgument::Type(held)) = arguments.args.first()
    {
        return Ok(held);
    }
    Err(Error::new_spanned(segment, advice))
}

pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}
