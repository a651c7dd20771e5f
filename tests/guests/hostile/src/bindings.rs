//! The contract, generated.

wit_bindgen::generate!({ world: "node", path: "../../../wit", pub_export_macro: true });
