//! The options of the struct, in `#[row(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Path, Result, parse_quote};

use super::case::Case;

/// The options of the struct.
pub(super) struct Options {
    /// The path of `wpipe-data`.
    pub(super) krate: Path,
    pub(super) case: Option<Case>,
}

impl Options {
    pub(super) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self { krate: parse_quote!(::wpipe_sdk::data), case: None };
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("row")) {
            attribute.parse_nested_meta(|meta| options.set(&meta))?;
        }
        Ok(options)
    }

    fn set(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        if meta.path.is_ident("crate") {
            self.krate = meta.value()?.call(Path::parse_mod_style)?;
            return Ok(());
        }
        if !meta.path.is_ident("rename_all") {
            return Err(meta.error("expected `rename_all = \"…\"` or `crate = path`"));
        }
        self.case = Some(Case::named(&meta.value()?.parse::<LitStr>()?)?);
        Ok(())
    }
}
