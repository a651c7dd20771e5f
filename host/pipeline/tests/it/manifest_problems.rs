//! Tests of the errors that people see when a text is not a manifest.

use crate::support::{assert_rendered, problems, problems_with_head};

#[test]
fn every_line_with_a_syntax_error_is_shown() {
    let text =
        "[pipeline]\nname = \"test\n\n[nodes.a]\ninputs = [\"x\",, \"y\"]\noutputs = [\"z\"]\n[nodes.a]\nuses = c/a\n";
    assert_rendered!(problems(text));
}

#[test]
fn an_empty_text_lacks_its_pipeline() {
    assert_rendered!(problems(""));
}

#[test]
fn an_unknown_key_comes_with_the_one_it_may_have_meant() {
    assert_rendered!(problems_with_head("[nodes.a]\ninputs = [\"x\"]\nouputs = [\"y\"]\n"));
}

#[test]
fn an_unknown_key_without_a_near_miss_comes_with_the_known_ones() {
    assert_rendered!(problems_with_head("[schedules.nightly]\nat = \"03:00\"\n"));
}

#[test]
fn a_dotted_node_without_quotes_is_recognised() {
    assert_rendered!(problems_with_head("[nodes.ns.a]\ninputs = [\"x\"]\n"));
}

#[test]
fn a_dotted_dataset_without_quotes_is_recognised() {
    assert_rendered!(problems_with_head("[datasets.raw.x]\ntype = \"csv\"\npath = \"x.csv\"\n"));
}

#[test]
fn wrong_types_say_what_was_expected_and_found() {
    let text = concat!(
        "params = 2024-01-31\n",
        "[pipeline]\nname = 3\n",
        "[components]\nc = \"c.wasm\"\n",
        "[nodes.a]\nuses = true\ninputs = \"x\"\noutputs = [\"y\", 2.5]\ntags = \"t\"\nlimits = []\n",
        "[datasets.x]\ntype = { csv = 1 }\npath = \"x.csv\"\n",
    );
    assert_rendered!(problems(text));
}

#[test]
fn missing_keys_are_named() {
    let text = "[pipeline]\nnme = \"test\"\n[components.c]\ntarget = \"wasm32-wasip2\"\n[datasets.x]\npath = \"x\"\n[datasets.y]\ntype = \"csv\"\n";
    assert_rendered!(problems(text));
}

#[test]
fn a_component_has_one_origin() {
    let text = "[pipeline]\nname = \"test\"\n[components.c]\ncrate = \"nodes\"\npath = \"c.wasm\"\n";
    assert_rendered!(problems(text));
}

#[test]
fn a_dataset_has_one_location() {
    assert_rendered!(problems_with_head(
        "[datasets.x]\ntype = \"csv\"\npath = \"x.csv\"\nurl = \"s3://bucket/x.csv\"\n"
    ));
}

#[test]
fn a_dataset_in_memory_has_no_location_and_no_options() {
    assert_rendered!(problems_with_head(
        "[datasets.x]\ntype = \"memory\"\npath = \"x.csv\"\n[datasets.y]\ntype = \"memory\"\ndelimiter = \";\"\n"
    ));
}

#[test]
fn an_unknown_target_comes_with_the_one_it_may_have_meant() {
    let text = "[pipeline]\nname = \"test\"\n[components.c]\ncrate = \"nodes\"\ntarget = \"wasm32-wasi\"\n";
    assert_rendered!(problems(text));
}

#[test]
fn an_unknown_component_comes_with_the_one_it_may_have_meant() {
    let text = "[pipeline]\nname = \"test\"\n[components.iris]\npath = \"c.wasm\"\n[nodes.a]\nuses = \"irsi/a\"\ninputs = [\"x\"]\n";
    assert_rendered!(problems(text));
}

#[test]
fn a_function_needs_its_component_when_there_are_several_or_none() {
    let two = "[pipeline]\nname = \"test\"\n[components]\nb = { path = \"b.wasm\" }\nc = { path = \"c.wasm\" }\n";
    let nodes = "[nodes.a]\ninputs = [\"x\"]\n[nodes.b]\nuses = \"f\"\ninputs = [\"x\"]\n";
    let none = "[pipeline]\nname = \"test\"\n";
    assert_rendered!([problems(&format!("{two}{nodes}")), problems(&format!("{none}{nodes}"))].join("\n\n"));
}

#[test]
fn uses_is_a_component_and_a_function() {
    assert_rendered!(problems_with_head(
        "[nodes.a]\nuses = \"c/a/b\"\ninputs = [\"x\"]\n[nodes.b]\nuses = \"c/\"\ninputs = [\"x\"]\n"
    ));
}

#[test]
fn names_have_letters_digits_and_few_signs() {
    assert_rendered!(problems_with_head(
        "[nodes.\"a b\"]\nuses = \"c/a\"\ninputs = [\"x\"]\ntags = [\"größe\", \"no/no\", \"\"]\n"
    ));
}

#[test]
fn a_namespace_is_a_prefix_of_the_name() {
    assert_rendered!(problems_with_head("[nodes.\"ns.a\"]\nnamespace = \"n\"\ninputs = [\"x\"]\n"));
}

#[test]
fn limits_are_amounts_with_units() {
    let body = concat!(
        "[nodes.a]\ninputs = [\"x\"]\nlimits = { memory = \"1gib\", time = \"soon\" }\n",
        "[limits]\nmemory = 1024\ntime = \"5 days\"\nlog = \"10\"\noutput = \"99999999999GiB\"\nmemroy = \"1GiB\"\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn parameters_must_have_a_json_form() {
    assert_rendered!(problems_with_head("[params]\nrate = { max = inf }\n"));
}

#[test]
fn a_name_with_braces_must_be_a_pattern() {
    assert_rendered!(problems_with_head("[datasets.\"{a}_{a}\"]\ntype = \"csv\"\npath = \"x\"\n"));
}

#[test]
fn a_pattern_uses_its_own_placeholders_only() {
    let body = concat!(
        "[datasets.\"features.{region}\"]\ntype = \"csv\"\npath = \"data/{regoin}.csv\"\n",
        "columns = [{ name = \"{day}\" }]\nnote = \"{\"\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn there_is_at_most_one_catch_all() {
    let body =
        "[datasets.\"{a}\"]\ntype = \"csv\"\npath = \"{a}\"\n[datasets.\"{b}\"]\ntype = \"csv\"\npath = \"{b}\"\n";
    assert_rendered!(problems_with_head(body));
}

#[test]
fn all_problems_of_a_manifest_are_shown_at_once_in_the_order_of_the_text() {
    let text = concat!(
        "[pipeline]\nname = \"iris\"\nauthor = \"me\"\n\n",
        "[components.iris]\ncrate = \"nodes\"\n\n",
        "[params]\ntest_ratio = 0.2\n\n",
        "[nodes.split_data]\nuses = \"iriss/split_data\"\ninputs = [\"iris\", \"params:test_ration\"]\n",
        "outputs = [\"train\", \"test\"]\n\n",
        "[nodes.train_model]\ninputs = [\"train\", \"report\"]\noutputs = [\"model\"]\n\n",
        "[nodes.predict]\ninputs = [\"model\", \"test\"]\noutputs = [\"report\", \"test\"]\n\n",
        "[datasets.iris]\ntype = \"csv\"\n\n",
        "[limits]\nmemory = \"lots\"\n",
    );
    assert_rendered!(problems(text));
}

#[test]
fn all_problems_of_a_store_are_shown_at_once() {
    let body = concat!(
        "[stores.lake]\nurl = \"s3://me:hush@lake\"\nsecret_acess_key = \"${env:KEY}\"\nallow_http = \"yes\"\n",
        "timeout = 30\nretries = -1\nmax_concurrent = 0\nmax_bandwidth = \"100MiB\"\n",
        "[stores.\"a b\"]\nurll = \"s3://b\"\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_dataset_in_a_store_needs_the_store_and_a_path() {
    let body = concat!(
        "[stores.lake]\nurl = \"s3://lake\"\n",
        "[datasets.a]\ntype = \"csv\"\nstore = \"lakee\"\npath = \"a\"\n",
        "[datasets.b]\ntype = \"csv\"\nstore = \"lake\"\n",
        "[datasets.c]\ntype = \"csv\"\nstore = \"lake\"\nurl = \"s3://b/c\"\n",
        "[datasets.d]\ntype = \"memory\"\nstore = \"lake\"\npersist = \"tee\"\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn a_store_that_is_nowhere_is_told_how_to_add() {
    assert_rendered!(problems_with_head("[datasets.a]\ntype = \"csv\"\nstore = \"lake\"\npath = \"a\"\n"));
}

#[test]
fn delays_and_persistence_have_their_values() {
    let body = concat!(
        "[datasets.a]\ntype = \"csv\"\npath = \"a\"\npersist = \"cache+asinc\"\nreload = 1\nversioned = \"yes\"\n",
        "delay = { load = \"10\", bandwith = \"1MiB/s\", fail_rate = 1.5, seed = \"x\" }\n",
        "[datasets.b]\ntype = \"csv\"\npath = \"b\"\ndelay = 3\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn variables_of_the_environment_stand_in_urls_and_credentials_only() {
    let body = concat!(
        "[stores.lake]\nurl = \"s3://${env:BUCKET}\"\naccess_key_id = \"${env:}\"\nregion = \"${env:REGION}\"\n",
        "session_token = \"${env:TOKEN\"\n",
        "[datasets.a]\ntype = \"csv\"\npath = \"${env:HOME}/a\"\nnulls = [\"${env:NULL}\"]\n",
        "[params]\nx = { y = \"${env:Y}\" }\n",
    );
    assert_rendered!(problems_with_head(body));
}

#[test]
fn credentials_next_to_a_problem_are_not_shown() {
    let body = concat!(
        "[stores.lake]\nurl = \"s3://me:hush@lake?token=hush\"\nsecret_access_key = \"hush\"\nregoin = \"x\"\n",
        "session_token = 'hush'\n",
    );
    let told = problems_with_head(body);
    assert!(!told.contains("hush"), "{told}");
    assert_rendered!(told);
    let broken = problems_with_head("[stores.lake]\nsecret_access_key = \"hush\nx = = 1\nsession_token = hush");
    assert!(broken.contains("not valid TOML") && !broken.contains("hush"), "{broken}");
}
