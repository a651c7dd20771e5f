//! The one list of what is secret: by the name of a setting, and by the looks of a value.

use std::ops::Range;

/// The secrecy that the name of a setting gives its value. Names are read word by word, in any spelling: `api_key`,
/// `apiKey`, `API-KEY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The value may be secret by its looks only.
    Plain,
    /// A text, and a value that holds texts, is secret; a number is an amount (`max_tokens = 5`).
    OfSecretText,
    /// Every value is secret.
    OfSecret,
}

/// Words that make a setting secret.
const SECRET: [&str; 19] = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "pw",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "cred",
    "creds",
    "apikey",
    "apikeys",
    "bearer",
    "jwt",
    "privkey",
    "otp",
];
/// Words that make a setting secret if its value is a text.
const SECRET_TEXT: [&str; 8] =
    ["auth", "authorization", "authorisation", "cookie", "cookies", "sas", "sessionid", "pass"];
/// Parts that make a word secret wherever they stand in it: `dbpassword`, `misspelledcredentials`.
const WITHIN: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "credential",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "accountkey",
    "clientsecret",
    "sharedkey",
];
/// Endings that make a word secret: `authtoken`, `dbpwd`.
const ENDINGS: [&str; 3] = ["token", "secret", "pwd"];
/// Words before `key` that make it secret; other keys join tables and open maps.
const KEYS_OF: [&str; 22] = [
    "access",
    "account",
    "aes",
    "api",
    "app",
    "auth",
    "customer",
    "decryption",
    "encryption",
    "gpg",
    "hmac",
    "license",
    "master",
    "pgp",
    "private",
    "sas",
    "secret",
    "session",
    "shared",
    "signing",
    "ssh",
    "storage",
];
/// Words behind `token` that make it no secret: they count, find or describe it.
const OF_TOKENS: [&str; 30] = [
    "budget",
    "col",
    "column",
    "columns",
    "count",
    "counts",
    "delimiter",
    "dim",
    "endpoint",
    "expiry",
    "field",
    "id",
    "ids",
    "index",
    "kind",
    "len",
    "length",
    "lifetime",
    "limit",
    "limits",
    "number",
    "path",
    "pattern",
    "per",
    "rate",
    "separator",
    "size",
    "ttl",
    "type",
    "url",
];
/// Words before `tokens` that make it a count.
const NUMBERS_OF: [&str; 9] = ["max", "min", "num", "n", "number", "count", "total", "special", "stop"];

impl Name {
    /// Returns the secrecy that `name` gives: one key, or keys joined by dots.
    pub fn of(name: &str) -> Self {
        let words = words(name);
        let at = |place: usize| words.get(place).map_or("", String::as_str);
        let of_word = |place: usize| match at(place) {
            "token" | "tokens" if OF_TOKENS.contains(&at(place + 1)) => Self::Plain,
            "tokens" if place > 0 && NUMBERS_OF.contains(&at(place - 1)) => Self::Plain,
            "tokens" => Self::OfSecretText,
            // `passes` and `pass_rate` are other words.
            "pass" if matches!(at(place + 1), "phrase" | "word" | "code") => Self::OfSecret,
            "pass" if place + 1 < words.len() => Self::Plain,
            "session" if at(place + 1) == "id" => Self::OfSecretText,
            "key" | "keys" if place > 0 && KEYS_OF.contains(&at(place - 1)) => Self::OfSecret,
            word if SECRET.contains(&word) => Self::OfSecret,
            word if WITHIN.iter().any(|part| word.contains(part)) => Self::OfSecret,
            word if ENDINGS.iter().any(|ending| word.ends_with(ending)) => Self::OfSecret,
            word if SECRET_TEXT.contains(&word) => Self::OfSecretText,
            _ => Self::Plain,
        };
        (0..words.len()).map(of_word).max().unwrap_or(Self::Plain)
    }

    /// Returns true if a value of this kind is secret under this name. A truth value never is.
    pub fn hides(self, is_number: bool, is_truth: bool) -> bool {
        match self {
            Self::Plain => false,
            Self::OfSecretText => !is_number && !is_truth,
            Self::OfSecret => !is_truth,
        }
    }
}

/// Returns the words of a name, in lower case. They end at non-letters, and where small letters become large.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let (mut words, mut word) = (Vec::new(), String::new());
    for (place, &character) in characters.iter().enumerate() {
        let is_small = |place: usize| characters.get(place).is_some_and(|character| character.is_lowercase());
        let begins = character.is_uppercase() && place > 0 && (is_small(place - 1) || is_small(place + 1));
        if (begins || !character.is_alphabetic()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if character.is_alphabetic() {
            word.extend(character.to_lowercase());
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// Returns true if a value contains a credential, by its looks.
pub fn holds_credential(value: &str) -> bool {
    !credentials(value).is_empty()
}

/// Returns the ranges of a text that look like credentials: user and password of a URL, keys and tokens of known kinds,
/// private keys, and the values behind `password=`.
pub fn credentials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    found.extend(text.match_indices("://").filter_map(|(at, _)| user(text, at)));
    for (prefix, kind) in PREFIXES {
        found.extend(text.match_indices(prefix).filter_map(|(at, _)| token(text, at, prefix.len(), kind)));
    }
    found.extend(text.match_indices("-----BEGIN ").filter_map(|(at, _)| private_key(text, at)));
    for scheme in ["bearer ", "basic "] {
        let places = (0..text.len()).filter(|at| starts_with_word(text, *at, scheme));
        found.extend(places.filter_map(|at| of_header(text, at + scheme.len())));
    }
    found.extend(text.match_indices(['=', ':']).filter_map(|(at, sign)| of_pair(text, at, sign)));
    found.retain(|range| !range.is_empty());
    found
}

/// Schemes in whose URLs a name before `@` is an account or a container.
const WITH_ACCOUNTS: [&str; 8] = ["ssh", "git+ssh", "sftp", "abfs", "abfss", "wasb", "wasbs", "azure"];

/// Returns the range of user and password in the URL whose `://` is at `at`.
fn user(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at + "://".len();
    let length = text[start..].find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''));
    let host = &text[start..length.map_or(text.len(), |length| start + length)];
    let user = &host[..host.rfind('@')?];
    let before = &text[..at];
    let scheme = &before[before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '+').len()..];
    let is_variable = is_of_variables(user);
    let is_account = WITH_ACCOUNTS.contains(&scheme) && !user.contains(':');
    (!is_variable && !is_account).then_some(start..start + user.len())
}

/// Whether user and password are both the environment's, as in `${env:USER}:${env:PASSWORD}`.
pub fn is_of_variables(user: &str) -> bool {
    let mut rest = user;
    let mut any = false;
    loop {
        rest = rest.trim_start_matches(':');
        match rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            Some((_, behind)) => (rest, any) = (behind, true),
            None => return any && rest.is_empty(),
        }
    }
}

/// The alphabet of a token, and its least length.
#[derive(Clone, Copy)]
enum Kind {
    /// Large letters and digits.
    Large(usize),
    /// Letters and digits.
    Plain(usize),
    /// Letters, digits, `_` and `-`.
    Wide(usize),
    /// As `Wide`, at least one of them a digit.
    Mixed(usize),
    /// Three parts or more, joined by dots.
    Dotted(usize),
}

/// The beginnings of well-known tokens.
const PREFIXES: [(&str, Kind); 36] = [
    ("AKIA", Kind::Large(16)),
    ("ASIA", Kind::Large(16)),
    ("AIza", Kind::Wide(30)),
    ("ya29.", Kind::Wide(10)),
    ("ghp_", Kind::Plain(10)),
    ("gho_", Kind::Plain(10)),
    ("ghu_", Kind::Plain(10)),
    ("ghs_", Kind::Plain(10)),
    ("ghr_", Kind::Plain(10)),
    ("github_pat_", Kind::Wide(10)),
    ("glpat-", Kind::Wide(10)),
    ("xoxa-", Kind::Wide(10)),
    ("xoxb-", Kind::Wide(10)),
    ("xoxe-", Kind::Wide(10)),
    ("xoxp-", Kind::Wide(10)),
    ("xoxr-", Kind::Wide(10)),
    ("xoxs-", Kind::Wide(10)),
    ("xapp-", Kind::Wide(10)),
    ("hooks.slack.com/services/", Kind::Wide(8)),
    ("sk-ant-", Kind::Wide(10)),
    ("sk-proj-", Kind::Wide(10)),
    ("sk-", Kind::Mixed(20)),
    ("sk_live_", Kind::Plain(10)),
    ("sk_test_", Kind::Plain(10)),
    ("rk_live_", Kind::Plain(10)),
    ("whsec_", Kind::Plain(10)),
    ("hf_", Kind::Plain(20)),
    ("npm_", Kind::Plain(30)),
    ("pypi-Ag", Kind::Wide(16)),
    ("dop_v1_", Kind::Plain(20)),
    ("dapi", Kind::Plain(32)),
    ("hvs.", Kind::Wide(20)),
    ("SG.", Kind::Dotted(20)),
    ("eyJ", Kind::Dotted(20)),
    ("AGE-SECRET-KEY-", Kind::Plain(10)),
    ("SharedAccessSignature ", Kind::Wide(2)),
];

/// Returns the range of the token whose prefix begins at `at`.
fn token(text: &str, at: usize, prefix: usize, kind: Kind) -> Option<Range<usize>> {
    let is_within = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let is_wide = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let rest = &text[at + prefix..];
    let (length, least, is_right) = match kind {
        Kind::Large(least) => (run(rest, |c| c.is_ascii_uppercase() || c.is_ascii_digit()), least, true),
        Kind::Plain(least) => (run(rest, |c| c.is_ascii_alphanumeric()), least, true),
        Kind::Wide(least) => (run(rest, is_wide), least, true),
        Kind::Mixed(least) => {
            let length = run(rest, is_wide);
            (length, least, rest[..length].contains(|c: char| c.is_ascii_digit()))
        }
        Kind::Dotted(least) => {
            let length = run(rest, |c| is_wide(c) || c == '.');
            (length, least, rest[..length].trim_end_matches('.').contains('.'))
        }
    };
    (!is_within && is_right && length >= least).then_some(at..at + prefix + length)
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c: char| !is_part(c)).unwrap_or(text.len())
}

/// Returns the range behind the first line of the private key that begins at `at`.
fn private_key(text: &str, at: usize) -> Option<Range<usize>> {
    let start = at + "-----BEGIN ".len();
    let title = &text[start..][..text[start..].find("-----")?];
    let is_private = title.ends_with("PRIVATE KEY") || title.ends_with("PRIVATE KEY BLOCK");
    let start = start + title.len() + "-----".len();
    let end = text[start..].find("-----END").map_or(text.len(), |length| start + length);
    is_private.then_some(start..end)
}

fn starts_with_word(text: &str, at: usize, word: &str) -> bool {
    let is_there =
        text.as_bytes()[at..].get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()));
    is_there && !text.as_bytes()[..at].last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Returns the range of the credential of an `Authorization` header.
fn of_header(text: &str, start: usize) -> Option<Range<usize>> {
    const LEAST: usize = 12;
    let length = run(&text[start..], |c| c.is_ascii_alphanumeric() || "._~+/=-".contains(c));
    let value = &text[start..start + length];
    let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase());
    (length >= LEAST && !is_word).then_some(start..start + length)
}

/// Returns the range of the value in `password=value` and `"password": "value"`, whose sign is at `at`.
fn of_pair(text: &str, at: usize, sign: &str) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches(['"', '\\']);
    let is_quoted = before.len() < at;
    let key = &before[before
        .rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
        .map_or(0, |end| end + before[end..].chars().next().map_or(0, char::len_utf8))..];
    // A colon parts keys from values in JSON only, and a key there has quotes.
    if (sign == ":" && !is_quoted) || Name::of(key) != Name::OfSecret {
        return None;
    }
    let rest = &text[at + sign.len()..];
    let value = if is_quoted { rest.trim_start_matches(' ') } else { rest };
    let inner = value.trim_start_matches(['"', '\'', '\\']);
    let start = text.len() - inner.len();
    let quote = value[..value.len() - inner.len()].chars().last();
    let ends = |c: char| match quote {
        Some(quote) => c == quote || c == '\\' || c == '\n',
        None => c.is_whitespace() || matches!(c, ';' | '&' | ',' | '"' | '\'' | ')' | '}' | ']'),
    };
    let is_reference = inner.starts_with("${") || inner.starts_with(['{', '[']);
    let end = start + inner.find(ends).unwrap_or(inner.len());
    (!is_reference).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "password",
            "Password",
            "db_password",
            "dbPassword",
            "DB-PASSWORD",
            "dbpassword",
            "password2",
            "passwd",
            "pw",
            "pwd",
            "user_pwd",
            "userpwd",
            "passphrase",
            "pass_phrase",
            "passcode",
            "secret",
            "client_secret",
            "clientSecret",
            "appsecret",
            "secrets",
            "cred",
            "creds",
            "credential",
            "aws_credentials",
            "api_key",
            "apiKey",
            "APIKey",
            "api-key",
            "apikey",
            "API_KEYS",
            "access_key",
            "access_key_id",
            "accessKeyId",
            "private_key",
            "signing_key",
            "encryption_key",
            "ssh_key",
            "account_key",
            "token",
            "api_token",
            "authToken",
            "sessiontoken",
            "token.of.it",
            "bearer",
            "bearer_token",
            "jwt",
        ] {
            assert_eq!(Name::of(name), Name::OfSecret, "{name}");
        }
        for name in ["auth", "auth_header", "authorization", "Cookie", "cookies", "sas", "sas_url", "tokens", "db_pass"]
        {
            assert_eq!(Name::of(name), Name::OfSecretText, "{name}");
        }
    }

    #[test]
    fn other_names_are_plain() {
        for name in [
            "keyboard",
            "monkey",
            "key",
            "join_key",
            "primary_key",
            "sort_keys",
            "passenger",
            "passes",
            "pass_rate",
            "compass",
            "author",
            "authority",
            "tokenizer",
            "tokenize",
            "tokens_per_batch",
            "max_tokens",
            "token_count",
            "token_limit",
            "num_tokens",
            "secretary",
            "secretariat",
            "connection",
            "dsn",
            "user",
            "rate",
            "sassy",
            "credit",
            "incredible",
            "cwd",
            "pwm",
            "cookiecutter",
            "session",
            "broken",
            "",
        ] {
            assert_eq!(Name::of(name), Name::Plain, "{name}");
        }
    }

    #[test]
    fn numbers_are_amounts_and_truth_values_are_no_secrets() {
        assert!(Name::OfSecret.hides(true, false) && !Name::OfSecret.hides(false, true));
        assert!(Name::OfSecretText.hides(false, false) && !Name::OfSecretText.hides(true, false));
    }

    #[test]
    fn credentials_are_known_by_their_looks() {
        for (text, secret) in [
            ("postgres://me:hush@host/db", "me:hush"),
            ("postgresql://${env:USER}:hush@host/db", "${env:USER}:hush"),
            ("https://0123abc@o0.ingest.sentry.io/1", "0123abc"),
            ("the key AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
            ("ghp_0123456789abcdefABCDEF", "ghp_0123456789abcdefABCDEF"),
            ("xoxb-123456789012-abc", "xoxb-123456789012-abc"),
            ("-----BEGIN RSA PRIVATE KEY-----\nhush\n-----END RSA PRIVATE KEY-----", "\nhush\n"),
            ("Bearer abcDEF0123456789", "abcDEF0123456789"),
            ("Basic dXNlcjpodXNoLWh1c2g=", "dXNlcjpodXNoLWh1c2g="),
            ("Server=x;Password=hush;Port=1", "hush"),
            ("host=x password=hush user=y", "hush"),
            ("host=x password='hush hush' user=y", "hush hush"),
            ("DefaultEndpointsProtocol=https;AccountKey=hush==;Suffix=x", "hush=="),
            ("https://host/x?a=b&token=hush&c=d", "hush"),
            ("{\"password\": \"hush\", \"a\": 1}", "hush"),
            ("{\\\"password\\\":\\\"hush\\\"}", "hush"),
        ] {
            let found: Vec<_> = credentials(text).into_iter().map(|range| &text[range]).collect();
            assert!(found.contains(&secret), "{text}: {found:?}");
        }
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let found: Vec<_> = credentials(token).into_iter().map(|range| &token[range]).collect();
        assert_eq!(found, [token]);
    }

    proptest! {
        #[test]
        fn credentials_are_ranges_of_any_text(
            text in "(bearer |basic |password|\"|=|:|://|@|eyJ|AKIA|[.]|-----BEGIN |PRIVATE KEY-----|[\\\\]|'|é|a| |\n|[A-Z]{16})*"
        ) {
            for range in credentials(&text) {
                prop_assert!(text.get(range.clone()).is_some_and(|found| !found.is_empty()), "{range:?}");
            }
        }
    }

    #[test]
    fn other_values_hold_none() {
        for text in [
            "s3://bucket/key",
            "https://host/x?page=2",
            "ssh://git@host/x",
            "abfss://container@account/x",
            "a@b.example",
            "-----BEGIN CERTIFICATE-----\nabc",
            "basic authentication",
            "bearer of good news",
            "params:token",
            "eyJx",
            "AKIA is a prefix",
            "tokens=5",
            "password",
            "sk-learn",
            "s3://${env:USER}@x/y",
            "postgresql://${env:USER}:${env:PASSWORD}@host/db",
            "a: b",
            "naïve=é",
            "",
        ] {
            assert!(!holds_credential(text), "{text}: {:?}", credentials(text));
        }
    }
}
