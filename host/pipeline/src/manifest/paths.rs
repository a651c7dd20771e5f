//! Checks paths as people write them. A text that looks like a path and would lead elsewhere is refused, with its
//! correction.

use super::fields::Fields;
use super::masked::without_credentials;
use crate::pattern::is_pattern;
use crate::problem::Problem;
use crate::source::Span;

/// The schemes of URLs that datasets may have.
const SCHEMES: [&str; 10] = ["s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "http", "https", "file"];
/// Characters that are invisible and that no name needs: blanks without width, and marks of direction.
const UNSEEN: [char; 16] = [
    '\u{200b}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}', '\u{feff}', '\u{ad}', '\u{61c}',
];

/// The purpose of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `path` of a dataset, which may have a `url` instead.
    Dataset,
    /// `path` of a dataset in a store: a key below the store's prefix.
    Key,
    /// A local file or folder, and nothing else.
    Local,
}

/// The reason why a text is not a path, and the correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFault {
    /// The fault, such as "it begins with `~`, which only a shell replaces".
    pub reason: String,
    /// The help.
    pub help: String,
}

/// Checks that `path`, typed for a local file or folder, is one as it stands: it is no URL, and contains nothing that
/// only a shell, a template or another system replaces.
///
/// ```
/// assert!(wpipe_pipeline::check_path("out/events.jsonl").is_ok());
/// let fault = wpipe_pipeline::check_path("s3://bucket/events.jsonl").unwrap_err();
/// assert_eq!(fault.reason, "`s3://bucket/events.jsonl` is a URL");
/// ```
///
/// # Errors
///
/// Fails if it is not.
pub fn check_path(path: &str) -> Result<(), PathFault> {
    fault(path, Purpose::Local).map_or(Ok(()), Err)
}

/// Reports the fault of the path `text` of `key`.
pub(super) fn check(
    fields: &Fields<'_>,
    key: &str,
    (text, span): (&str, &Span),
    purpose: Purpose,
    out: &mut Vec<Problem>,
) {
    if let Some(PathFault { reason, help }) = fault(text, purpose) {
        let message = format!("`{key}` of {} is not a path", fields.owner());
        out.push(Problem::new("wpipe::manifest::bad_path", message).label(span, reason).help(help));
    }
}

fn fault(path: &str, purpose: Purpose) -> Option<PathFault> {
    let found = |reason: String, help: String| Some(PathFault { reason, help });
    let shown = without_credentials(path);
    let shown = shown.escape_debug();
    if path.is_empty() {
        return found("it is empty".to_owned(), "write the path of a file or folder, or leave the key out".to_owned());
    }
    if path.trim() != path {
        let side = if path.trim_start() == path { "ends" } else { "begins" };
        let reason = format!("\"{shown}\" {side} with a blank");
        return found(reason, format!("write \"{}\"", path.trim().escape_debug()));
    }
    if let Some(unseen) = path.chars().find(|c| c.is_control() || UNSEEN.contains(c)) {
        let seen: String = path.chars().filter(|c| !c.is_control() && !UNSEEN.contains(c)).collect();
        let help = format!("write \"{}\"", seen.escape_debug());
        return found(format!("it holds U+{:04X}, which nobody sees", u32::from(unseen)), help);
    }
    if let Some(scheme) = scheme(path) {
        return Some(of_url(path, scheme, purpose));
    }
    if is_drive(path) || path.contains('\\') {
        let help = "write folders with `/`; a drive is mounted somewhere, such as `/mnt/c/…`";
        return found(format!("`{shown}` is written as on Windows"), help.to_owned());
    }
    if purpose == Purpose::Key {
        return None;
    }
    let first = path.split('/').next().unwrap_or_default();
    if first.starts_with('~') {
        let help = format!("write the folder itself, such as `/home/…`; if it is called so, write `./{shown}`");
        return found(format!("it begins with `{first}`, which only a shell replaces"), help);
    }
    let variable = path.split('/').find(|part| is_variable(part)).or_else(|| template(path))?;
    let help = "write what it stands for: variables are replaced in `url` only, as `${env:NAME}`";
    found(format!("`{variable}` is not replaced in paths"), help.to_owned())
}

/// Returns the scheme of a path that looks like a URL. Other tools turn `s3://bucket` into `s3:/bucket`.
fn scheme(path: &str) -> Option<&str> {
    let (scheme, rest) = path.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
    let is_url = rest.starts_with("//") || rest.starts_with('/') && scheme.len() > 1;
    (is_scheme && is_url).then_some(scheme)
}

fn of_url(path: &str, scheme: &str, purpose: Purpose) -> PathFault {
    let shown = without_credentials(path);
    let (_, rest) = shown.split_once(':').unwrap_or_default();
    let small = scheme.to_ascii_lowercase();
    let slashes = if small == "file" { "///" } else { "//" };
    let url = format!("{small}:{slashes}{}", rest.trim_start_matches('/'));
    let help = match purpose {
        Purpose::Key => {
            "write a key below the prefix of the store, without scheme and bucket; or leave out `store`, and \
                         write the `url`"
                .to_owned()
        }
        Purpose::Dataset if SCHEMES.contains(&small.as_str()) => format!("write `url = \"{url}\"`"),
        Purpose::Dataset => format!(
            "of `{scheme}` nothing can be read: a `url` begins with `s3://`, `gs://`, `az://`, `http://`, `https://` or \
             `file://`; or mount it, and write the path there"
        ),
        Purpose::Local if small == "file" => format!("write `/{}`", rest.trim_start_matches('/')),
        Purpose::Local => "only a local file or folder can be here: write its path".to_owned(),
    };
    PathFault { reason: format!("`{shown}` is a URL"), help }
}

/// Returns true for `C:\x` and `C:/x`.
fn is_drive(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && characters.next() == Some(':')
        && characters.next().is_some_and(|c| "/\\".contains(c))
}

/// Returns true if a part of a path is `$NAME`, `${…}` or `%NAME%`.
fn is_variable(part: &str) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let of_shell = part.strip_prefix('$').is_some_and(is_name);
    of_shell || part.strip_prefix('%').and_then(|part| part.strip_suffix('%')).is_some_and(is_name)
}

/// Returns `${…}` or `$(…)` within a path. Another check reports a misplaced `${env:…}`.
fn template(path: &str) -> Option<&str> {
    let start = path.find("${").or_else(|| path.find("$("))?;
    if path[start..].starts_with("${env:") {
        return None;
    }
    let end = path[start..].find(['}', ')']).map_or(path.len(), |end| start + end + 1);
    Some(&path[start..end])
}

/// Reports the fault of a path of a dataset whose name may be a pattern: there, `${x}` is a placeholder.
pub(super) fn check_of_dataset(
    fields: &Fields<'_>,
    name: &str,
    text: (&str, &Span),
    purpose: Purpose,
    out: &mut Vec<Problem>,
) {
    if !(is_pattern(name) && text.0.contains("${")) {
        check(fields, "path", text, purpose, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(path: &str, purpose: Purpose) -> String {
        fault(path, purpose).map(|fault| fault.help).unwrap_or_else(|| panic!("{path} is taken"))
    }

    #[test]
    fn what_is_a_path_stays_one() {
        for path in [
            "data/x.csv",
            "/data/x.csv",
            "../x",
            "./~/x",
            "a~",
            "x~y/z",
            "$1.csv",
            "R$cost.csv",
            "100%.csv",
            "a%20b%20c",
            "%C3%A4.csv",
            "$RECYCLE.BIN/x",
            "a:b/c",
            "12:30/x",
            "data/x y.csv",
            "größe/日本.csv",
            "می\u{200c}خواهم.csv",
            "{name}.csv",
        ] {
            assert_eq!(fault(path, Purpose::Dataset), None, "{path}");
        }
    }

    #[test]
    fn urls_are_refused_and_can_be_pasted() {
        for (path, url) in [
            ("s3://bucket/x.csv", "s3://bucket/x.csv"),
            ("S3://bucket/x.csv", "s3://bucket/x.csv"),
            ("s3:/bucket/x.csv", "s3://bucket/x.csv"),
            ("s3a://bucket/x", "s3a://bucket/x"),
            ("gs://b/x", "gs://b/x"),
            ("https://host/x?token=hush", "https://host/x"),
            ("file:///data/x", "file:///data/x"),
            ("file:/data/x", "file:///data/x"),
        ] {
            assert_eq!(help(path, Purpose::Dataset), format!("write `url = \"{url}\"`"));
        }
        for path in ["hdfs://name/x", "dbfs:/mnt/x", "sftp://host/x", "memory://x"] {
            assert!(help(path, Purpose::Dataset).contains("nothing can be read"), "{path}");
        }
        assert_eq!(help("file:///a/b.wasm", Purpose::Local), "write `/a/b.wasm`");
        assert!(help("s3://bucket/x", Purpose::Key).contains("below the prefix"));
        let shown = fault("s3://me:hush@host/x?hush", Purpose::Dataset).expect("a URL");
        assert!(!format!("{shown:?}").contains("hush"));
    }

    #[test]
    fn what_only_others_replace_is_refused() {
        for path in
            ["~", "~/x", "~user/x", "$HOME/x", "data/$USER/x", "${HOME}/x", "a/${base}/x", "$(pwd)/x", "%TEMP%/x"]
        {
            assert!(fault(path, Purpose::Dataset).is_some(), "{path}");
        }
        for path in ["C:\\data\\x.csv", "C:/data/x", "data\\x.csv", "\\\\server\\x", "%USERPROFILE%\\x"] {
            assert!(fault(path, Purpose::Local).is_some(), "{path}");
        }
    }

    #[test]
    fn what_nobody_sees_is_shown() {
        let shown = |path| fault(path, Purpose::Dataset).map(|fault| (fault.reason, fault.help));
        let told = |reason: &str, help: &str| Some((reason.to_owned(), help.to_owned()));
        assert_eq!(shown("x.csv "), told("\"x.csv \" ends with a blank", "write \"x.csv\""));
        assert_eq!(shown("\u{a0}x.csv"), told("\"\\u{a0}x.csv\" begins with a blank", "write \"x.csv\""));
        assert_eq!(shown("x\u{200b}.csv"), told("it holds U+200B, which nobody sees", "write \"x.csv\""));
        assert_eq!(shown("a\nb"), told("it holds U+000A, which nobody sees", "write \"ab\""));
        assert!(shown("").is_some());
    }
}
