//! The names of datasets by which other tools know them: OpenLineage's rules, by which lineage is joined across tools.
//!
//! <https://openlineage.io/docs/spec/naming>

use std::path::Path;

/// The name of a dataset wherever somebody reads or writes it. It holds no credentials, and no values of the environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineageName {
    /// The source, such as `s3://bucket` or `postgres://host:5432`.
    pub namespace: String,
    /// The name within it, such as a key or `database.schema.table`.
    pub name: String,
}

impl LineageName {
    /// Returns the name of a local file or folder at an absolute path.
    pub(crate) fn of_path(path: &Path) -> Self {
        Self { namespace: "file".to_owned(), name: path.display().to_string() }
    }

    /// Returns the name of the object at a URL without credentials.
    pub(crate) fn of_url(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("file", url));
        let (host, key) = rest.split_once('/').unwrap_or((rest, ""));
        let key = key.trim_matches('/').to_owned();
        let scheme = match scheme {
            "s3a" => "s3",
            "gcs" => "gs",
            scheme => scheme,
        };
        match scheme {
            "s3" | "gs" => Self { namespace: format!("{scheme}://{host}"), name: key },
            // The account is the environment's, if the URL does not name it.
            "az" | "azure" | "abfs" | "abfss" => Self { namespace: format!("abfss://{host}"), name: format!("/{key}") },
            _ => Self { namespace: format!("{scheme}://{host}"), name: format!("/{key}") },
        }
    }

    /// Returns the name of a table of PostgreSQL, whose `url` has no credentials.
    #[cfg(feature = "sql")]
    pub(crate) fn of_postgres(url: &str, schema: &str, table: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && !port.ends_with(']'));
        let port = if has_port { "" } else { ":5432" };
        Self { namespace: format!("postgres://{host}{port}"), name: format!("{database}.{schema}.{table}") }
    }

    /// Returns the name of a table in a file of SQLite's, for which there is no rule.
    #[cfg(feature = "sql")]
    pub(crate) fn of_sqlite(file: &Path, table: &str) -> Self {
        Self { namespace: format!("sqlite://{}", file.display()), name: table.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(lineage: LineageName) -> [String; 2] {
        [lineage.namespace, lineage.name]
    }

    #[test]
    fn names_follow_the_rules_of_openlineage() {
        assert_eq!(pair(LineageName::of_path(Path::new("/data/a.csv"))), ["file", "/data/a.csv"]);
        assert_eq!(pair(LineageName::of_url("s3://lake/raw/2026/a.parquet")), ["s3://lake", "raw/2026/a.parquet"]);
        assert_eq!(pair(LineageName::of_url("s3a://lake/raw/")), ["s3://lake", "raw"]);
        assert_eq!(pair(LineageName::of_url("gs://lake/a")), ["gs://lake", "a"]);
        assert_eq!(pair(LineageName::of_url("az://container/a/b")), ["abfss://container", "/a/b"]);
        assert_eq!(pair(LineageName::of_url("https://host:8080/a/b.csv")), ["https://host:8080", "/a/b.csv"]);
    }

    #[cfg(feature = "sql")]
    #[test]
    fn tables_of_databases_have_their_server_as_namespace() {
        let of = |url| pair(LineageName::of_postgres(url, "public", "sales"));
        assert_eq!(of("postgresql://db/shop"), ["postgres://db:5432", "shop.public.sales"]);
        assert_eq!(of("postgresql://me@db:6543/shop?sslmode=require"), ["postgres://db:6543", "shop.public.sales"]);
        assert_eq!(of("postgresql://[::1]/shop"), ["postgres://[::1]:5432", "shop.public.sales"]);
        assert_eq!(pair(LineageName::of_sqlite(Path::new("/d/s.db"), "sales")), ["sqlite:///d/s.db", "sales"]);
    }
}
