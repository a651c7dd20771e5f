//! A field, with its options in `#[row(…)]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Path, Result, Token, Type};

use super::case::Case;

const EXPECTED: &str = "expected `rename = \"…\"`, `alias = \"…\"`, `default`, `skip`, `kind = \"…\"` or `dictionary`";

/// A field of the struct.
pub(super) struct Field<'f> {
    pub(super) ident: &'f Ident,
    pub(super) ty: &'f Type,
    /// The column's name, and others that it may have.
    pub(super) names: Vec<String>,
    /// The place of the column's name.
    pub(super) span: Span,
    /// The value if there is no such column.
    pub(super) default: Option<TokenStream>,
    pub(super) skip: bool,
    pub(super) kind: Option<LitStr>,
    pub(super) dictionary: bool,
}

impl<'f> Field<'f> {
    pub(super) fn parse(field: &'f syn::Field, ident: &'f Ident, case: Option<Case>) -> Result<Self> {
        let name = ident.unraw().to_string();
        let name = case.map_or_else(|| name.clone(), |case| case.of(&name));
        let mut parsed = Self {
            ident,
            ty: &field.ty,
            names: vec![name],
            span: ident.span(),
            default: None,
            skip: false,
            kind: None,
            dictionary: false,
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| parsed.set(&meta))?;
        }
        let has_column =
            parsed.default.is_some() || parsed.kind.is_some() || parsed.dictionary || parsed.names.len() > 1;
        if parsed.skip && has_column {
            return Err(Error::new_spanned(
                ident,
                "a field that is skipped has no column: leave out the other options",
            ));
        }
        Ok(parsed)
    }

    fn set(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let name = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
        match name.as_str() {
            "rename" => {
                let name = column_name(meta)?;
                (self.names[0], self.span) = (name.value(), name.span());
            }
            "alias" => self.names.push(column_name(meta)?.value()),
            "default" if meta.input.peek(Token![=]) => self.default = Some(default(meta.value()?.parse()?)?),
            "default" => self.default = Some(quote!(::core::default::Default::default())),
            "skip" => self.skip = true,
            "kind" => self.kind = Some(meta.value()?.parse()?),
            "dictionary" => self.dictionary = true,
            _ => return Err(meta.error(EXPECTED)),
        }
        Ok(())
    }

    /// Returns the expression that describes its column.
    pub(super) fn form(&self, krate: &Path) -> TokenStream {
        let Self { ident, names, kind, dictionary, .. } = self;
        let field = ident.unraw().to_string();
        let kind = match kind {
            Some(kind) => quote!(::core::option::Option::Some(#kind)),
            None => quote!(::core::option::Option::None),
        };
        quote! {
            #krate::table::row::Form { field: #field, names: &[#(#names),*], kind: #kind, dictionary: #dictionary }
        }
    }
}

fn column_name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() {
        return Err(Error::new(name.span(), "a column has a name"));
    }
    Ok(name)
}

/// Returns a call of the function that makes the default; its path may stand in quotes, as serde has it.
fn default(function: Expr) -> Result<TokenStream> {
    let path: Path = match &function {
        Expr::Path(path) if path.qself.is_none() => path.path.clone(),
        Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => path.parse()?,
        _ => {
            let message =
                "a default is a function that makes it: `default = function`, or `default` for that of the type";
            return Err(Error::new_spanned(function, message));
        }
    };
    Ok(quote!(#path()))
}
