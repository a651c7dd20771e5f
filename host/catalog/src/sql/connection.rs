//! From a connection's text to a database. Nothing is requested here; that begins with the first load or save.
//!
//! The common texts are accepted: `sqlite:data/sales.db`, SQLAlchemy's `sqlite:///data/sales.db` and
//! `postgresql+psycopg2://user@host/database`, libpq's `postgresql://…?sslmode=require`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use tokio::sync::Semaphore;

use super::database::Database;
use super::postgres::{Postgres, Settings};
use super::relation::{Entry, Relation, TableName};
use super::sqlite::{PATIENCE, Sqlite};
use crate::LineageName;
use crate::location::{file_of_path, without_credentials};
use crate::store::{Environment, Retry, Secrets};
use crate::{Address, OptionError, StoreConfig};
use wpipe_text::did_you_mean_or_list;

/// A database that is ready for requests. A clone is another handle to the same.
#[derive(Clone)]
pub(crate) struct OpenedDatabase {
    pub(super) database: Arc<dyn Database>,
    /// The connection for people, without credentials.
    pub(super) shown: Arc<str>,
    pub(super) secrets: Secrets,
    pub(super) retry: Retry,
    /// The permits of concurrent requests, if those are limited.
    pub(super) permits: Option<Arc<Semaphore>>,
    home: Home,
}

/// The place of the tables, to be compared.
#[derive(Clone)]
enum Home {
    File(PathBuf),
    Server {
        /// The host, port and database.
        identity: String,
        /// The schema of tables without a stated one.
        schema: String,
    },
}

/// The beginnings of connections to other databases, which are not supported.
const OTHERS: [&str; 11] = [
    "mysql",
    "mariadb",
    "mssql",
    "oracle",
    "snowflake",
    "bigquery",
    "duckdb",
    "redshift",
    "clickhouse",
    "trino",
    "db2",
];

const EXAMPLES: &str = "write `connection = \"sqlite:data/sales.db\"` or `connection = \"postgresql://host/database\"`";

/// Returns true if a URL is one of a database, supported or not.
pub(crate) fn is_database(url: &str) -> bool {
    let name = database_of(url);
    matches!(name, "sqlite" | "postgresql" | "postgres") || OTHERS.contains(&name)
}

/// Returns `postgresql` of `postgresql+psycopg2://…`.
fn database_of(text: &str) -> &str {
    let scheme = text.split(':').next().unwrap_or_default();
    scheme.split('+').next().unwrap_or_default()
}

impl OpenedDatabase {
    /// Opens the database of a connection, whose text is in `key`, and in `config` if it is a store's. Paths are
    /// relative to `root`.
    pub(crate) fn open(
        key: &str,
        config: &StoreConfig,
        root: &Path,
        environment: &Environment,
    ) -> Result<Self, Vec<OptionError>> {
        let mut errors = refuse_misplaced(config);
        let of_key = |error: OptionError| OptionError { key: Some(key.to_owned()), ..error };
        let opened = match Self::open_text(config, root, environment) {
            Ok(opened) => opened,
            Err(error) => {
                errors.insert(0, of_key(error));
                return Err(errors);
            }
        };
        if errors.is_empty() { Ok(opened) } else { Err(errors) }
    }

    fn open_text(config: &StoreConfig, root: &Path, environment: &Environment) -> Result<Self, OptionError> {
        let text = config.url.trim();
        // All of it may come from the environment: only the expanded text shows the kind.
        let expanded = environment.expand("connection", text)?;
        match database_of(&expanded) {
            "sqlite" => Self::sqlite(text, config, root, environment),
            "postgresql" | "postgres" => Self::postgres(text, config, root, environment),
            other if OTHERS.contains(&other) => {
                let help = "SQLite and PostgreSQL are: export the table to one of them, or to Parquet";
                Err(wrong(format!("`{other}` is no database that wpipe speaks to"), help))
            }
            _ => Err(wrong("it begins with neither `sqlite:` nor `postgresql://`".to_owned(), EXAMPLES)),
        }
    }

    fn sqlite(text: &str, config: &StoreConfig, root: &Path, environment: &Environment) -> Result<Self, OptionError> {
        let expanded = environment.expand("connection", text)?;
        let (path, query) = split_query(sqlite_path(&expanded)?);
        let path = path.to_owned();
        if matches!(path.as_str(), "" | ":memory:") {
            let help = "name a file: `connection = \"sqlite:data/sales.db\"`";
            return Err(wrong("a database in memory has nothing to read, and is gone with the run".to_owned(), help));
        }
        let mut patience = PATIENCE;
        for (name, value) in parameters(query) {
            match (name.as_str(), value.parse::<f64>()) {
                ("timeout", Ok(seconds)) if (0.0..1e6).contains(&seconds) => {
                    patience = Duration::from_secs_f64(seconds)
                }
                ("timeout", _) => {
                    return Err(wrong(format!("`timeout={value}` is no number of seconds"), "write `timeout=60`"));
                }
                (name, _) => {
                    let message = format!("`{name}` is no parameter of a SQLite connection");
                    return Err(wrong(message, did_you_mean_or_list(name, "parameters", &["timeout"])));
                }
            }
        }
        let (_, file) = file_of_path(root, &path)?;
        // The text as it is written: the environment's values must not be shown.
        let shown = match text.starts_with("sqlite") {
            true => format!("sqlite:{}", split_query(sqlite_path(text).unwrap_or(text)).0),
            false => text.to_owned(),
        };
        Ok(Self {
            database: Arc::new(Sqlite::new(file.clone(), patience)),
            shown: shown.into(),
            secrets: Secrets::default(),
            retry: config.retry(),
            permits: permits(config),
            home: Home::File(file),
        })
    }

    fn postgres(text: &str, config: &StoreConfig, root: &Path, environment: &Environment) -> Result<Self, OptionError> {
        let url = expand_user(text, environment)?;
        let rest = url.split_once(':').map_or("", |(_, rest)| rest);
        if !rest.starts_with("//") {
            let help = "write `connection = \"postgresql://host:5432/database\"`";
            return Err(wrong("`//` is expected behind `postgresql:`".to_owned(), help));
        }
        let (rest, query) = split_query(rest);
        let (kept, own): (Vec<_>, Vec<_>) =
            parameters(query).into_iter().partition(|(name, _)| !Settings::OWN.contains(&name.as_str()));
        let unknown = kept.iter().find(|(name, _)| !Settings::OF_CLIENT.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            let known: Vec<_> = Settings::OWN.into_iter().chain(Settings::OF_CLIENT).collect();
            let message = format!("`{name}` is no parameter of a PostgreSQL connection");
            return Err(wrong(message, did_you_mean_or_list(name, "parameters", &known)));
        }
        let kept: Vec<_> = kept.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mut url = format!("postgresql:{rest}");
        if !kept.is_empty() {
            url = format!("{url}?{}", kept.join("&"));
        }
        let settings = Settings::read(&url, &own, root, environment, config.timeouts())?;
        let mut secrets: Vec<String> = environment.values_in(text).map(str::to_owned).collect();
        secrets.extend(settings.password().map(str::to_owned));
        // The text as it is written: the environment's values must not be shown.
        let shown = match text.split_once("://") {
            Some((_, rest)) => without_credentials(&format!("postgresql://{rest}")),
            None => text.to_owned(),
        };
        let home = Home::Server { identity: settings.identity(), schema: settings.schema() };
        Ok(Self {
            database: Arc::new(Postgres::new(settings)),
            shown: shown.trim_end_matches('/').into(),
            secrets: Secrets::new(secrets),
            retry: config.retry(),
            permits: permits(config),
            home,
        })
    }

    /// Returns the problems of keys that have no meaning for this database.
    pub(crate) fn refuse(&self, entry: &Entry) -> Vec<OptionError> {
        match (&self.home, &entry.relation) {
            (Home::File(_), Relation::Table(TableName { schema: Some(schema), .. })) if schema != "main" => {
                let message = "a file of SQLite's has no schemas".to_owned();
                vec![OptionError { key: Some("schema".to_owned()), message, help: Some("remove it".to_owned()) }]
            }
            _ => Vec::new(),
        }
    }

    /// Returns the address of a relation, to be compared. A query is at no other's place.
    pub(super) fn address_of(&self, relation: &Relation) -> Address {
        let (home, schema) = match &self.home {
            Home::File(path) => (Address::of_folder(path), None),
            Home::Server { identity, schema } => (Address::of_server(identity, []), Some(schema)),
        };
        match relation {
            Relation::Query(query) => home.joined(format!("query {}", blake3::hash(query.text.as_bytes()))),
            Relation::Table(TableName { schema: said, name }) => match schema {
                // SQLite does not tell capitals from small letters.
                None => home.joined(name.to_ascii_lowercase()),
                Some(usual) => home.joined(said.as_ref().unwrap_or(usual)).joined(name),
            },
        }
    }

    /// Returns the name by which other tools know a relation. That of a query tells it from others, and no more.
    pub(super) fn lineage_name_of(&self, relation: &Relation) -> LineageName {
        let (said, name) = match relation {
            Relation::Table(TableName { schema, name }) => (schema.as_ref(), name.clone()),
            Relation::Query(query) => {
                (None, format!("query-{:.12}", blake3::hash(query.text.as_bytes()).to_hex().as_str()))
            }
        };
        match &self.home {
            Home::File(path) => LineageName::of_sqlite(path, &name),
            Home::Server { schema, .. } => LineageName::of_postgres(&self.shown, said.unwrap_or(schema), &name),
        }
    }

    /// Returns the help for a relation that is not there.
    pub(super) fn how_to_put(&self, relation: &Relation) -> String {
        let Relation::Table(TableName { schema, name }) = relation else {
            return "correct the query, or `connection`, whose path is relative to the manifest".to_owned();
        };
        match (&self.home, name.split_once('.')) {
            (Home::File(path), _) if !path.exists() => {
                "put the file of the database there, or correct `connection`, whose path is relative to the manifest"
                    .to_owned()
            }
            (Home::Server { .. }, Some((schema, table))) => {
                format!("write the schema apart: `schema = \"{schema}\"` and `table = \"{table}\"`")
            }
            (Home::Server { .. }, None) if name.contains(char::is_uppercase) => {
                let small = name.to_lowercase();
                format!("PostgreSQL makes small letters of names that nobody quotes: write `table = \"{small}\"`")
            }
            (Home::Server { .. }, None) if schema.is_none() => {
                "make the table, correct `table`, or say its `schema`".to_owned()
            }
            _ => "make the table, or correct `table`".to_owned(),
        }
    }
}

impl fmt::Debug for OpenedDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Connections hold credentials.
        write!(f, "OpenedDatabase({})", self.shown)
    }
}

/// Returns the problems of a store's settings that have no meaning for a database.
fn refuse_misplaced(config: &StoreConfig) -> Vec<OptionError> {
    let said = [
        ("endpoint", config.endpoint.is_some()),
        ("region", config.region.is_some()),
        ("access_key_id", config.access_key_id.is_some()),
        ("secret_access_key", config.secret_access_key.is_some()),
        ("session_token", config.session_token.is_some()),
        ("allow_http", config.allow_http.is_some()),
        ("virtual_hosted_style", config.virtual_hosted_style.is_some()),
        ("skip_signature", config.skip_signature.is_some()),
        ("max_bandwidth", config.max_bandwidth.is_some()),
    ];
    let misplaced = said.into_iter().filter(|(_, is_said)| *is_said);
    misplaced
        .map(|(key, _)| OptionError {
            key: Some(key.to_owned()),
            message: format!("`{key}` means nothing to a database"),
            help: Some(
                "user and password stand in `url`: `postgresql://${env:USER}:${env:PASSWORD}@host/db`".to_owned(),
            ),
        })
        .collect()
}

fn permits(config: &StoreConfig) -> Option<Arc<Semaphore>> {
    config.max_concurrent.map(|most| Arc::new(Semaphore::new(most.max(1))))
}

/// Returns the part behind `sqlite:`, without the slashes of a URL.
fn sqlite_path(text: &str) -> Result<&str, OptionError> {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    match rest.strip_prefix("//") {
        None => Ok(rest),
        Some("") => Ok(""),
        // `sqlite:///relative`, `sqlite:////absolute`.
        Some(rest) => rest.strip_prefix('/').ok_or_else(|| {
            let help = format!("write `connection = \"sqlite:{rest}\"`, relative to the manifest");
            wrong(format!("`sqlite://{rest}` has a host, which files do not have"), help)
        }),
    }
}

fn split_query(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}

/// Returns the parameters of a URL, decoded.
fn parameters(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Returns the text with the environment's values in it. Those of user and password stand for themselves, in any
/// characters: nothing in them need be encoded.
fn expand_user(text: &str, environment: &Environment) -> Result<String, OptionError> {
    let start = text.find("://").map_or(0, |at| at + "://".len());
    let host = text[start..].find(['/', '?']).map_or(text.len(), |end| start + end);
    let Some(end) = text[start..host].rfind('@').map(|end| start + end) else {
        return environment.expand("connection", text);
    };
    let parts = text[start..end].split_inclusive([':', '}']);
    let mut user = String::new();
    let mut variable = String::new();
    for part in parts {
        // `${env:NAME}` has a colon of its own.
        variable += part;
        if variable.ends_with("${env:") {
            continue;
        }
        user += &match variable.find("${env:") {
            None => variable.clone(),
            Some(at) => {
                let value = environment.expand("connection", &variable[at..])?;
                format!("{}{}", &variable[..at], encoded(&value))
            }
        };
        variable.clear();
    }
    let rest = environment.expand("connection", &text[end..])?;
    Ok(format!("{}{user}{variable}{rest}", &text[..start]))
}

fn encoded(value: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encode(value.as_bytes(), PLAIN).to_string()
}

fn wrong(message: String, help: impl Into<String>) -> OptionError {
    OptionError { key: None, message, help: Some(help.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> Result<OpenedDatabase, OptionError> {
        let environment =
            Environment::new([("SECRET".into(), "p@ss/w:rd%".into()), ("DB".into(), "postgresql://a:hush@h/d".into())]);
        let config = StoreConfig { url: text.to_owned(), ..StoreConfig::default() };
        let opened = OpenedDatabase::open("connection", &config, Path::new("/root"), &environment);
        opened.map_err(|mut errors| errors.remove(0))
    }

    fn table(name: &str) -> Relation {
        Relation::Table(TableName { schema: None, name: name.to_owned() })
    }

    #[test]
    fn files_are_written_as_people_write_them() {
        let at = |text: &str| open(text).map(|opened| opened.address_of(&table("T")));
        let expected = at("sqlite:data/x.db").expect("a file");
        for same in [
            "sqlite:///data/x.db",
            "sqlite+pysqlite:///data/x.db",
            "sqlite:////root/data/x.db",
            "sqlite:./data/x.db?timeout=60",
        ] {
            assert_eq!(at(same).ok(), Some(expected.clone()), "{same}");
        }
        assert_eq!(at("sqlite:/root/data/x.db").ok(), Some(expected));
        for (wrong, expected) in [
            ("sqlite://data/x.db", "has a host"),
            ("sqlite://", "in memory"),
            ("sqlite::memory:", "in memory"),
            ("sqlite:///:memory:", "in memory"),
            ("sqlite:x.db?timeot=1", "no parameter"),
            ("sqlite:x.db?timeout=soon", "no number of seconds"),
            ("mysql+pymysql://host/db", "no database that wpipe speaks to"),
            ("data/x.db", "neither"),
            ("postgresql:host/db", "`//` is expected"),
            ("postgresql://host/db?sslmod=require", "no parameter"),
            ("postgresql://host/db?sslmode=always", "sslmode"),
            ("postgresql://host:port/db", "port"),
        ] {
            let message = open(wrong).expect_err(wrong).message;
            assert!(message.contains(expected), "{wrong}: {message}");
        }
    }

    #[test]
    fn servers_are_one_however_they_are_written() {
        let at = |text: &str| open(text).expect(text).address_of(&table("T"));
        let expected = at("postgresql://h/d");
        for same in ["postgres://me:hush@H:5432/d", "postgresql+psycopg2://other@h/d?sslmode=require"] {
            assert_eq!(at(same), expected, "{same}");
        }
        for other in ["postgresql://h:5433/d", "postgresql://h/e", "postgresql://h/d?options=-csearch_path%3Ds"] {
            assert_ne!(at(other), expected, "{other}");
        }
    }

    #[test]
    fn values_of_the_environment_need_no_encoding_and_are_not_shown() {
        let opened = open("postgresql://me:${env:SECRET}@host/db?sslmode=disable").expect("a connection");
        assert_eq!(&*opened.shown, "postgresql://host/db");
        assert_eq!(opened.secrets.scrub("no p@ss/w:rd% here"), "no … here");
        let whole = open("${env:DB}").expect("a connection");
        assert_eq!((&*whole.shown, whole.secrets.scrub("hush")), ("${env:DB}", "…".to_owned()));
    }
}
