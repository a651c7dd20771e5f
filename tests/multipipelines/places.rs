//! Datasets in each other's way: where one writes what another would take for its own, neither is touched.

use std::fs;
use std::os::unix::fs::symlink;

use wpipe::{Error, Host};

use crate::support::{Workshop, message, node, over, texts};

/// An entry at a place of this name; with a suffix it is a set.
fn entry(workshop: &Workshop, name: &str, place: &str, suffix: Option<&str>) -> String {
    let entry = match suffix {
        Some(suffix) => workshop.set(name, &format!("suffix = {suffix:?}")),
        None => workshop.text(name),
    };
    entry.replace(&format!("path = \"{name}\""), &format!("path = {place:?}"))
}

/// What `check` and a run say of `read ─► copied` where the two are at these places, before anything is written.
fn told(workshop: &Workshop, read: (&str, Option<&str>), copied: (&str, Option<&str>)) -> Option<String> {
    let entries = entry(workshop, "read", read.0, read.1) + &entry(workshop, "copied", copied.0, copied.1);
    told_of(workshop, &entries, read.1.is_some(), copied.1.is_some())
}

fn told_of(workshop: &Workshop, entries: &str, is_set: bool, makes_set: bool) -> Option<String> {
    let graph = match (is_set, makes_set) {
        (true, true) => node("copy", "copy_text", &["read"], "copied") + &over(&["copy"], &["read"], ""),
        (true, false) => node("copy", "concat_texts", &["read"], "copied"),
        (false, true) => node("copy", "split_lines", &["read"], "copied"),
        (false, false) => node("copy", "copy_text", &["read"], "copied"),
    };
    let project = workshop.project(&(entries.to_owned() + &graph));
    let host = Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build().unwrap();
    match host.load_project(project) {
        Ok(_) => None,
        Err(Error::Problems(problems)) => {
            let messages: Vec<_> = problems.iter().map(|problem| problem.message().to_owned()).collect();
            assert_eq!(messages.len(), 1, "{messages:?}");
            Some(messages.concat())
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn sets_and_files_that_would_take_each_others_objects_are_refused() {
    let txt = Some(".txt");
    for workshop in [Workshop::local(), Workshop::s3()] {
        for (read, copied, expected) in [
            (("data", Some("")), ("data", Some("")), "are one place"),
            (("data", Some(".csv")), ("data", txt), "are one place"),
            (("data", txt), ("data", None), "are one place"),
            (("data", None), ("data", None), "are one place"),
            (("data", Some("")), ("data/out", Some("")), "lies within"),
            (("data/a/b", txt), ("data", Some("")), "lies within"),
            (("data", Some("/part.txt")), ("data/out", txt), "lies within"),
            (("data", txt), ("data/out", Some("/part.txt")), "lies within"),
            (("data", txt), ("data/deep/all.txt", None), "it could be taken for a partition"),
            (("data/one.txt", None), ("data", txt), "it could be taken for a partition"),
            (("data/.wpipe/one.txt", None), ("data", Some(".csv")), "is emptied when that is written"),
        ] {
            let told = told(&workshop, read, copied).unwrap_or_else(|| panic!("{read:?} and {copied:?} are accepted"));
            assert!(told.contains(expected), "{read:?} {copied:?}: {told}");
            // Both entries, both places, and who writes.
            assert!(told.contains("`read` (`") && told.contains("`copied` (`"), "{told}");
            assert!(told.contains(&format!("{}`)", read.0)) && told.contains(&format!("{}`)", copied.0)), "{told}");
            assert!(told.contains("node `copy` writes `copied`") || expected.contains("emptied"), "{told}");
        }
        for (read, copied) in [
            (("data", txt), ("data-2", txt)),
            (("data/a", txt), ("data/b", txt)),
            (("data", txt), ("data/out", Some(".csv"))),
            (("data", txt), ("data/all.csv", None)),
            (("data", txt), ("data/.txt", None)),
            (("data", txt), ("data/of/.wpipe/all.txt", None)),
            (("data/one", None), ("data/two", None)),
        ] {
            assert_eq!(told(&workshop, read, copied), None, "{read:?} {copied:?}");
        }
    }
}

#[test]
fn a_place_is_the_same_however_it_is_written() {
    let workshop = Workshop::local();
    fs::create_dir_all(workshop.path().join("data")).unwrap();
    symlink("data", workshop.path().join("link")).unwrap();
    let absolute = workshop.path().join("data").display().to_string();
    for place in ["./data", "data/", "other/../data", "link", "link/", absolute.as_str()] {
        let told = told(&workshop, ("data", Some("")), (place, Some(""))).unwrap_or_default();
        assert!(told.contains("are one place"), "{place}: {told}");
    }
    let url = format!("type = \"text\"\npartitioned = true\nurl = \"file://{absolute}/out\"\n");
    let entries = entry(&workshop, "read", "link", Some("")) + "[datasets.copied]\n" + &url;
    let told = told_of(&workshop, &entries, true, true).unwrap_or_default();
    assert!(told.contains("lies within"), "{told}");
}

#[test]
fn two_stores_of_one_bucket_are_one_place() {
    let workshop = Workshop::s3();
    let lake = workshop.project("").pipeline().manifest().stores["lake"].clone();
    let with = |endpoint: &str| {
        let second = format!(
            "[stores.second]\nurl = \"{}/data\"\nendpoint = \"{endpoint}\"\nregion = \"eu-1\"\n\
             skip_signature = true\nallow_http = true\n",
            lake.url
        );
        let copied = entry(&workshop, "copied", "in/deep", Some("")).replace("lake", "second");
        entry(&workshop, "read", "data/in", Some("")) + &copied + &second
    };
    let of_lake = format!("{}/", lake.endpoint.as_deref().unwrap());
    let told = told_of(&workshop, &with(&of_lake), true, true).unwrap_or_default();
    assert!(told.contains("lies within"), "{told}");
    assert_eq!(told_of(&workshop, &with("http://localhost:1"), true, true), None, "another server");
}

#[test]
fn formats_of_a_dataset_are_one_thing_and_readers_are_in_nobodys_way() {
    let workshop = Workshop::local();
    workshop.put("raw", "a.txt", "text");
    workshop.put("raw/deep", "b.txt", "text");
    let formats = workshop.set("raw", "suffix = \".txt\"")
        + &entry(&workshop, "deep", "raw/deep", Some(".txt"))
        + &entry(&workshop, "same", "raw", Some(".txt"))
        + "[datasets.\"all@text\"]\ntype = \"text\"\npath = \"all\"\n"
        + "[datasets.\"all@bytes\"]\ntype = \"bytes\"\npath = \"./all\"\n"
        + &node("see", "concat_texts", &["raw"], "all@text")
        + &node("see_deep", "concat_texts", &["deep"], "more")
        + &node("see_same", "concat_texts", &["same"], "again")
        + &node("size", "pass_bytes", &["all@bytes"], "passed");
    workshop.run(&formats).unwrap();
    assert_eq!(fs::read_to_string(workshop.path().join("all")).unwrap(), "a=text\ndeep/b=text\n");
}

#[test]
fn no_set_is_written_where_the_journals_are() {
    for (place, is_fine) in [(".", false), ("./", false), (".wpipe/out", false), (".wpipe", false), ("out", true)] {
        let workshop = Workshop::local();
        workshop.put("raw", "a", "text");
        let told = told(&workshop, ("raw/a", None), (place, Some(".out")));
        assert_eq!(told.is_none(), is_fine, "{place}: {told:?}");
        assert!(told.is_none_or(|told| told.contains("journals")));
    }
    // To read there is fine: what is wpipe's own is none of the set.
    let workshop = Workshop::local();
    workshop.put(".", "a.txt", "text");
    workshop.put("deep/.wpipe", "own.txt", "no data");
    workshop.put("deep", "b.txt", "more");
    let manifest = entry(&workshop, "here", ".", Some(".txt"))
        + &entry(&workshop, "copied", "copies", Some(".out"))
        + &node("copy", "copy_text", &["here"], "copied")
        + &over(&["copy"], &["here"], "");
    workshop.run(&manifest).unwrap();
    assert_eq!(workshop.objects("copies"), texts([("a.out", "text"), ("deep/b.out", "more")]));
}

#[test]
fn nothing_is_lost_where_a_pruned_set_is_written_around_another() {
    let workshop = Workshop::local();
    workshop.put("raw", "a", "text");
    workshop.put("data/precious", "b", "kept");
    let manifest = workshop.set("raw", "")
        + &entry(&workshop, "copied", "data", Some("")).replace("suffix", "prune = true\nsuffix")
        + &entry(&workshop, "precious", "data/precious", Some(""))
        + &node("copy", "copy_text", &["raw"], "copied")
        + &node("see", "concat_texts", &["precious"], "seen")
        + &over(&["copy"], &["raw"], "");
    let told = message(workshop.run(&manifest));
    assert!(told.contains("`precious` (`data/precious`) lies within the set `copied` (`data`)"), "{told}");
    assert_eq!(workshop.objects("data"), texts([("precious/b", "kept")]));
}
