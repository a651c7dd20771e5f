//! The files in which the AWS tools keep credentials and settings by profile
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::environment::Environment;

const DEFAULT: &str = "default";

/// The settings of a profile. Other ways to credentials, such as roles and single sign-on, are not followed.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) access_key_id: Option<String>,
    pub(super) secret_access_key: Option<String>,
    pub(super) session_token: Option<String>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

impl Profile {
    /// Finds the profile that the environment chooses, in the files that are there.
    ///
    /// # Errors
    ///
    /// Fails if it chooses one by name that no file has, with its name.
    pub(super) fn find(environment: &Environment) -> Result<Self, String> {
        let file = |variable, name| {
            let named = environment.get(variable).map(PathBuf::from);
            named.or_else(|| Some(Path::new(environment.get("HOME")?).join(".aws").join(name)))
        };
        let read = |path: Option<PathBuf>| path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
        let credentials = read(file("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
        let config = read(file("AWS_CONFIG_FILE", "config"));
        let chosen = environment.get("AWS_PROFILE");
        match (Self::parse(&credentials, &config, chosen.unwrap_or(DEFAULT)), chosen) {
            (Some(profile), _) => Ok(profile),
            (None, None) => Ok(Self::default()),
            (None, Some(name)) => Err(name.to_owned()),
        }
    }

    /// Parses the profile; `None` if neither text has it.
    fn parse(credentials: &str, config: &str, name: &str) -> Option<Self> {
        let from_credentials = section(credentials, |title| title == name);
        let from_config = section(config, |title| match title.strip_prefix("profile ") {
            Some(title) => title.trim() == name,
            None => title == DEFAULT && name == DEFAULT,
        });
        if from_credentials.is_none() && from_config.is_none() {
            return None;
        }
        // Credentials beat settings, key by key.
        let mut keys = from_config.unwrap_or_default();
        keys.extend(from_credentials.unwrap_or_default());
        let mut take = |key| keys.remove(key).map(str::to_owned).filter(|value: &String| !value.is_empty());
        Some(Self {
            access_key_id: take("aws_access_key_id"),
            secret_access_key: take("aws_secret_access_key"),
            session_token: take("aws_session_token"),
            region: take("region"),
            endpoint: take("endpoint_url"),
        })
    }
}

/// Returns the keys of the sections whose titles are wanted; `None` without any such section.
fn section(text: &str, is_wanted: impl Fn(&str) -> bool) -> Option<BTreeMap<&str, &str>> {
    let mut found = None;
    let mut within = false;
    for line in text.lines() {
        let is_nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(title) = line.strip_prefix('[') {
            within = title.split(']').next().is_some_and(|title| is_wanted(title.trim()));
            if within {
                found.get_or_insert_with(BTreeMap::new);
            }
        } else if let (true, false, Some((key, value)), Some(keys)) =
            (within, is_nested, line.split_once('='), found.as_mut())
        {
            // A comment behind a value begins with a blank and a `#`.
            let value = value.split(" #").next().unwrap_or_default();
            keys.insert(key.trim(), value.trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "\
[default]
aws_access_key_id = default-id
aws_secret_access_key=default/secret+==
# a comment
[work]
aws_access_key_id = work-id # mine
aws_secret_access_key = work-secret
aws_session_token = work-token
";
    const CONFIG: &str = "\
[default]
region = eu-central-1
s3 =
    region = nested
[profile work]
region = us-west-2
aws_access_key_id = weaker
[profile other]
endpoint_url = http://127.0.0.1:9
";

    #[test]
    fn a_profile_is_put_together_from_both_files() {
        let profile = |name| Profile::parse(CREDENTIALS, CONFIG, name);
        let default = profile("default").expect("it is there");
        assert_eq!(default.secret_access_key.as_deref(), Some("default/secret+=="));
        assert_eq!(default.region.as_deref(), Some("eu-central-1"));
        let work = profile("work").expect("it is there");
        assert_eq!(work.access_key_id.as_deref(), Some("work-id"));
        assert_eq!(work.session_token.as_deref(), Some("work-token"));
        assert_eq!(work.region.as_deref(), Some("us-west-2"));
        let other = profile("other").expect("it is there");
        assert_eq!((other.endpoint.as_deref(), other.access_key_id), (Some("http://127.0.0.1:9"), None));
        assert!(profile("profile other").is_none());
    }

    #[test]
    fn a_profile_that_is_chosen_must_be_there() {
        let nothing = Environment::new([]);
        assert!(Profile::find(&nothing).is_ok_and(|profile| profile == Profile::default()));
        let chosen = Environment::new([("AWS_PROFILE".to_owned(), "work".to_owned())]);
        assert_eq!(Profile::find(&chosen).err().as_deref(), Some("work"));
    }
}
