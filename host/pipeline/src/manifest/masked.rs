//! Removes credentials from texts that people see: from the text of a manifest, which errors show parts of, and from
//! URLs.

use std::ops::Range;

use wpipe_text::{Name, credentials, is_of_variables, same_length};

/// The sections whose keys are names of entries, or of ports, and no settings.
const OF_NAMES: [&str; 6] = ["components", "nodes", "multipipelines", "multinodes", "stores", "datasets"];
/// The character that replaces a credential's byte.
const MASK: &str = "*";
/// The start of a value that the environment provides.
const VARIABLE: &str = "${env:";

/// Replaces each byte of a credential in the text of a manifest by a star, so that every place stays. It goes by the looks
/// of the text, since a text with errors needs it most.
pub fn masked(text: &str) -> String {
    let mut shown = text.to_owned();
    let mut section = "";
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(header) = line.trim_start().strip_prefix('[') {
            section = header.trim_start_matches('[').split(']').next().unwrap_or_default().trim();
        }
        for (sign, _) in line.match_indices('=') {
            mask_pair(&mut shown, text, section, start..start + sign);
        }
        start += line.len();
    }
    for (at, _) in text.match_indices("://") {
        mask_url(&mut shown, text, at + "://".len());
    }
    for range in credentials(text) {
        mask(&mut shown, range.start, range.len());
    }
    // The rest is shown unchanged, except for what a terminal would obey.
    same_length(&shown).into_owned()
}

/// Masks the value whose `=` stands behind `before` on its line, if its key names a secret.
fn mask_pair(shown: &mut String, text: &str, section: &str, before: Range<usize>) {
    let key = text[before.clone()].trim_end();
    let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    let key = &key
        [key.rfind(|c: char| !is_of_key(c)).map_or(0, |at| at + key[at..].chars().next().map_or(0, char::len_utf8))..];
    let value = text[before.end + 1..].trim_start_matches([' ', '\t']);
    let names = match OF_NAMES.contains(&section.split('.').next().unwrap_or_default()) {
        // In `[nodes.x.inputs]` and `[datasets]`, the keys are names.
        true if section.starts_with("nodes") || !section.contains('.') && value.starts_with('{') => String::new(),
        true => key.to_owned(),
        false => format!("{section}.{key}"),
    };
    let word = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | '}' | ']')).next().unwrap_or_default();
    let is_reference = value.trim_start_matches(['"', '\'']).starts_with("params:");
    if !is_reference && Name::of(&names).hides(word.parse::<f64>().is_ok(), matches!(word, "true" | "false")) {
        mask_value(shown, text, before.end);
    }
}

/// Masks the value behind the `=` at `end`.
fn mask_value(shown: &mut String, text: &str, end: usize) {
    let after = text[end..].trim_start_matches(['"', '\'', ' ', '\t']);
    let Some(value) = after.strip_prefix('=').map(|value| value.trim_start_matches([' ', '\t'])) else {
        return;
    };
    let start = text.len() - value.len();
    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| value.starts_with(quote)).unwrap_or_default();
    let inner = &value[quote.len()..];
    let closing = match inner.chars().next() {
        Some('[' | '{') if quote.is_empty() => bracket(inner),
        _ if quote.is_empty() => None,
        _ => closing(inner, quote),
    };
    // If nothing closes the value, assume that it goes on to the end of the line.
    let length = closing.unwrap_or_else(|| inner.find(['\n', '\r']).unwrap_or(inner.len()));
    if inner[..length].starts_with(VARIABLE) && inner[..length].ends_with('}') {
        return;
    }
    mask(shown, start + quote.len(), length);
}

/// Returns the end of the bracket that a list or table begins with; the next section at the latest.
fn bracket(inner: &str) -> Option<usize> {
    let end = inner.find("\n[").unwrap_or(inner.len());
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, character) in inner[..end].char_indices() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (found, Some(open)) if found == open => quote = None,
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    Some(end)
}

/// Returns the place where `quote` ends a text. A text in single-line quotes ends on its own line.
fn closing(inner: &str, quote: &str) -> Option<usize> {
    let within = if quote.len() == 1 { inner.split('\n').next().unwrap_or_default() } else { inner };
    let is_escaped =
        |at: usize| quote.starts_with('"') && within[..at].chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
    within.match_indices(quote).map(|(at, _)| at).find(|at| !is_escaped(*at))
}

/// Masks user, password and query of the URL whose host begins at `start`.
fn mask_url(shown: &mut String, text: &str, start: usize) {
    let url = text[start..].split(['"', '\'', '\n', '\r', ' ']).next().unwrap_or_default();
    if let Some(length) = user(url).filter(|length| !is_of_variables(&url[..*length])) {
        mask(shown, start, length);
    }
    if let Some(query) = url.find('?') {
        mask(shown, start + query + 1, url.len() - query - 1);
    }
}

/// Returns the length of the user and password before a host.
fn user(url: &str) -> Option<usize> {
    let host = url.find(['/', '?', '#']).unwrap_or(url.len());
    url[..host].rfind('@')
}

fn mask(shown: &mut String, start: usize, length: usize) {
    // Line breaks stay.
    let masked: String = shown.as_bytes()[start..start + length]
        .iter()
        .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(*byte).to_string() } else { MASK.to_owned() })
        .collect();
    shown.replace_range(start..start + length, &masked);
}

/// Returns a URL without user, password, query and fragment.
pub(crate) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.split(['?', '#']).next().unwrap_or_default().to_owned();
    };
    let rest = &rest[user(rest).map_or(0, |length| length + 1)..];
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    format!("{scheme}://{}", &rest[..end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_secret_keys_are_masked_however_they_are_written() {
        for text in [
            "secret_access_key = \"hush\"",
            "secret_access_key='hush'",
            "\"secret_access_key\" = \"\"\"\nhush\n\"\"\"",
            "x = { session_token = 'hush', a = 1 }",
            "stores.x.access_key_id = \"\\\"hush\"",
            "access_key_id = hush",
            "secret_acess_key = 'hush'",
            "access_key_id = \"hush",
            "url = \"https://me:hush@host/x?sig=hush\"",
            "[params]\npw = \"hush\"\nauth_header = 'hush'",
            "[params.credentials]\nfirst = \"hush\"",
            "[params]\ntokens = [\n  \"hush\",\n  \"hush\",\n]\nrate = 1",
            "params.cookie = \"hush\"",
            "connection = \"Server=x;Password=hush\"",
            "key = \"\"\"-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\"\"\"",
        ] {
            let shown = masked(text);
            assert!(!shown.contains("hush"), "{shown}");
            assert_eq!(shown.len(), text.len());
        }
        assert_eq!(masked("x = { session_token = 'hush', a = 1 }"), "x = { session_token = '****', a = 1 }");
    }

    #[test]
    fn variables_and_everything_else_are_shown() {
        for text in [
            "secret_access_key = \"${env:X}\"",
            "url = \"s3://${env:B}/x\"",
            "a = \"secret\"",
            "my_access_key_id",
            "[params]\ntokens_per_batch = 5\nkeyboard = \"de\"",
            "[datasets]\ntokens = { path = \"tokens.csv\" }",
            "[nodes.count]\ninputs = { token = \"params:token\", tokens = \"tokens\" }",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn urls_lose_user_and_query() {
        assert_eq!(without_credentials("s3://me:hush@host/a?b=hush#hush"), "s3://host/a");
        assert_eq!(without_credentials("s3://${env:B}/a"), "s3://${env:B}/a");
        assert_eq!(without_credentials("no url"), "no url");
    }

    proptest! {
        #[test]
        fn places_stay_what_they_were(text in "(access_key_id|session_token|://|=|\"|'|\"\"\"|@|\\?|/|\n|é|a|\\\\| )*") {
            let shown = masked(&text);
            prop_assert_eq!(shown.len(), text.len());
            let lines = |text: &str| text.matches('\n').count();
            prop_assert!(lines(&shown) <= lines(&text));
        }
    }
}
