//! A PostgreSQL server of a test's own: a cluster in a temporary folder, which listens on loopback and on a socket, and
//! ends with the process that has started it.
//!
//! The server's programs are Debian's, which `cargo xtask setup` installs. It refuses to run as root, so that it runs as
//! another user then.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::{env, fs, io};

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// What stands in place of the server where there is none.
const MISSING: &str = "PostgreSQL is not installed, so that this test shows nothing: run `cargo xtask setup`";
/// Users that the server runs as, if this one is root.
const OTHERS: [&str; 2] = ["postgres", "nobody"];
/// Who may do everything.
const USER: &str = "wpipe";
/// It has what URLs must encode in it.
const PASSWORD: &str = "h@u/s:h%";

/// A server that runs.
pub struct PostgresServer {
    folder: PathBuf,
    port: u16,
    /// Ends the server when its standard input ends: with this process, at the latest.
    _keeper: Child,
}

impl PostgresServer {
    /// The server of this process; `None`, which is told, where its programs are not installed. Where `CI` is set, they
    /// must be.
    #[expect(clippy::print_stderr, reason = "a test that shows nothing says so")]
    pub fn of_process() -> Option<&'static Self> {
        static SERVER: LazyLock<Option<PostgresServer>> = LazyLock::new(|| {
            let programs = programs()?;
            Some(PostgresServer::start(&programs).expect("PostgreSQL starts"))
        });
        if SERVER.is_none() {
            assert!(env::var_os("CI").is_none(), "{MISSING}");
            eprintln!("{MISSING}");
        }
        SERVER.as_ref()
    }

    /// A server of a test's own, which it may end.
    pub fn alone() -> Option<Self> {
        Self::of_process()?;
        Some(Self::start(&programs()?).expect("PostgreSQL starts"))
    }

    fn start(programs: &Path) -> io::Result<Self> {
        // It is removed by whoever ends the server.
        let folder = tempfile::Builder::new().prefix("wpipe-postgres-").tempdir()?.keep();
        let user = other_user();
        fs::write(folder.join("password"), PASSWORD)?;
        // Whoever the server runs as makes folders in it.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
        let cluster = folder.join("cluster");
        let mut initialising = as_user(user, &programs.join("initdb"));
        initialising.arg("--pgdata").arg(&cluster).arg("--pwfile").arg(folder.join("password"));
        initialising.args(["--username", USER, "--auth", "scram-sha-256", "--no-sync", "--encoding", "UTF8"]);
        initialising.args(["--locale", "C"]);
        let initialised = initialising.current_dir("/").output()?;
        assert!(initialised.status.success(), "{}", String::from_utf8_lossy(&initialised.stderr));
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut server = as_user(user, &programs.join("postgres"));
        server.arg("-D").arg(&cluster).args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c"]);
        server.arg(format!("port={port}")).arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
        // The end of this process closes the shell's input, whatever it ends of.
        let script = "\"$@\" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf \"$WPIPE_FOLDER\"";
        let mut keeper = Command::new("sh");
        keeper.args(["-c", script, "sh"]).arg(server.get_program()).args(server.get_args());
        keeper.env("WPIPE_FOLDER", &folder).current_dir("/");
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let log = keeper.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut lines = BufReader::new(log).lines();
        let mut told = Vec::new();
        loop {
            let Some(line) = lines.next().transpose()? else { panic!("it ended: {}", told.join("\n")) };
            if line.contains("ready to accept connections") {
                break;
            }
            told.push(line);
        }
        // A server whose log nobody reads stands still.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { folder, port, _keeper: keeper })
    }

    /// Ends the server, and waits for that.
    pub fn end(mut self) {
        drop(self._keeper.stdin.take());
        self._keeper.wait().expect("the server ends");
    }

    /// The URL of a database, with user and password as URLs have them.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}:h%40u%2Fs%3Ah%25@127.0.0.1:{}/{database}", self.port)
    }

    /// The password as people know it.
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The user.
    pub fn user(&self) -> &'static str {
        USER
    }

    /// On loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its socket.
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Makes a database of this name, empty, and returns its URL.
    pub fn database(&self, name: &str) -> String {
        self.query("postgres", &format!("DROP DATABASE IF EXISTS \"{name}\""));
        self.query("postgres", &format!("CREATE DATABASE \"{name}\""));
        self.url(name)
    }

    /// A connection on which these statements have been run: what they lock stays so.
    pub fn session(&self, database: &str, sql: &str) -> Session {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await.expect("it is there");
            tokio::spawn(connection);
            client.simple_query(sql).await.expect(sql);
            client
        });
        Session { _runtime: runtime, _client: client }
    }

    /// The rows that statements find, as texts.
    pub fn query(&self, database: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await.expect("it is there");
            let connection = tokio::spawn(connection);
            let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            drop(client);
            // So that nobody is connected any more.
            drop(connection.await);
            let rows = messages.iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
                _ => None,
            });
            rows.collect()
        })
    }
}

/// A connection that lasts as long as this does.
pub struct Session {
    _runtime: tokio::runtime::Runtime,
    _client: Client,
}

/// The folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let has = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    debian.into_iter().rev().chain(env::split_paths(&path)).find(has)
}

/// Whom the server runs as, if not as this user.
fn other_user() -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
    OTHERS.into_iter().find(|name| known.lines().any(|line| line.starts_with(&format!("{name}:"))))
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--clear-groups"]).arg(program);
    command
}
