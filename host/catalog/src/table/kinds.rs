//! The names of column kinds in a manifest.

use wpipe_data::ColumnKind;

const KINDS: [ColumnKind; 8] = [
    ColumnKind::Bool,
    ColumnKind::I32,
    ColumnKind::I64,
    ColumnKind::F32,
    ColumnKind::F64,
    ColumnKind::Text,
    ColumnKind::Date,
    ColumnKind::Timestamp,
];

/// All of them.
pub(crate) const KIND_NAMES: [&str; 8] = {
    let mut names = [""; 8];
    let mut at = 0;
    while at < names.len() {
        names[at] = KINDS[at].name();
        at += 1;
    }
    names
};

/// The kind of that name.
pub(crate) fn kind_named(name: &str) -> Option<ColumnKind> {
    KINDS.into_iter().find(|kind| kind.name() == name)
}
