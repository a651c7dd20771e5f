//! A component that is none of wpipe's: it exports another interface.

#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({
    inline: "
        package test:other;
        interface greeter { greet: func() -> string; }
        world other { export greeter; }
    ",
});

struct Other;

impl exports::test::other::greeter::Guest for Other {
    fn greet() -> String {
        "hello".into()
    }
}

export!(Other);
