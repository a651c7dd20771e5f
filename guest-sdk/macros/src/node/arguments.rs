//! A function's arguments: which of them are datasets, parameters and outputs.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Error, FnArg, GenericArgument, Pat, PatType, PathArguments, PathSegment, Result, Token, Type};

/// One argument of a node.
pub(super) struct Argument<'f> {
    pub(super) name: String,
    pub(super) role: Role<'f>,
}

/// What an argument is to the node, with the type that matters.
#[derive(Clone, Copy)]
pub(super) enum Role<'f> {
    /// `&T`.
    Input(&'f Type),
    /// `T`.
    Parameter(&'f Type),
    /// `Output<T>`.
    Output(&'f Type),
}

/// All arguments in order, or all errors.
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

/// The port's name; `_x` is the port `x` that the function does not look at.
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
            refuse_partitions(inner)?;
            if output(inner).is_some() {
                return Err(Error::new_spanned(ty, "take an output by value: `Output<T>`"));
            }
            refuse_unnamed(inner)?;
            Ok(Role::Input(inner))
        }
        _ => {
            refuse_partitions(ty)?;
            refuse_unnamed(ty)?;
            if last_segment(ty).is_some_and(|segment| segment.ident == "Table") {
                return Err(Error::new_spanned(ty, "take a dataset by reference: `&Table`"));
            }
            match output(ty) {
                Some(segment) => produced(ty, segment).map(Role::Output),
                None => Ok(Role::Parameter(ty)),
            }
        }
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

fn refuse_partitions(ty: &Type) -> Result<()> {
    if last_segment(ty).is_some_and(|segment| segment.ident == "Partitions") {
        return Err(Error::new_spanned(ty, "partitioned inputs and outputs are not supported by this version"));
    }
    Ok(())
}

fn output(ty: &Type) -> Option<&PathSegment> {
    last_segment(ty).filter(|segment| segment.ident == "Output")
}

/// The `T` of `Output<T>`.
fn produced<'t>(ty: &Type, segment: &'t PathSegment) -> Result<&'t Type> {
    if let PathArguments::AngleBracketed(arguments) = &segment.arguments
        && arguments.args.len() == 1
        && let Some(GenericArgument::Type(produced)) = arguments.args.first()
    {
        return Ok(produced);
    }
    Err(Error::new_spanned(ty, "say what the output holds: `Output<T>`"))
}

pub(super) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}
