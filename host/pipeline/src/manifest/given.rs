//! Parameters as a command line gives them: `a.b=1,c=[1, 2],d=O'Brien`.

use serde_json::{Map, Value as Json};

use crate::graph::at_keys;

/// A parameter that is laid over a manifest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GivenParam {
    /// Its keys, from `[params]` down.
    pub(crate) keys: Vec<String>,
    /// Its value.
    pub(crate) value: Json,
    /// The value as TOML.
    text: String,
}

impl GivenParam {
    /// Reads the parameter at a dotted path, in which a key with dots may be quoted, and the value that `text` means:
    /// TOML, or text if it is none. `params` are those of the manifest.
    ///
    /// # Errors
    ///
    /// Fails if the text is ambiguous, or of another type than in the manifest, and says what to write.
    pub(super) fn read(path: &str, text: &str, params: &Map<String, Json>) -> Result<Self, String> {
        let keys = keys(path, params)?;
        let before = at_keys(&keys, params);
        let text = text.trim();
        let text_as = |text: &str| Self { keys: keys.clone(), value: text.into(), text: quoted(text) };
        let Some(value) = parsed(text) else {
            return match refused(path, text, before) {
                Some(reason) => Err(reason),
                None => Ok(text_as(text)),
            };
        };
        // A quoted value is meant as text.
        let is_meant = |before: &Json| value.is_string() && !before.is_object();
        let fits =
            before.is_none_or(|before| before.is_null() || type_of(before) == type_of(&value) || is_meant(before));
        match before {
            Some(Json::Object(table)) if !fits || value.as_object().is_some_and(Map::is_empty) && !table.is_empty() => {
                let example = table.keys().next().map_or("KEY", String::as_str);
                let why = if fits { "sets nothing in it" } else { "is none" };
                Err(format!("`{path}` is a table in the manifest, and `{text}` {why}: write `{path}.{example}=…`"))
            }
            Some(before) if !fits => {
                let meant = match before {
                    Json::String(_) => format!("write {}; ", pasted(path, &quoted(text))),
                    Json::Array(_) => format!("write {}; ", pasted(path, &format!("[{text}]"))),
                    _ => String::new(),
                };
                Err(format!(
                    "`{path}` is {} in the manifest, and `{text}` is none: {meant}a value of another type is set in the \
                     manifest, or in that of an environment",
                    type_of(before)
                ))
            }
            _ => Ok(Self { keys, value, text: text.to_owned() }),
        }
    }

    /// Returns a text that sets it, to be laid over the manifest.
    pub(super) fn to_toml(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| quoted(key)).collect();
        format!("params.{} = {}\n", keys.join("."), self.text)
    }
}

/// Returns the reason why a text that is no TOML is not taken as text: it looks as if something else was meant.
fn refused(path: &str, text: &str, before: Option<&Json>) -> Option<String> {
    let as_text = pasted(path, &quoted(text));
    if text.starts_with(['"', '\'']) {
        return Some(format!(
            "`{path}={text}` has quotes that do not enclose its value; if it is a text, write {as_text}"
        ));
    }
    let list = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if let Some(items) = list {
        let items: Vec<_> = items.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        let items: Vec<_> =
            items.into_iter().map(|item| if parsed(item).is_some() { item.to_owned() } else { quoted(item) }).collect();
        let as_list = format!("[{}]", items.join(", "));
        let as_list = if parsed(&as_list).is_some() { pasted(path, &as_list) } else { "`[\"a\", \"b\"]`".to_owned() };
        return Some(format!("`{text}` is not an array as TOML has it: write {as_list}, or as a text {as_text}"));
    }
    if text.starts_with('{') && text.ends_with('}') {
        let example = pasted(path, "{ key = \"value\" }");
        return Some(format!(
            "`{text}` is not a table as TOML has it: write such as {example}, or as a text {as_text}"
        ));
    }
    let what = match before? {
        Json::String(_) | Json::Null => return None,
        before => type_of(before),
    };
    let meant = match text.to_lowercase().as_str() {
        "true" | "yes" | "on" if what == "`true` or `false`" => format!(": write {}", pasted(path, "true")),
        "false" | "no" | "off" if what == "`true` or `false`" => format!(": write {}", pasted(path, "false")),
        _ => String::new(),
    };
    Some(format!(
        "`{path}` is {what} in the manifest, and `{text}` is none{meant}; if a text is meant, write {as_text}"
    ))
}

/// Names the type of a value. Whole numbers and fractions are of one type.
fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "`true` or `false`",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "a table",
    }
}

/// Returns the keys of a dotted path. Keys of the manifest that have dots themselves count as one.
fn keys(path: &str, params: &Map<String, Json>) -> Result<Vec<String>, String> {
    let wrong = || format!("`{path}` is not the name of a parameter: write such as `train.rate`, or `\"a.b\".c`");
    if path.contains(['"', '\'']) {
        let mut value = toml::Value::Table(format!("{path} = 0").parse().map_err(|_| wrong())?);
        let mut keys = Vec::new();
        while let toml::Value::Table(table) = value {
            let mut entries = table.into_iter();
            let (Some((key, inner)), None) = (entries.next(), entries.next()) else { return Err(wrong()) };
            keys.push(key);
            value = inner;
        }
        return Ok(keys);
    }
    if path.split('.').any(|key| key.trim().is_empty()) {
        return Err(wrong());
    }
    Ok(known_keys(path, params).unwrap_or_else(|| path.split('.').map(|key| key.trim().to_owned()).collect()))
}

/// Returns the keys of a path that begins with one of the manifest: whole keys first.
fn known_keys(path: &str, map: &Map<String, Json>) -> Option<Vec<String>> {
    if map.contains_key(path) {
        return Some(vec![path.to_owned()]);
    }
    let cuts =
        || path.rmatch_indices('.').filter_map(|(at, _)| Some((&path[..at], map.get(&path[..at])?.as_object()?)));
    let behind = |first: &str| &path[first.len() + 1..];
    let joined = |first: &str, rest: Vec<String>| [vec![first.to_owned()], rest].concat();
    let whole = cuts().find_map(|(first, inner)| Some(joined(first, known_keys(behind(first), inner)?)));
    whole.or_else(|| {
        let (first, _) = cuts().next()?;
        Some(joined(first, behind(first).split('.').map(str::to_owned).collect()))
    })
}

/// Returns the value of a text that is TOML and nothing else: a comment behind it would be lost.
fn parsed(text: &str) -> Option<Json> {
    let mut table: toml::Table = format!("value = [{text}, 0]").parse().ok()?;
    let toml::Value::Array(mut items) = table.remove("value")? else { return None };
    if !table.is_empty() || items.len() != 2 {
        return None;
    }
    json(items.swap_remove(0))
}

fn json(value: toml::Value) -> Option<Json> {
    Some(match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(json).collect::<Option<Json>>()?,
        toml::Value::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| Some((key, json(value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        toml::Value::Float(number) if !number.is_finite() => return None,
        other => serde_json::to_value(other).ok()?,
    })
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Returns the argument to type in a shell.
fn pasted(path: &str, value: &str) -> String {
    format!("`--params '{path}={}'`", value.replace('\'', "'\\''"))
}

/// Cuts `a.b=1,c=[1, 2]` into names and values. Commas within brackets, braces and quotes do not separate. Brackets and
/// quotes count only where values begin, so that an apostrophe is one.
///
/// # Errors
///
/// Fails if an item is no `name=value`, or a bracket or quote is not closed.
pub fn split_params(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut params = Vec::new();
    let mut rest = text.trim_start_matches(is_between);
    while !rest.is_empty() {
        let (name, after) = name(rest)?;
        let length = value_length(after).map_err(|closing| {
            let value = pasted(name, &quoted(after.trim()));
            format!("nothing closes `{after}` with `{closing}`; if it is a text, write {value}")
        })?;
        params.push((name.to_owned(), after[..length].trim().to_owned()));
        rest = after[length..].trim_start_matches(is_between);
    }
    Ok(params)
}

fn is_between(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// Returns the name that a text begins with, and the text behind its `=`.
fn name(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('=', None) if text[..at].trim().is_empty() => break,
            ('=', None) => return Ok((text[..at].trim(), &text[at + 1..])),
            (',', None) => {
                let item = text[..at].trim();
                return Err(format!("`{item}` is not `name=value`; a text with commas is quoted: `name=\"a,b\"`"));
            }
            _ => {}
        }
    }
    Err(format!("`{}` is not `name=value`; a text with commas is quoted: `name=\"a,b\"`", text.trim()))
}

/// Returns the length of the value that a text begins with: it ends before a comma, or at the text's end. An error is
/// the missing character.
fn value_length(text: &str) -> Result<usize, char> {
    let mut open = Vec::new();
    // True if a value begins here.
    let mut begins = true;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' | '\'' if begins => at += quoted_length(&text[at..], c)?,
            '[' | '{' if begins => {
                open.push(if c == '[' { ']' } else { '}' });
                at += 1;
                continue;
            }
            ',' if open.is_empty() => return Ok(at),
            c if open.last() == Some(&c) => {
                open.pop();
                at += c.len_utf8();
            }
            c => at += c.len_utf8(),
        }
        let is_blank = c.is_whitespace();
        begins = begins && is_blank || !open.is_empty() && (c == ',' || c == '=');
    }
    open.pop().map_or(Ok(text.len()), Err)
}

/// Returns the length of the quoted text that `text` begins with, including its quotes.
fn quoted_length(text: &str, quote: char) -> Result<usize, char> {
    let triple: String = [quote; 3].iter().collect();
    let closing = if text.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = closing.len();
    while at < text.len() {
        if text[at..].starts_with(&closing) {
            return Ok(at + closing.len());
        }
        let mut characters = text[at..].chars();
        let is_escaped = quote == '"' && characters.next() == Some('\\');
        let skipped: usize = text[at..].chars().take(if is_escaped { 2 } else { 1 }).map(char::len_utf8).sum();
        at += skipped;
    }
    Err(quote)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(text: &str) -> Vec<(String, String)> {
        split_params(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
    }

    fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    #[test]
    fn no_parameter_swallows_the_next() {
        assert_eq!(split("v=O'Brien,w=5"), pairs([("v", "O'Brien"), ("w", "5")]));
        assert_eq!(split("v=a[1,w=5"), pairs([("v", "a[1"), ("w", "5")]));
        assert_eq!(split("v=a],w=}"), pairs([("v", "a]"), ("w", "}")]));
        assert_eq!(split("v=5\" disk,w=5"), pairs([("v", "5\" disk"), ("w", "5")]));
        assert_eq!(split("v='a,b', w=\"c,\\\",d\""), pairs([("v", "'a,b'"), ("w", "\"c,\\\",d\"")]));
        assert_eq!(split("v='''a,'b',c''',w=1"), pairs([("v", "'''a,'b',c'''"), ("w", "1")]));
        assert_eq!(
            split("v=[1, [2, ']'], {a = ',', b=2}],w=5"),
            pairs([("v", "[1, [2, ']'], {a = ',', b=2}]"), ("w", "5")])
        );
        assert_eq!(split("v=[O'Brien, x],w=5"), pairs([("v", "[O'Brien, x]"), ("w", "5")]));
        assert_eq!(split("v=a=b,w=,x==,"), pairs([("v", "a=b"), ("w", ""), ("x", "=")]));
        assert_eq!(split("v=a\nb,\nw=5\n"), pairs([("v", "a\nb"), ("w", "5")]));
        assert_eq!(split("\"a=b,c\".d=1,ö=2"), pairs([("\"a=b,c\".d", "1"), ("ö", "2")]));
        assert_eq!(split(""), []);
    }

    #[test]
    fn what_is_not_closed_is_told() {
        for (text, closing) in
            [("v='a,w=5", "`'`"), ("v=[1,2,w=5", "`]`"), ("v={a=1,w=5", "`}`"), ("v=[\"a,w=5", "`\"`")]
        {
            let reason = split_params(text).expect_err(text);
            assert!(reason.contains(closing) && reason.contains("--params 'v="), "{reason}");
        }
        for text in ["v", "v=1,w", "=1", "v=a,b,w=5", " =1"] {
            assert!(split_params(text).expect_err(text).contains("name=value"), "{text}");
        }
    }

    fn params() -> Map<String, Json> {
        let text = "[pipeline]\nname = \"t\"\n[params]\nn = 1\nflag = true\ntext = \"x\"\nlist = [1]\n\"a.b\" = 1\n\
                    [params.train]\nrate = 0.1\n";
        crate::parse(std::sync::Arc::new(crate::Source::new("t.toml", text))).expect("a manifest").params
    }

    #[test]
    fn values_are_tomls_and_what_toml_does_not_know_is_text() {
        let params = params();
        let value = |path, text| GivenParam::read(path, text, &params).map(|given| given.value);
        for (path, text, expected) in [
            ("n", "5", json!(5)),
            ("n", "0.5", json!(0.5)),
            ("n", "\"5\"", json!("5")),
            ("flag", "false", json!(false)),
            ("text", "2024-01-31", json!("2024-01-31")),
            ("text", "\"q\"", json!("q")),
            ("text", "O'Brien", json!("O'Brien")),
            ("text", "", json!("")),
            ("text", "#fff", json!("#fff")),
            ("new", "1 # one", json!("1 # one")),
            ("new", "[a-z]+", json!("[a-z]+")),
            ("new", "a\nb = 1", json!("a\nb = 1")),
            ("new", "{ a = [1, 2] }", json!({"a": [1, 2]})),
            ("new", "2024-01-31", json!("2024-01-31")),
            ("list", "[]", json!([])),
            ("train", "{ rate = 1.5 }", json!({"rate": 1.5})),
        ] {
            assert_eq!(value(path, text), Ok(expected), "{path}={text}");
        }
    }

    #[test]
    fn what_is_most_likely_a_slip_is_told_with_what_to_write() {
        let params = params();
        for (path, text, part) in [
            ("n", "abc", "write `--params 'n=\"abc\"'`"),
            ("n", "", "write `--params 'n=\"\"'`"),
            ("text", "1.10", "write `--params 'text=\"1.10\"'`"),
            ("text", "true", "is a text in the manifest"),
            ("flag", "True", "write `--params 'flag=true'`"),
            ("list", "1;2", "is an array in the manifest"),
            ("train", "5", "write `train.rate=…`"),
            ("new", "[a,b]", "write `--params 'new=[\"a\", \"b\"]'`"),
            ("new", "[1, O'Brien]", "write `--params 'new=[1, \"O'\\''Brien\"]'`"),
            ("new", "{a: 1}", "is not a table as TOML has it"),
            ("new", "\"a\" b", "quotes that do not enclose"),
        ] {
            let told = GivenParam::read(path, text, &params).expect_err(text);
            assert!(told.contains(part), "{path}={text}: {told}");
        }
    }

    #[test]
    fn paths_reach_the_keys_that_the_manifest_has() {
        let params = params();
        let keys = |path| GivenParam::read(path, "1", &params).map(|given| given.keys);
        let owned = |keys: &[&str]| Ok(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
        assert_eq!(keys("a.b"), owned(&["a.b"]));
        assert_eq!(keys("train.rate"), owned(&["train", "rate"]));
        assert_eq!(keys("x.y"), owned(&["x", "y"]));
        assert_eq!(keys("\"x.y\".z"), owned(&["x.y", "z"]));
        for bad in ["", "a.", ".a", "a..b", "\"a", "\"a\" b"] {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }
}
