//! Documents that machines share: created once, read by all.

use wpipe_buffer::Transports;
use wpipe_catalog::{Catalog, Location};

use crate::support::*;

#[test]
fn of_several_who_create_a_document_one_succeeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalog = Catalog::new(folder.path(), &Transports::copy());
    let documents = catalog.documents(&Location::Path("runs/".to_owned())).expect("a folder");
    assert!(wait(documents.names("")).expect("nothing").is_empty());
    let created = |text: &str| wait(documents.create("a/x.json", text.as_bytes().to_vec())).expect("written");
    assert_eq!((created("one"), created("two")), (true, false));
    assert_eq!(wait(documents.read("a/x.json")).expect("read").as_deref(), Some(&b"one"[..]));
    assert_eq!(wait(documents.read("a/y.json")).expect("asked"), None);
    wait(documents.put_all(vec![("b/1".to_owned(), b"1".to_vec()), ("b/2".to_owned(), b"2".to_vec())])).expect("put");
    assert_eq!(wait(documents.names("")).expect("names"), ["a/x.json", "b/1", "b/2"]);
    assert_eq!(wait(documents.names("b")).expect("names"), ["b/1", "b/2"]);
    let both = ["b/1", "b/3"].map(str::to_owned);
    let read = wait(documents.read_all(both)).expect("read");
    assert_eq!(read.keys().collect::<Vec<_>>(), ["b/1"]);
}

#[test]
fn a_web_server_keeps_no_documents() {
    let catalog = Catalog::new(".", &Transports::copy());
    let errors = catalog.documents(&Location::Url("http://127.0.0.1:9/x".to_owned())).expect_err("read only");
    assert_eq!(errors[0].message, "web servers are only read from");
}
