//! The subcommands of `wpipe catalog`.

use std::process::ExitCode;

use super::create::create;
use super::resolve::resolve;
use super::stored::{describe_all, list_all, schema, verify};
use crate::arguments::{CatalogArguments, CatalogCommand};
use crate::error::Error;

pub(crate) fn catalog(arguments: &CatalogArguments) -> Result<ExitCode, Error> {
    let format = arguments.format;
    let open = || arguments.manifest.open();
    match &arguments.command {
        CatalogCommand::List => list_all(&open()?, format),
        CatalogCommand::Describe { datasets } => describe_all(&open()?, datasets, format),
        CatalogCommand::Schema { datasets } => schema(&open()?, datasets, format),
        CatalogCommand::Resolve { datasets } => resolve(&open()?, datasets, format),
        CatalogCommand::Verify { datasets } => verify(&open()?, datasets, format),
        CatalogCommand::Create { datasets, folder, dry_run, no_build } => {
            let entries = arguments.manifest.create_entries().datasets(datasets).folder(folder);
            create(&entries, *dry_run, !no_build, format)
        }
    }
}
