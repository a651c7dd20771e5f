//! The options in `#[node(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, parenthesized};

const EXPECTED: &str = "expected `outputs(\"name\", …)`";

/// The names of the returned values, and their places.
pub(super) struct Options {
    pub(super) outputs: Option<(Span, Vec<LitStr>)>,
}

impl Options {
    pub(super) fn parse(options: TokenStream) -> Result<Self> {
        let parse = |input: ParseStream<'_>| {
            let mut options = Self { outputs: None };
            while !input.is_empty() {
                options.parse_one(input)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(options)
        };
        parse.parse2(options)
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> Result<()> {
        let key: Ident = input.parse().map_err(|error| Error::new(error.span(), EXPECTED))?;
        if key != "outputs" {
            return Err(Error::new(key.span(), format!("`{key}` is not known here: {EXPECTED}")));
        }
        if self.outputs.is_some() {
            return Err(Error::new(key.span(), "`outputs` stands here twice"));
        }
        let names;
        parenthesized!(names in input);
        let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&names)?;
        if let Some(empty) = names.iter().find(|name| name.value().trim().is_empty()) {
            return Err(Error::new(empty.span(), "an output needs a name"));
        }
        self.outputs = Some((key.span(), names.into_iter().collect()));
        Ok(())
    }
}
