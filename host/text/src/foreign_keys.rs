//! Keys by which other tools know what a manifest of ours calls otherwise.

/// Our keys, with the names that Kedro, pandas, Polars, DuckDB and Spark have for the same.
const KEYS: [(&str, &[&str]); 26] = [
    ("path", &["filepath", "file", "filename", "file_name", "file_path", "source"]),
    ("url", &["uri", "href"]),
    ("type", &["format", "kind"]),
    ("store", &["credentials", "fs_args", "storage_options"]),
    ("connection", &["con", "dsn", "credentials"]),
    ("query", &["sql"]),
    ("table", &["table_name"]),
    ("delimiter", &["sep", "separator", "delim", "field_delimiter"]),
    ("nulls", &["na_values", "null_values", "nullstr", "na_rep", "null_value", "nan_value"]),
    ("quote", &["quotechar", "quote_char"]),
    ("escape", &["escapechar", "escape_char"]),
    ("comment", &["comment_prefix", "comment_char"]),
    ("skip_rows", &["skiprows", "skip_lines", "skip"]),
    ("skip_initial_space", &["skipinitialspace", "ignore_leading_white_space"]),
    ("short_rows", &["truncate_ragged_lines", "null_padding", "fill_null"]),
    ("columns", &["usecols", "select", "include_columns"]),
    ("types", &["dtype", "dtypes", "schema", "schema_overrides", "column_types"]),
    ("header", &["has_header", "include_header"]),
    ("encoding", &["charset"]),
    ("decimal", &["decimal_comma", "decimal_separator", "decimal_point"]),
    ("thousands", &["thousands_separator"]),
    ("timestamp_format", &["datetime_format", "timestampformat"]),
    ("sheet", &["sheet_name", "sheet_id"]),
    ("level", &["compression_level"]),
    ("uses", &["func", "function", "fn", "component"]),
    ("suffix", &["filename_suffix", "extension"]),
];

/// Returns the one of `keys` that another tool calls `word`.
pub(crate) fn own_key<'k>(word: &str, keys: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let means = |key: &str| KEYS.iter().any(|(own, names)| *own == key && names.contains(&word));
    keys.into_iter().find(|key| means(key))
}

/// Returns true if `word` is a table in which other tools keep the options of a dataset.
pub(crate) fn holds_options(word: &str) -> bool {
    ["load_args", "save_args", "options", "read_options", "args"].contains(&word)
}
