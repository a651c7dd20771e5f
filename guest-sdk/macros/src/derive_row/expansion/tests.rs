//! Tests of the words of every refusal, and of the shape of the generated code.

use super::*;

fn expansion(input: DeriveInput) -> String {
    expand(&input).expect("the struct is fine").to_string().replace(' ', "")
}

fn message(input: DeriveInput) -> String {
    expand(&input).expect_err("the struct is at fault").to_string()
}

#[test]
fn a_field_is_a_column_of_its_name() {
    let expansion = expansion(parse_quote!(
        struct Sale<'t> {
            shop: &'t str,
            r#type: f64,
        }
    ));
    assert!(expansion.contains("impl<'t>::wpipe_sdk::data::table::row::Row<'t>forSale<'t>"), "{expansion}");
    assert!(expansion.contains("names:&[\"shop\"],kind:::core::option::Option::None"), "{expansion}");
    assert!(expansion.contains("field:\"type\",names:&[\"type\"]"), "{expansion}");
    assert!(expansion.contains("r#type:<f64as::wpipe_sdk::data::table::row::Field<'_>>::read(&columns.1,row)"));
}

#[test]
fn names_are_chosen_one_by_one_or_all_at_once() {
    let expansion = expansion(parse_quote!(
        #[row(rename_all = "camelCase", crate = wpipe::data)]
        struct Sale {
            unit_price: f64,
            #[row(rename = "sold at", alias = "sold_at", alias = "time")]
            at: i64,
        }
    ));
    assert!(expansion.contains("impl<'__table>wpipe::data::table::row::Row<'__table>forSale"), "{expansion}");
    assert!(expansion.contains("names:&[\"unitPrice\"]"), "{expansion}");
    assert!(expansion.contains("field:\"at\",names:&[\"soldat\",\"sold_at\",\"time\"]"), "{expansion}");
}

#[test]
fn what_is_skipped_has_no_column_and_what_has_a_default_may_have_none() {
    let expansion = expansion(parse_quote!(
        struct Sale {
            #[row(skip)]
            seen: bool,
            #[row(default)]
            discount: f64,
            #[row(default = "one")]
            count: i64,
            #[row(default = defaults::currency)]
            currency: String,
        }
    ));
    assert!(expansion.contains("seen:::core::default::Default::default(),discount:match&columns.0"), "{expansion}");
    assert!(expansion.contains("None=>one(),"), "{expansion}");
    assert!(expansion.contains("None=>defaults::currency(),"), "{expansion}");
    assert!(!expansion.contains("names:&[\"seen\"]"), "{expansion}");
}

#[test]
fn what_has_no_named_fields_is_refused() {
    assert!(
        message(parse_quote!(
            struct Sale(String, f64);
        ))
        .contains("a tuple's have no names")
    );
    assert!(
        message(parse_quote!(
            struct Sale;
        ))
        .ends_with("this one has none")
    );
    assert!(
        message(parse_quote!(
            enum Sale {
                Cash { amount: f64 },
            }
        ))
        .starts_with("`Row` cannot be derived for an enum")
    );
    assert!(
        message(parse_quote!(
            union Sale {
                amount: f64,
            }
        ))
        .starts_with("`Row` cannot be derived for a union")
    );
    assert_eq!(
        message(parse_quote!(
            struct Sale {
                #[row(skip)]
                seen: bool,
            }
        )),
        "a row has a column at least: none of these fields is one"
    );
}

#[test]
fn generic_structs_are_refused() {
    assert!(
        message(parse_quote!(
            struct Sale<T> {
                amount: T,
            }
        ))
        .starts_with("`Row` cannot be derived for a generic type")
    );
    assert!(
        message(parse_quote!(
            struct Sale<'a, 'b> {
                shop: &'a str,
                city: &'b str,
            }
        ))
        .starts_with("a row has one lifetime at most")
    );
}

#[test]
fn two_fields_of_one_column_are_refused() {
    let twice = message(parse_quote!(
        struct Sale {
            amount: f64,
            #[row(rename = "amount")]
            total: f64,
        }
    ));
    assert_eq!(twice, "the fields `amount` and `total` are both the column `amount`");
}

#[test]
fn wrong_options_are_all_told_at_once() {
    let error = expand(&parse_quote!(
        struct Sale {
            #[row(renamed = "x")]
            amount: f64,
            #[row(rename = "")]
            shop: String,
            #[row(default = 5)]
            count: i64,
            #[row(skip, default)]
            seen: bool,
        }
    ))
    .expect_err("four faults");
    let told: Vec<String> = error.into_iter().map(|error| error.to_string()).collect();
    assert_eq!(
        told,
        [
            "expected `rename = \"…\"`, `alias = \"…\"`, `default`, `skip`, `kind = \"…\"` or `dictionary`",
            "a column has a name",
            "a default is a function that makes it: `default = function`, or `default` for that of the type",
            "a field that is skipped has no column: leave out the other options",
        ]
    );
    let of_struct = message(parse_quote!(
        #[row(rename = "x")]
        struct Sale {
            amount: f64,
        }
    ));
    assert_eq!(of_struct, "expected `rename_all = \"…\"` or `crate = path`");
}
