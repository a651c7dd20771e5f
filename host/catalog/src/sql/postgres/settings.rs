//! The settings of a connection's URL, and of the environment if the URL is silent, as libpq has it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::OptionError;
use crate::store::{Environment, Timeouts};

const PORT: u16 = 5432;
/// The folder of the sockets of Debian's server on this machine.
const SOCKETS: &str = "/var/run/postgresql";

/// The settings of a connection. They hold a password.
pub(in crate::sql) struct Settings {
    pub(super) config: Config,
    pub(super) trust: Trust,
    pub(super) root: Option<PathBuf>,
    /// The certificate that proves the client's identity, and its key.
    pub(super) proof: Option<(PathBuf, PathBuf)>,
    /// The longest wait for a lock.
    pub(super) patience: Duration,
}

/// The servers that are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Any server.
    All,
    /// Servers whose certificate is signed by a trusted authority.
    Signed,
    /// Servers whose name is that of the certificate, too.
    Named,
}

impl Settings {
    /// The parameters of a URL that are read here.
    pub(in crate::sql) const OWN: [&'static str; 6] =
        ["sslmode", "sslrootcert", "sslcert", "sslkey", "client_encoding", "gssencmode"];
    /// The parameters that the client reads.
    pub(in crate::sql) const OF_CLIENT: [&'static str; 17] = [
        "user",
        "password",
        "dbname",
        "options",
        "application_name",
        "sslnegotiation",
        "host",
        "hostaddr",
        "port",
        "connect_timeout",
        "tcp_user_timeout",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_retries",
        "target_session_attrs",
        "load_balance_hosts",
    ];

    /// Reads the settings of a URL, and the parameters of it that are read here.
    pub(in crate::sql) fn read(
        url: &str,
        own: &[(String, String)],
        folder: &Path,
        environment: &Environment,
        timeouts: Timeouts,
    ) -> Result<Self, OptionError> {
        // The client's words on a text that it cannot read may have parts of it.
        let mut config: Config = url.parse().map_err(|error| unreadable(&error))?;
        let own = |name: &str| own.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let root = own("sslrootcert").filter(|path| *path != "system").map(|path| folder.join(path));
        let (mode, mut trust) = match own("sslmode").or(environment.get("PGSSLMODE")).unwrap_or("prefer") {
            "disable" => (SslMode::Disable, Trust::All),
            "allow" | "prefer" => (SslMode::Prefer, Trust::All),
            "require" => (SslMode::Require, Trust::All),
            "verify-ca" => (SslMode::Require, Trust::Signed),
            "verify-full" => (SslMode::Require, Trust::Named),
            other => {
                let help = "write `disable`, `prefer`, `require`, `verify-ca` or `verify-full`";
                return Err(wrong(format!("`sslmode={other}` is not known"), help));
            }
        };
        if trust == Trust::All && mode == SslMode::Require && root.is_some() {
            // A named authority is to be asked.
            trust = Trust::Signed;
        }
        let proof = match (own("sslcert"), own("sslkey")) {
            (Some(certificate), Some(key)) => Some((folder.join(certificate), folder.join(key))),
            (None, None) => None,
            _ => return Err(wrong("`sslcert` and `sslkey` belong together".to_owned(), "say both, or neither")),
        };
        config.ssl_mode(mode);
        complete(&mut config, environment);
        if config.get_application_name().is_none() {
            config.application_name("wpipe");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(timeouts.connect);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(timeouts.silence);
        }
        Ok(Self { config, trust, root, proof, patience: timeouts.silence })
    }

    pub(in crate::sql) fn password(&self) -> Option<&str> {
        str::from_utf8(self.config.get_password()?).ok()
    }

    /// Returns the host, port and database, in a form that is equal for equal servers.
    pub(in crate::sql) fn identity(&self) -> String {
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(PORT);
        let hosts = self.config.get_hosts().iter().enumerate();
        let hosts: Vec<_> = hosts
            .map(|(at, host)| {
                let host = match host {
                    Host::Tcp(name) => name.to_lowercase(),
                    Host::Unix(path) => path.display().to_string(),
                };
                let host = if matches!(host.as_str(), "127.0.0.1" | "::1") { "localhost".to_owned() } else { host };
                format!("{host}:{}", port(at))
            })
            .collect();
        format!("postgresql://{}/{}", hosts.join(","), self.database())
    }

    /// Returns the schema of tables without a stated one.
    pub(in crate::sql) fn schema(&self) -> String {
        let options = self.config.get_options().unwrap_or_default();
        let path = options.split("search_path=").nth(1).and_then(|rest| rest.split([' ', ',']).next());
        path.filter(|schema| !schema.is_empty()).unwrap_or("public").to_owned()
    }

    pub(super) fn database(&self) -> &str {
        self.config.get_dbname().or(self.config.get_user()).unwrap_or_default()
    }

    /// Returns the server, for people.
    pub(super) fn server(&self) -> String {
        let ports = self.config.get_ports();
        let port = ports.first().copied().unwrap_or(PORT);
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => format!("{name}:{port}"),
            Some(Host::Unix(path)) => format!("{}, port {port}", path.display()),
            None => "the server".to_owned(),
        }
    }
}

/// Completes the URL's settings by those of the environment.
fn complete(config: &mut Config, environment: &Environment) {
    if config.get_user().is_none()
        && let Some(user) = environment.get("PGUSER").or(environment.get("USER"))
    {
        config.user(user);
    }
    if config.get_dbname().is_none()
        && let Some(name) = environment.get("PGDATABASE")
    {
        config.dbname(name);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let usual = if Path::new(SOCKETS).exists() { SOCKETS } else { "localhost" };
        config.host(environment.get("PGHOST").unwrap_or(usual));
    }
    if config.get_ports().is_empty()
        && let Some(port) = environment.get("PGPORT").and_then(|port| port.parse().ok())
    {
        config.port(port);
    }
    if config.get_password().is_none()
        && let Some(password) = environment.get("PGPASSWORD").map(str::to_owned).or_else(|| kept(config, environment))
    {
        config.password(password);
    }
}

/// Returns the password in `~/.pgpass`, whose lines are `host:port:database:user:password`, where `*` fits all.
fn kept(config: &Config, environment: &Environment) -> Option<String> {
    let file = environment.get("PGPASSFILE").map(PathBuf::from);
    let file = file.or_else(|| Some(Path::new(environment.get("HOME")?).join(".pgpass")))?;
    let text = fs::read_to_string(file).ok()?;
    let host = match config.get_hosts().first()? {
        Host::Tcp(name) => name.clone(),
        Host::Unix(_) => "localhost".to_owned(),
    };
    let port = config.get_ports().first().copied().unwrap_or(PORT).to_string();
    let user = config.get_user()?;
    let database = config.get_dbname().unwrap_or(user);
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [own_host, own_port, own_database, own_user, password] = &fields[..] else { return None };
        let fits = |own: &str, wanted: &str| own == "*" || own == wanted;
        let is_it =
            fits(own_host, &host) && fits(own_port, &port) && fits(own_database, database) && fits(own_user, user);
        is_it.then(|| password.clone())
    })
}

/// Returns the fields of a line, in which `\` stands before a colon that is a part of one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => fields.iter_mut().last().into_iter().for_each(|field| field.extend(characters.next())),
            ':' if fields.len() < 5 => fields.push(String::new()),
            character => fields.iter_mut().last().into_iter().for_each(|field| field.push(character)),
        }
    }
    fields
}

fn unreadable(error: &tokio_postgres::Error) -> OptionError {
    let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    // Only words that name a parameter: others have parts of the text.
    let told = words.strip_prefix("invalid value for option").map(|name| format!(": the value of{name} is not one"));
    let message = format!("it cannot be read as a URL{}", told.unwrap_or_default());
    let help = "write `postgresql://user@host:5432/database`, with `%40` for an `@` in a name or password";
    wrong(message, help)
}

fn wrong(message: String, help: &str) -> OptionError {
    OptionError { key: None, message, help: Some(help.to_owned()) }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The settings hold a password.
        f.write_str("Settings(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_does_not_say_the_environment_and_its_files_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("pass");
        let text = "# a comment\nother:*:*:*:wrong\nhost:5432:db:me:a\\:b\\\\c:d\n*:*:*:*:last\n";
        fs::write(&file, text).expect("written");
        let variables = [("PGUSER", "me"), ("PGDATABASE", "db"), ("PGPASSFILE", file.to_str().expect("UTF-8"))];
        let environment = Environment::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let read = |url: &str| Settings::read(url, &[], folder.path(), &environment, Timeouts::default()).expect(url);
        let settings = read("postgresql://host");
        assert_eq!((settings.password(), settings.database()), (Some("a:b\\c:d"), "db"));
        assert_eq!(settings.identity(), "postgresql://host:5432/db");
        assert_eq!(read("postgresql://host:1/db").password(), Some("last"));
        assert_eq!(read("postgresql://you:mine@host/db").password(), Some("mine"));
        assert_eq!(format!("{settings:?}"), "Settings(…)");
    }
}
