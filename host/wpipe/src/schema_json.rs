//! The JSON Schema of a manifest, by which editors complete and check it while it is written.
//!
//! Keys, types and meanings are those of the page that documents them, which tests compare with the reader; the options of a
//! dataset's type are those that the format itself asks for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use wpipe_catalog::{kinds, options_of};
use wpipe_pipeline::{DocumentedKey, DocumentedTable, documented_tables};

/// The type of a dataset that is stored nowhere.
const MEMORY: &str = "memory";

/// Returns the JSON Schema (draft 7) of `pipeline.toml`, with the options of every type of datasets.
///
/// ```
/// let schema = wpipe::manifest_schema();
/// assert_eq!(schema["properties"]["pipeline"]["$ref"], "#/definitions/pipeline");
/// assert!(schema["definitions"]["datasets.NAME"]["properties"]["delimiter"].is_object());
/// ```
pub fn manifest_schema() -> Value {
    let tables = documented_tables();
    let mut definitions: Map<String, Value> =
        tables.iter().map(|table| (id(table.heading).to_owned(), definition(&tables, table))).collect();
    let root = definitions.remove("Top level").unwrap_or_default();
    let mut schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "wpipe: pipeline.toml",
        "definitions": definitions,
    });
    if let (Some(schema), Value::Object(root)) = (schema.as_object_mut(), root) {
        schema.extend(root);
    }
    // The manifest of an environment is one without a pipeline.
    schema["required"] = json!([]);
    schema
}

/// Returns the name of a table's definition.
fn id(heading: &str) -> &str {
    match heading {
        "An entry of `configure`" => "configure",
        heading => heading.trim_matches(['[', ']']),
    }
}

fn definition(tables: &[DocumentedTable], table: &DocumentedTable) -> Value {
    let of_table = id(table.heading);
    let properties = table.keys.iter().map(|key| (key.key.to_owned(), property(tables, of_table, key)));
    let mut properties: Map<String, Value> = properties.collect();
    let required: Vec<_> = table.keys.iter().filter(|key| key.default == "required").map(|key| key.key).collect();
    let own: Vec<_> = properties.keys().cloned().collect();
    let mut definition = json!({ "type": "object", "additionalProperties": false, "required": required });
    if of_table == "datasets.NAME" {
        properties.extend(options());
        properties.insert("type".to_owned(), types(table));
        definition["allOf"] = kinds().map(|kind| only_options_of(kind, &own)).collect();
    }
    definition["properties"] = Value::Object(properties);
    definition
}

/// Returns the values of a dataset's `type`.
fn types(table: &DocumentedTable) -> Value {
    let kinds: Vec<_> = kinds().chain([MEMORY]).collect();
    let meaning = table.keys.iter().find(|key| key.key == "type").map_or("", |key| key.meaning);
    json!({ "enum": kinds, "description": meaning })
}

/// Returns the options of all types, each with the types that have it.
fn options() -> Map<String, Value> {
    let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for kind in kinds() {
        options_of(kind).into_iter().for_each(|option| types.entry(option).or_default().push(kind));
    }
    let described = types.into_iter().map(|(option, types)| {
        (option.to_owned(), json!({ "description": format!("An option of the types {}.", types.join(", ")) }))
    });
    described.collect()
}

/// Returns the rule that a dataset of a type has the keys of all datasets and the options of its own.
fn only_options_of(kind: &str, own: &[String]) -> Value {
    let keys: Vec<_> = own.iter().map(String::as_str).chain(options_of(kind)).collect();
    json!({
        "if": { "properties": { "type": { "const": kind } }, "required": ["type"] },
        "then": { "propertyNames": { "enum": keys } },
    })
}

fn property(tables: &[DocumentedTable], of_table: &str, key: &DocumentedKey) -> Value {
    let DocumentedKey { kind, default, example, meaning, .. } = key;
    let mut described = value(tables, of_table, key.key, kind);
    let told = match *default {
        "required" | "none" => (*meaning).to_owned(),
        default => format!("{meaning} Default: {default}."),
    };
    // A draft-7 reference takes nothing beside it.
    if described.get("$ref").is_none() {
        described["description"] = json!(format!("{told} Example: `{example}`"));
    }
    described
}

/// Returns the schema of a type as the page names it.
fn value(tables: &[DocumentedTable], of_table: &str, key: &str, kind: &str) -> Value {
    let number = |least: u64| json!({ "type": "integer", "minimum": least });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let text = || json!({ "type": "string" });
    let find = |names: &[String]| {
        let found = names.iter().find(|name| tables.iter().any(|table| id(table.heading) == name.as_str()));
        found.map(|name| json!({ "$ref": format!("#/definitions/{name}") }))
    };
    // `limits` of a node is `nodes.NAME.limits`, `filter` is `filter` wherever it stands.
    let table = || find(&[format!("{of_table}.{key}"), key.to_owned()]).unwrap_or_else(|| json!({ "type": "object" }));
    let entries = || {
        let entry = find(&[format!("{key}.NAME"), format!("{key}.NODE")]).unwrap_or_else(|| json!({}));
        json!({ "type": "object", "additionalProperties": entry })
    };
    match kind {
        _ if kind.starts_with('`') => {
            let words: Vec<_> = kind.split(", ").map(|word| word.trim_matches('`')).collect();
            json!({ "enum": words })
        }
        "true or false" | "boolean" => json!({ "type": "boolean" }),
        "true or path" => json!({ "type": ["boolean", "string"] }),
        "number" if key == "backoff" => json!({ "type": "number" }),
        "number from 1" if key == "backoff" => json!({ "type": "number", "minimum": 1 }),
        "number" => number(0),
        "number from 1" => number(1),
        "fraction" => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        "size" | "rate" => json!({ "type": ["integer", "string"] }),
        "tables by name" | "tables by name or pattern" | "tables by node" => entries(),
        "path or table" => json!({ "anyOf": [text(), table()] }),
        "table" if key == "params" => json!({ "type": "object" }),
        "table" => table(),
        "table of numbers" => json!({ "type": "object", "additionalProperties": number(0) }),
        "filter" => json!({ "$ref": "#/definitions/filter" }),
        "array of filters" => list(json!({ "$ref": "#/definitions/filter" })),
        "array of tables" => list(table()),
        "array, or table by port" => {
            json!({ "anyOf": [list(text()), { "type": "object", "additionalProperties": text() }] })
        }
        "pattern, or an array" => json!({ "anyOf": [text(), list(text())] }),
        _ if kind.starts_with("array") => list(text()),
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what a schema says against a value, as far as a schema of manifests goes.
    fn faults(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        let mut say = |fault: String| found.push(fault);
        if let Some(name) = schema["$ref"].as_str() {
            let pointer = name.trim_start_matches('#').replace("~1", "/");
            return faults(root, root.pointer(&pointer).unwrap_or_else(|| panic!("no {name}")), value);
        }
        let is_of = |kind: &str| match kind {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            other => panic!("the type {other}"),
        };
        match &schema["type"] {
            Value::String(kind) if !is_of(kind) => say(format!("{value} is not {kind}")),
            Value::Array(kinds) if !kinds.iter().filter_map(Value::as_str).any(is_of) => {
                say(format!("{value} is none"))
            }
            _ => {}
        }
        let known = schema["enum"].as_array();
        if known.is_some_and(|known| !known.contains(value)) || schema.get("const").is_some_and(|only| only != value) {
            say(format!("{value} is not known"));
        }
        if schema["minimum"].as_f64().zip(value.as_f64()).is_some_and(|(least, number)| number < least) {
            say(format!("{value} is too small"));
        }
        let of = |schema: &Value, value: &Value| faults(root, schema, value);
        if let Some(ways) = schema["anyOf"].as_array().filter(|ways| !ways.iter().any(|way| of(way, value).is_empty()))
        {
            say(format!("{value} is none of {}", ways.len()));
        }
        for rule in schema["allOf"].as_array().into_iter().flatten() {
            if of(&rule["if"], value).is_empty() {
                found.extend(of(&rule["then"], value));
            }
        }
        for item in value.as_array().into_iter().flatten().filter(|_| schema.get("items").is_some()) {
            found.extend(of(&schema["items"], item));
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            match (schema["properties"].get(key), schema.get("additionalProperties")) {
                (Some(of_key), _) => found.extend(of(of_key, value)),
                (None, Some(Value::Bool(false))) => found.push(format!("{key} is unknown")),
                (None, Some(others)) => found.extend(of(others, value)),
                (None, None) => {}
            }
            if let Some(names) = schema.get("propertyNames") {
                found.extend(of(names, &Value::from(key.as_str())));
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|key| value.get(*key).is_none()).map(|key| format!("{key} is missing")));
        found
    }

    fn faults_of(manifest: &str) -> Vec<String> {
        let manifest: toml::Table = manifest.parse().expect("TOML");
        let schema = manifest_schema();
        faults(&schema, &schema, &serde_json::to_value(manifest).expect("JSON"))
    }

    #[test]
    fn manifests_of_the_examples_fit() {
        let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        for name in
            ["iris/pipeline", "iris-slow/pipeline", "sensors/generate", "sensors/pipeline", "house-prices/pipeline"]
        {
            let text = std::fs::read_to_string(examples.join(format!("{name}.toml"))).expect("an example");
            assert_eq!(faults_of(&text), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn every_documented_example_fits() {
        let root = manifest_schema();
        for table in documented_tables() {
            let of_table = match id(table.heading) {
                "Top level" => &root,
                name => &root["definitions"][name],
            };
            for key in &table.keys {
                let example: toml::Table = key.example.parse().expect("TOML");
                let example = &serde_json::to_value(example).expect("JSON")[key.key];
                let wrong = faults(&root, &of_table["properties"][key.key], example);
                // An example shows its key, and may lack others.
                let wrong: Vec<_> = wrong.into_iter().filter(|fault| !fault.ends_with("is missing")).collect();
                assert_eq!(wrong, Vec::<String>::new(), "`{}`: {}", table.heading, key.example);
            }
        }
    }

    #[test]
    fn slips_are_found() {
        for (slip, part) in [
            ("[pipelin]\nname = \"x\"", "pipelin is unknown"),
            ("[pipeline]\nname = 1", "is not string"),
            ("[pipeline]", "name is missing"),
            ("[nodes.n]\ninptus = [\"x\"]", "inptus is unknown"),
            ("[datasets.x]\ntype = \"cvs\"\npath = \"x\"", "\"cvs\" is not known"),
            ("[datasets.x]\ntype = \"parquet\"\npath = \"x\"\ndelimiter = \";\"", "\"delimiter\" is not known"),
            ("[datasets.x]\ntype = \"csv\"\npath = \"x\"\nversioned = \"yes\"", "is not boolean"),
            ("[multipipelines.m]\nnodes = [\"n\"]\nover = [\"x\"]\njoin = \"left\"", "\"left\" is not known"),
            ("[multipipelines.m]\nnodes = [\"n\"]\nover = [\"x\"]\nslices = 0", "too small"),
            ("[limits]\nmemroy = \"1GiB\"", "memroy is unknown"),
            ("[datasets.x]\ntype = \"csv\"\npath = \"x\"\ndelay = { laod = \"1s\" }", "laod is unknown"),
        ] {
            let found = faults_of(slip);
            assert!(found.iter().any(|fault| fault.contains(part)), "{slip}: {found:?}");
        }
        assert_eq!(faults_of("[store]\npath = \"/dev/shm/x\"\ngroup = true"), Vec::<String>::new());
        let right = "[datasets.x]\ntype = \"csv\"\npath = \"x\"\ndelimiter = \";\"\nnulls = [\"\", \"NA\"]";
        assert_eq!(faults_of(right), Vec::<String>::new());
    }
}
