//! Tests of the words of every refusal, and of the shape of the generated code.

use super::*;

fn text(options: TokenStream, function: TokenStream) -> String {
    expand(options, function).expect("the function is fine").to_string().replace(' ', "")
}

fn message(options: TokenStream, function: TokenStream) -> String {
    expand(options, function).expect_err("the function is at fault").to_string()
}

fn refusal(function: TokenStream) -> String {
    message(TokenStream::new(), function)
}

#[test]
fn the_function_stays_as_it_is() {
    let function = quote!(
        /// Doubles.
        pub(crate) fn double(x: &Table) -> Table {
            x.clone()
        }
    );
    let expansion = text(TokenStream::new(), function.clone());
    assert!(expansion.starts_with(&function.to_string().replace(' ', "")), "{expansion}");
    assert!(expansion.contains("pub(crate)fn__wpipe_node_double()"), "{expansion}");
    assert!(expansion.contains("doc:\"Doubles.\""), "{expansion}");
}

#[test]
fn arguments_are_ports_by_their_types() {
    let expansion = text(
        TokenStream::new(),
        quote!(
            fn all(table: &Table, n: u64, _unused: &str, made: Output<Vec<f64>>) {}
        ),
    );
    for port in ["input::<Table>(\"table\")", "parameter(\"n\")", "input::<str>(\"unused\")"] {
        assert!(expansion.contains(port), "{port}: {expansion}");
    }
    assert!(expansion.contains("output::<Vec<f64>>(\"made\")"), "{expansion}");
    assert!(expansion.contains("all(&view_0,taken_1,&view_2,taken_3)"), "{expansion}");
}

#[test]
fn partitions_are_ports_by_their_types() {
    let expansion = text(
        TokenStream::new(),
        quote!(
            fn all(mut tables: Partitions<Table>, made: PartitionedOutput<str>) -> Partitioned<f64> {}
        ),
    );
    assert!(expansion.contains("partitions::<Table>(\"tables\")"), "{expansion}");
    let outputs = "partitioned_output::<str>(\"made\"),::wpipe_sdk::__private::partitioned_output::<f64>(\"all\")";
    assert!(expansion.contains(outputs), "{expansion}");
    assert!(expansion.contains("=all(taken_0,taken_1)"), "{expansion}");
    assert!(expansion.contains("call.write_partitions::<f64>(\"all\",value_0)?"), "{expansion}");
}

#[test]
fn one_returned_value_is_called_as_the_function_is() {
    for function in [
        quote!(
            fn sum() -> f64 {}
        ),
        quote!(
            fn sum() -> Result<f64, String> {}
        ),
    ] {
        let expansion = text(TokenStream::new(), function);
        assert!(expansion.contains("output::<f64>(\"sum\")"), "{expansion}");
    }
}

#[test]
fn values_of_a_tuple_are_numbered_or_named() {
    let function = quote!(
        fn split() -> (Table, String) {}
    );
    let expansion = text(TokenStream::new(), function.clone());
    assert!(expansion.contains("output::<Table>(\"out_0\"),::wpipe_sdk::__private::output::<String>(\"out_1\")"));
    let expansion = text(quote!(outputs("x", "y")), function);
    assert!(expansion.contains("output::<Table>(\"x\"),::wpipe_sdk::__private::output::<String>(\"y\")"));
}

#[test]
fn the_description_is_the_first_paragraph() {
    let expansion = text(
        TokenStream::new(),
        quote!(
            /// Splits rows
            /// in two.
            ///
            /// More of it.
            fn split() {}
        ),
    );
    assert!(expansion.contains("doc:\"Splitsrowsintwo.\""), "{expansion}");
}

#[test]
fn heads_that_no_host_could_call_are_refused() {
    assert!(
        refusal(quote!(
            async fn f() {}
        ))
        .starts_with("a node cannot be async")
    );
    assert!(
        refusal(quote!(
            unsafe fn f() {}
        ))
        .starts_with("a node cannot be unsafe")
    );
    assert!(
        refusal(quote!(
            extern "C" fn f() {}
        ))
        .ends_with("leave out `extern`")
    );
    assert!(
        refusal(quote!(
            fn f<T>() {}
        ))
        .starts_with("a node cannot be generic over a type")
    );
    assert!(
        refusal(quote!(
            fn f<const N: usize>() {}
        ))
        .ends_with("take a parameter instead")
    );
    assert!(
        refusal(quote!(
            fn f<'a>() {}
        ))
        .ends_with("leave them out")
    );
    assert!(
        refusal(quote!(
            struct F;
        ))
        .contains("expected")
    );
}

#[test]
fn arguments_that_cannot_be_ports_are_refused() {
    assert_eq!(
        refusal(quote!(
            fn f(&self) {}
        )),
        "a node is a free function: it cannot take `self`"
    );
    assert!(
        refusal(quote!(
            fn f((a, b): (u8, u8)) {}
        ))
        .starts_with("an argument of a node needs a plain name")
    );
    assert!(
        refusal(quote!(
            fn f(_: u8) {}
        ))
        .starts_with("an argument of a node needs a plain name")
    );
    assert!(
        refusal(quote!(
            fn f(x: &mut Table) {}
        ))
        .starts_with("a node cannot change its inputs")
    );
    assert!(
        refusal(quote!(
            fn f(x: &Output<Table>) {}
        ))
        .starts_with("take an output by value")
    );
    assert!(
        refusal(quote!(
            fn f(x: Output) {}
        ))
        .starts_with("say what the output holds")
    );
    assert!(
        refusal(quote!(
            fn f(x: &impl View) {}
        ))
        .starts_with("a node's types must be concrete")
    );
    assert_eq!(
        refusal(quote!(
            fn f(x: Table) {}
        )),
        "take a dataset by reference: `&Table`"
    );
    assert_eq!(
        refusal(quote!(
            fn f(x: &Partitions<Table>) {}
        )),
        "take partitions by value, so that each can be let go of: `Partitions<T>`"
    );
    assert_eq!(
        refusal(quote!(
            fn f(x: Partitions) {}
        )),
        "say what the partitions hold: `Partitions<T>`"
    );
    assert!(
        refusal(quote!(
            fn f(x: &PartitionedOutput<Table>) {}
        ))
        .starts_with("take an output by value")
    );
    assert!(
        refusal(quote!(
            fn f(x: PartitionedOutput) {}
        ))
        .starts_with("say what the partitions hold")
    );
    for function in [
        quote!(
            fn f(x: Partitioned<Table>) {}
        ),
        quote!(
            fn f(x: &Partitioned<Table>) {}
        ),
    ] {
        assert!(refusal(function).starts_with("`Partitioned<T>` is for what a node returns: take `Partitions<T>`"));
    }
}

#[test]
fn all_wrong_arguments_are_told_at_once() {
    let error = expand(
        TokenStream::new(),
        quote!(
            fn f(x: &mut u8, _: u8) {}
        ),
    )
    .expect_err("two faults");
    assert_eq!(error.into_iter().count(), 2);
}

#[test]
fn a_function_that_cannot_be_a_node_is_a_function_still() {
    let expansion = expand_or_explain(
        TokenStream::new(),
        quote!(
            async fn f() {}
        ),
    )
    .to_string();
    assert!(expansion.contains("compile_error") && expansion.ends_with("async fn f () { }"), "{expansion}");
}

#[test]
fn returned_types_that_cannot_be_outputs_are_refused() {
    assert_eq!(
        refusal(quote!(
            fn f() -> Result {}
        )),
        "say what the node returns: `Result<T, E>`"
    );
    assert_eq!(
        refusal(quote!(
            fn f() -> Result<Partitioned, String> {}
        )),
        "say what the partitions hold: `Partitioned<T>`"
    );
    assert_eq!(
        refusal(quote!(
            fn f() -> impl Produce {}
        )),
        "a node returns owned values of concrete types"
    );
    assert_eq!(
        refusal(quote!(
            fn f(x: &str) -> &str {}
        )),
        "a node returns owned values of concrete types"
    );
}

#[test]
fn names_of_outputs_must_fit() {
    let two = quote!(
        fn f() -> (u32, u32) {}
    );
    let count = "`outputs` names 1, and the function returns 2 values";
    assert_eq!(message(quote!(outputs("a")), two.clone()), count);
    let twice = "two outputs are called `a`: name the returned ones with `outputs(…)`";
    assert_eq!(message(quote!(outputs("a", "a")), two), twice);
    let clash = quote!(
        fn a(a: Output<Table>) -> u32 {}
    );
    assert_eq!(refusal(clash), twice);
    let clash = quote!(
        fn a(a: PartitionedOutput<Table>) -> Partitioned<u32> {}
    );
    assert_eq!(refusal(clash), twice);
}

#[test]
fn wrong_options_are_refused() {
    let of = |options| {
        message(
            options,
            quote!(
                fn f() -> u32 {}
            ),
        )
    };
    assert_eq!(of(quote!(output("a"))), "`output` is not known here: expected `outputs(\"name\", …)`");
    assert_eq!(of(quote!("a")), "expected `outputs(\"name\", …)`");
    assert_eq!(of(quote!(outputs("a"), outputs("b"))), "`outputs` stands here twice");
    assert_eq!(of(quote!(outputs(""))), "an output needs a name");
}
