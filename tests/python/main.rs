//! The Python package, as its users have it: `test_*.py` beside this file are run by Python's own `unittest`, against the
//! extension module that cargo has built.

mod package;

use package::run;

#[test]
fn values_go_in_and_come_out() {
    run("test_values");
}

#[test]
fn tables_of_other_libraries_go_in_and_come_out() {
    run("test_tables");
}

#[test]
fn errors_are_exceptions() {
    run("test_errors");
}

#[test]
fn a_part_runs_and_what_is_left_of_a_run() {
    run("test_runs");
}

#[test]
fn an_interrupt_ends_a_run_in_good_order() {
    run("test_interrupt");
}

#[test]
fn plans_catalogs_and_histories_are_tables() {
    run("test_records");
}

#[test]
fn notebooks_show_graphs_and_progress() {
    run("test_notebook");
}

#[test]
fn the_command_comes_with_the_package() {
    run("test_command");
}

#[test]
fn a_pipeline_is_a_node_of_kedro() {
    run("test_kedro");
}
