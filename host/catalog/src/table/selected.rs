//! The columns that are read of content with a schema.

use arrow::datatypes::{Field, SchemaRef};
use wpipe_data::ColumnKind;

use super::canonical::{is_coded_text, kind_of};
use super::header::twins;
use super::{Declared, Wanted};
use crate::fault::Fault;

/// A column that is read, and its kind in the content.
#[derive(Debug, Clone)]
pub(crate) struct Selected {
    pub(crate) wanted: Wanted,
    /// The kind; `None` if the content lacks the column.
    pub(super) natural: Option<ColumnKind>,
    /// Set if a text is to be by the codes of a dictionary; true if that is in order.
    pub(super) dictionary: Option<bool>,
}

impl Selected {
    /// Returns the column at the place `at` of content that states the kind of each.
    #[cfg(feature = "sql")]
    pub(crate) fn of(name: String, at: usize, natural: ColumnKind, kind: Option<ColumnKind>) -> Self {
        Self { wanted: Wanted { name, at: Some(at), kind }, natural: Some(natural), dictionary: None }
    }

    /// Returns the kind that the table is to hold.
    pub(crate) fn kind(&self) -> Option<ColumnKind> {
        self.wanted.kind.or(self.natural)
    }

    /// Returns the kind of a column that holds the content's values as they are, and no lists or codes.
    pub(super) fn plain_kind(&self) -> Option<ColumnKind> {
        let is_list = |kind: &ColumnKind| matches!(kind, ColumnKind::List(_));
        self.natural.filter(|natural| self.kind() == Some(*natural) && !is_list(natural) && self.dictionary.is_none())
    }
}

/// Fails if two columns have a name that is wanted.
pub(crate) fn refuse_twins(names: &[&str], declared: &Declared) -> Result<(), Fault> {
    match twins(names, declared) {
        None => Ok(()),
        Some(twins) => {
            Err(twins.fault().help("give one of them another name, or leave both out with the option `columns`"))
        }
    }
}

/// Returns the columns of `schema` that are read.
pub(crate) fn selected_of(schema: &SchemaRef, declared: &Declared) -> Result<Vec<Selected>, Fault> {
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    refuse_twins(&names, declared)?;
    let wanted = declared.select(&names, false)?.into_iter().map(|wanted| {
        let natural = wanted.at.map(|at| kind_of(schema.field(at).data_type())).transpose();
        let natural = natural.map_err(|fault| fault.column(&wanted.name))?;
        let field = wanted.at.map(|at| schema.field(at));
        let by_codes = field.filter(|field| is_coded_text(field.data_type())).and_then(Field::dict_is_ordered);
        let is_text = wanted.kind.or(natural) == Some(ColumnKind::Text) && natural == Some(ColumnKind::Text);
        let dictionary = match declared.dictionary {
            _ if !is_text => None,
            Some(true) => Some(by_codes.unwrap_or_default()),
            Some(false) => None,
            None => by_codes,
        };
        Ok(Selected { wanted, natural, dictionary })
    });
    wanted.collect()
}
