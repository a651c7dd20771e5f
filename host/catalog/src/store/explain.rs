//! From an error of a store or its network to a message for people: the failure, the place, the reason, and the help.

use std::io;

use http::StatusCode;
use rustix::io::Errno;
use wpipe_text::message;

use super::config::Timeouts;
use super::opened::Scheme;
use super::refusal::Refusal;
use super::secrets::Secrets;
use super::tally::{Break, Failure};
use crate::DataError;
use crate::causes::{find_cause, innermost};

/// The action that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Read,
    Write,
    Look,
    Remove,
}

/// Returns the words for how often a failed request was repeated, behind the reason of its failure.
pub(crate) fn tried_again(retries: u32) -> String {
    match retries {
        0 => String::new(),
        1 => " (tried again once)".to_owned(),
        times => format!(" (tried again {times} times)"),
    }
}

/// The circumstances of a failure.
#[derive(Debug)]
pub(super) struct Circumstances<'c> {
    pub(super) location: &'c str,
    pub(super) scheme: Scheme,
    /// The bucket, container or host.
    pub(super) host: &'c str,
    pub(super) timeouts: Timeouts,
    pub(super) secrets: &'c Secrets,
    pub(super) retries: u32,
}

/// The reason and the help.
struct Words {
    reason: String,
    help: Option<String>,
}

impl Words {
    fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: Some(help.into()) }
    }
}

impl Action {
    /// Returns true if it changes stored content.
    fn changes(self) -> bool {
        matches!(self, Self::Write | Self::Remove)
    }

    /// Returns the participle for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "written",
            Self::Look => "looked at",
            Self::Remove => "removed",
        }
    }
}

/// Returns the error that people see.
pub(super) fn explain(
    action: Action,
    error: &object_store::Error,
    failure: Option<&Failure>,
    at: &Circumstances<'_>,
) -> DataError {
    let location = at.location.to_owned();
    let is_missing = matches!(error, object_store::Error::NotFound { .. });
    let is_refused = |code: &str| matches!(failure, Some(Failure::Refused { code: Some(found), .. }) if found == code);
    // A server that rejects requests reveals nothing of its content.
    let is_method =
        matches!(failure, Some(Failure::Refused { status, .. }) if *status == StatusCode::METHOD_NOT_ALLOWED);
    if is_missing && !is_method && !action.changes() && !is_refused("NoSuchBucket") && !is_refused("ContainerNotFound")
    {
        return DataError::NotFound { location };
    }
    let Words { reason, help } = match (failure, find_cause::<io::Error>(error)) {
        (Some(failure), _) => of_network(failure, action, at),
        (None, Some(cause)) => of_files(cause, action, at.location),
        (None, None) => match error {
            object_store::Error::InvalidPath { source } => of_name(source),
            error => Words { reason: innermost(error), help: None },
        },
    };
    let reason = message(&at.secrets.scrub(&reason)).into_owned() + &tried_again(at.retries);
    DataError::Store {
        location,
        action: action.as_str(),
        reason,
        help: help.map(|help| message(&at.secrets.scrub(&help)).into_owned()),
    }
}

/// The help if no more files can be opened.
const RAISE_LIMIT: &str = "raise the limit of open files (`ulimit -n`), or let fewer nodes run at once (`--workers`)";

/// Returns true if this process, or the whole machine, has as many files open as it may.
pub(super) fn lacks_descriptors(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| [Errno::MFILE, Errno::NFILE].contains(&Errno::from_raw_os_error(number)))
}

fn of_files(error: &io::Error, action: Action, location: &str) -> Words {
    if let Some(refusal) = Refusal::within(error) {
        return Words { reason: refusal.reason.clone(), help: refusal.help.clone() };
    }
    // The kinds have plain words; the system's own text is for those without.
    let reason = match error.kind() {
        io::ErrorKind::Other => error.to_string(),
        kind if kind.to_string() == "uncategorized error" => error.to_string(),
        kind => kind.to_string(),
    };
    let help = match (error.kind(), action) {
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            Some("free some space there, or store the dataset elsewhere; what was there before is there still")
        }
        (io::ErrorKind::PermissionDenied, Action::Write | Action::Remove) => {
            Some("let this user write to the directory, or store the dataset elsewhere")
        }
        (io::ErrorKind::PermissionDenied, _) => Some("let this user read the file and enter its directory"),
        (io::ErrorKind::ReadOnlyFilesystem, _) => Some("store the dataset on a file system that can be written to"),
        (io::ErrorKind::NotADirectory, _) => Some("a part of the path is a file: remove it, or correct the path"),
        (io::ErrorKind::OutOfMemory, _) => Some("the data is larger than what memory is left: partition it"),
        _ => None,
    };
    let help = if lacks_descriptors(error) { Some(RAISE_LIMIT) } else { help };
    let help = help.map(|help| help.replace("there, or", &format!("where `{location}` is, or")));
    Words { reason, help }
}

/// Explains an object's name that no request can have.
fn of_name(error: &object_store::path::Error) -> Words {
    use object_store::path::Error;
    let name = match error {
        Error::EmptySegment { path } | Error::BadSegment { path, .. } | Error::NonUnicode { path, .. } => path.clone(),
        error => error.to_string(),
    };
    Words::new(
        format!("it has `{}`, which is called like no object can be", wpipe_text::one_line(&name)),
        "rename or remove that: names are of UTF-8, without control characters and empty parts",
    )
}

fn of_network(failure: &Failure, action: Action, at: &Circumstances<'_>) -> Words {
    match failure {
        Failure::Refused { status, code, message } => {
            of_refusal(*status, code.as_deref(), message.as_deref(), action, at)
        }
        Failure::NoCredentials => Words::new(
            "nobody has credentials for it",
            match at.scheme {
                Scheme::S3 => {
                    "set `access_key_id` and `secret_access_key` of the store, or `AWS_ACCESS_KEY_ID` and \
                     `AWS_SECRET_ACCESS_KEY`, or choose a profile by `AWS_PROFILE`; for public data, \
                     `skip_signature = true`"
                }
                _ => "set the variables that the provider's own tools use",
            },
        ),
        Failure::Broken { kind, text } => of_break(*kind, text, at),
    }
}

fn of_break(kind: Break, text: &str, at: &Circumstances<'_>) -> Words {
    match kind {
        Break::UnknownHost => Words::new(
            format!("nobody knows its host: {text}"),
            "check `endpoint`, `region` and the URL, and whether this machine is online",
        ),
        Break::Unreachable => Words::new(
            format!("its server cannot be reached: {text}"),
            "check `endpoint` and its port, and whether the server runs",
        ),
        Break::Tls => Words::new(
            format!("no secure connection can be made: {text}"),
            "check the `endpoint`; if it is right, add the certificate of its authority to those of this machine; a \
             server without TLS is asked by `http://` and `allow_http = true`",
        ),
        Break::Timeout => Words::new(
            format!(
                "its server was silent for {}, or did not accept a connection within {}",
                seconds(at.timeouts.silence),
                seconds(at.timeouts.connect)
            ),
            "check the network, or raise `timeout` and `connect_timeout` of the store",
        ),
        Break::Descriptors => Words::new(format!("no connection can be made: {text}"), RAISE_LIMIT),
        Break::Redirects => Words::new(
            "its server sends from one address to another without end",
            "check the URL: it may need a login, or another scheme",
        ),
        Break::Encoding => Words::new(
            format!("what its server sent cannot be decoded: {text}"),
            "load it by another way, and store it as a file",
        ),
        Break::Cut => Words::new(
            format!("the connection broke: {text}"),
            "check the network, or raise `retries` and `retry_timeout` of the store",
        ),
    }
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn of_refusal(
    status: StatusCode,
    code: Option<&str>,
    message: Option<&str>,
    action: Action,
    at: &Circumstances<'_>,
) -> Words {
    let host = at.host;
    let told = match (code, message) {
        (Some(code), Some(message)) if !message.is_empty() => format!("{status}, {code}: {message}"),
        (Some(code), _) => format!("{status}, {code}"),
        (None, _) => status.to_string(),
    };
    match (code, status) {
        (Some("NoSuchBucket" | "ContainerNotFound"), _) => {
            Words::new(format!("there is no bucket `{host}`"), "create the bucket, or correct the URL")
        }
        (None, StatusCode::NOT_FOUND) if action.changes() => {
            Words::new(format!("the server answered {told}"), format!("check whether the bucket `{host}` is there"))
        }
        (Some("InvalidAccessKeyId"), _) => Words::new(
            "the server does not know the access key",
            "check `access_key_id`, or the variable or profile that it is from",
        ),
        (Some("SignatureDoesNotMatch"), _) => Words::new(
            "the secret does not fit the access key",
            "check `secret_access_key`, or the variable or profile that it is from, and this machine's clock",
        ),
        (Some("ExpiredToken" | "InvalidToken"), _) => {
            Words::new(format!("the credentials are no good: {told}"), "get new ones: temporary credentials expire")
        }
        (Some("RequestTimeTooSkewed"), _) => {
            Words::new("this machine's clock differs from the server's", "set the clock right")
        }
        (Some("AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException"), _)
        | (_, StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT) => {
            Words::new(format!("the bucket is in another region: {told}"), "set the `region` of the store")
        }
        (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            let verb = if action.changes() { "write to" } else { "read" };
            Words::new(
                format!("access is denied: {told}"),
                format!("check the credentials, and whether they may {verb} `{host}`"),
            )
        }
        (_, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) => {
            let help = match action.changes() {
                true => "store the dataset where it can be written to",
                false => "check the URL: it is none that can be asked for",
            };
            Words::new(format!("the server refuses: {told}"), help)
        }
        (_, status) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => Words::new(
            format!("the server is in trouble: {told}"),
            "try later, lower `max_concurrent`, or raise `retries` and `retry_timeout` of the store",
        ),
        _ => Words { reason: format!("the server answered {told}"), help: None },
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use std::time::Duration;

    use insta::assert_snapshot;

    use super::*;

    fn told(action: Action, error: &object_store::Error, failure: Option<Failure>) -> String {
        let secrets = Secrets::new(["hush-hush".to_owned()]);
        let timeouts = Timeouts { silence: Duration::from_secs(30), connect: Duration::from_millis(5500) };
        let at = Circumstances {
            location: "s3://lake/x.csv",
            scheme: Scheme::S3,
            host: "lake",
            timeouts,
            secrets: &secrets,
            retries: 2,
        };
        let error = explain(action, error, failure.as_ref(), &at);
        format!("{error}\nhelp: {}", error.help().unwrap_or_default())
    }

    fn generic(source: impl Into<Box<dyn Error + Send + Sync>>) -> object_store::Error {
        object_store::Error::Generic { store: "S3", source: source.into() }
    }

    fn of_errno(errno: Errno) -> String {
        let told = told(Action::Write, &generic(io::Error::from(errno)), None);
        told.replace("s3://lake", "data").replace(" (tried again 2 times)", "")
    }

    fn of_failure(failure: Failure) -> String {
        told(Action::Write, &generic("the layers' own words, with hush-hush"), Some(failure))
    }

    fn refused(status: u16, code: &str, message: &str) -> String {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let status = StatusCode::from_u16(status).expect("a status");
        of_failure(Failure::Refused { status, code: text(code), message: text(message) })
    }

    #[test]
    fn trouble_with_files() {
        let all = [
            of_errno(Errno::NOSPC),
            of_errno(Errno::DQUOT),
            of_errno(Errno::ROFS),
            of_errno(Errno::ACCESS),
            of_errno(Errno::NOTDIR),
            of_errno(Errno::IO),
            of_errno(Errno::MFILE),
        ];
        assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn refusals() {
        let all = [
            refused(404, "NoSuchBucket", "The specified bucket does not exist"),
            refused(404, "", ""),
            refused(403, "InvalidAccessKeyId", "hush-hush is not known"),
            refused(403, "SignatureDoesNotMatch", ""),
            refused(403, "AccessDenied", "the user of hush-hush may not"),
            refused(400, "ExpiredToken", "The provided token has expired."),
            refused(403, "RequestTimeTooSkewed", ""),
            refused(301, "PermanentRedirect", "use the other endpoint"),
            refused(401, "", ""),
            refused(405, "MethodNotAllowed", ""),
            refused(500, "InternalError", "We encountered an internal error."),
            refused(503, "SlowDown", "Please reduce your request rate."),
            refused(418, "", ""),
        ];
        assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn trouble_with_the_network() {
        let broken = |kind, text: &str| of_failure(Failure::Broken { kind, text: text.to_owned() });
        let all = [
            broken(Break::UnknownHost, "failed to lookup address information: Name or service not known"),
            broken(Break::Unreachable, "Connection refused (os error 111)"),
            broken(Break::Tls, "invalid peer certificate: UnknownIssuer"),
            broken(Break::Timeout, "operation timed out"),
            broken(Break::Cut, "connection reset by peer"),
            broken(Break::Descriptors, "Too many open files (os error 24)"),
            broken(Break::Redirects, "too many redirects"),
            broken(Break::Encoding, "as `gzip`: invalid gzip header"),
            of_failure(Failure::NoCredentials),
        ];
        assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_is_not_there_is_not_found_unless_its_bucket_is_missing() {
        let missing = || object_store::Error::NotFound { path: "x".to_owned(), source: "x".into() };
        assert!(told(Action::Read, &missing(), None).starts_with("`s3://lake/x.csv` does not exist"));
        let code = Some("NoSuchBucket".to_owned());
        let failure = Failure::Refused { status: StatusCode::NOT_FOUND, code, message: None };
        assert!(told(Action::Read, &missing(), Some(failure)).contains("there is no bucket `lake`"));
    }

    #[test]
    fn words_that_nobody_knows_are_told_without_secrets() {
        let told = told(Action::Read, &generic("odd, with hush-hush"), None);
        assert!(told.starts_with("`s3://lake/x.csv` cannot be read: odd, with … (tried again 2 times)"), "{told}");
    }
}
