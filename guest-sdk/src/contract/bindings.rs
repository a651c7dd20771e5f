//! Generated from `wit/node.wit`.
#![expect(missing_docs, reason = "generated")]

wit_bindgen::generate!({ path: "wit", world: "node", pub_export_macro: true });
