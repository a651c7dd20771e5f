//! Entries put into manifests as people write them: everything that was there stays.

use wpipe_pipeline::{NewDataset, insert_datasets};

fn new(name: &str) -> NewDataset {
    let path = format!("data/{name}.parquet");
    NewDataset { name: name.to_owned(), kind: "parquet".to_owned(), path, suffix: None }
}

fn inserted(text: &str, names: &[&str]) -> String {
    let entries: Vec<_> = names.iter().map(|name| new(name)).collect();
    insert_datasets(text, &entries).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The text with one entry more is the old one with one insertion.
fn grows(text: &str) -> String {
    let edited = inserted(text, &["new"]);
    let common = text.bytes().zip(edited.bytes()).take_while(|(old, new)| old == new).count();
    let rest = edited.len() - (text.len() - common);
    assert!(edited[rest..] == text[common..] || edited.ends_with(&text[common..]), "{edited}");
    edited
}

#[test]
fn a_manifest_without_datasets_gets_sections_at_its_end() {
    let edited = inserted("[pipeline]\nname = \"p\"", &["a", "b.c"]);
    insta::assert_snapshot!(edited, @r#"
    [pipeline]
    name = "p"

    [datasets.a]
    type = "parquet"
    path = "data/a.parquet"

    [datasets."b.c"]
    type = "parquet"
    path = "data/b.c.parquet"
    "#);
    assert_eq!(inserted("", &["a"]), "[datasets.a]\ntype = \"parquet\"\npath = \"data/a.parquet\"\n");
}

#[test]
fn sections_stand_behind_the_last_one_and_its_comments() {
    let text = "\
# All of it.
[datasets.a]   # the first
type = 'csv'
path = \"a.csv\"  # kept
  [datasets.a.delay]
  load = \"1s\"
# versioned = true

# The nodes.
[nodes.n]
inputs = [ \"a\",
  \"b\" ]
";
    insta::assert_snapshot!(grows(text), @r#"
    # All of it.
    [datasets.a]   # the first
    type = 'csv'
    path = "a.csv"  # kept
      [datasets.a.delay]
      load = "1s"
    # versioned = true

    [datasets.new]
    type = "parquet"
    path = "data/new.parquet"

    # The nodes.
    [nodes.n]
    inputs = [ "a",
      "b" ]
    "#);
}

#[test]
fn a_comment_directly_before_a_section_stays_with_it() {
    let text = "[datasets.a]\ntype = \"csv\"\npath = \"a\"\n# Of nodes.\n[nodes.n]\noutputs = [\"a\"]\n";
    let edited = grows(text);
    assert!(edited.contains("data/new.parquet\"\n\n# Of nodes.\n[nodes.n]\n"), "{edited}");
}

#[test]
fn sections_that_are_apart_get_theirs_behind_the_last() {
    let edited = grows("[datasets.a]\ntype = \"memory\"\n[params]\nx = 1\n[datasets.\"{b}_c\"]\ntype = \"memory\"\n");
    assert!(edited.ends_with(
        "[datasets.\"{b}_c\"]\ntype = \"memory\"\n\n[datasets.new]\ntype = \"parquet\"\npath = \"data/new.parquet\"\n"
    ));
}

#[test]
fn rows_stay_rows() {
    let edited = grows("[datasets]\n  a = {type=\"csv\",path=\"a.csv\"} # of people\n\n[nodes]\n");
    assert_eq!(
        edited,
        "[datasets]\n  a = {type=\"csv\",path=\"a.csv\"} # of people\n  new = { type = \"parquet\", path = \
         \"data/new.parquet\" }\n\n[nodes]\n"
    );
}

#[test]
fn dotted_keys_stay_dotted_keys() {
    for (text, expected) in [
        (
            "[datasets]\na.type = \"csv\"\na.path = \"a.csv\"",
            "[datasets]\na.type = \"csv\"\na.path = \"a.csv\"\nnew.type = \"parquet\"\nnew.path = \"data/new.parquet\"\n",
        ),
        (
            "datasets.a = { type = \"memory\" }\n[nodes]\n",
            "datasets.a = { type = \"memory\" }\ndatasets.new = { type = \"parquet\", path = \"data/new.parquet\" \
             }\n[nodes]\n",
        ),
        (
            "datasets.a.type = \"memory\"\nlimits = {}\n",
            "datasets.a.type = \"memory\"\ndatasets.new.type = \"parquet\"\ndatasets.new.path = \
             \"data/new.parquet\"\nlimits = {}\n",
        ),
    ] {
        assert_eq!(grows(text), expected);
    }
}

#[test]
fn an_inline_table_grows_within_its_braces() {
    let entry = "new = { type = \"parquet\", path = \"data/new.parquet\" }";
    for (text, expected) in [
        ("datasets = {}", format!("datasets = {{ {entry} }}")),
        ("datasets = { a.type = \"memory\" } # x\n", format!("datasets = {{ a.type = \"memory\", {entry} }} # x\n")),
        (
            "datasets = {\n  a = { type = \"memory\" }, # one\n}\n",
            format!("datasets = {{\n  a = {{ type = \"memory\" }},\n  {entry}, # one\n}}\n"),
        ),
    ] {
        assert_eq!(inserted(text, &["new"]), expected);
    }
}

#[test]
fn line_ends_of_windows_stay_and_new_lines_have_them() {
    let text = "[pipeline]\r\nname = \"p\"\r\n\r\n[datasets.a]\r\ntype = \"memory\"\r\n\r\n[params]\r\nt = \"\"\"\r\na\r\nb\"\"\"\r\n";
    let edited = grows(text);
    assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count());
    assert_eq!(edited.matches('\n').count(), text.matches('\n').count() + 4);
}

#[test]
fn names_have_the_quotes_that_they_need() {
    let names = ["plain", "eu.sales", "b@csv", "größe", "two words", "quote\"d", "back\\slash"];
    let edited = inserted("[datasets]\n", &names);
    let read: toml::Table = edited.parse().expect("TOML");
    let datasets = read["datasets"].as_table().expect("a table");
    assert_eq!(datasets.len(), names.len(), "{edited}");
    assert!(names.iter().all(|name| datasets.contains_key(*name)), "{edited}");
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let refused = |text: &str| insert_datasets(text, &[new("a")]).expect_err(text);
    assert_eq!(refused("[datasets.a]\ntype = \"memory\"\n"), "there is an entry of `a` already");
    assert_eq!(refused("datasets = 1\n"), "`datasets` is no table");
    assert!(!refused("[datasets\n").is_empty());
}

#[test]
fn partitions_have_their_suffix() {
    let new = NewDataset { path: "data/days".to_owned(), suffix: Some(".parquet".to_owned()), ..new("days") };
    let edited = insert_datasets("", &[new]).expect("an entry");
    assert!(edited.ends_with("partitioned = true\nsuffix = \".parquet\"\n"), "{edited}");
}
