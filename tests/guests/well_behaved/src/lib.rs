//! Nodes that do all that the SDK offers, for the end-to-end tests and the benchmarks.

mod bench;
mod endings;
mod models;
mod partitions;
mod records;
mod rows;
mod values;

wpipe_sdk::export![
    bench::busy_total,
    bench::doubled,
    bench::fan4,
    bench::produce,
    bench::total,
    bench::touch,
    bench::works,
    endings::fails,
    endings::nothing,
    endings::panics,
    endings::says,
    endings::talks,
    endings::text_fails,
    endings::writes_nothing,
    models::make_model,
    models::use_model,
    partitions::concat_tables,
    partitions::concat_texts,
    partitions::copy_text,
    partitions::count_partitions,
    partitions::count_with,
    partitions::fail_on,
    partitions::join_texts,
    partitions::produce_each,
    partitions::refuse,
    partitions::scale,
    partitions::spin,
    partitions::spin_and_count,
    partitions::split_lines,
    partitions::split_table,
    partitions::sum_each,
    partitions::sum_together,
    partitions::upper,
    partitions::upper_all,
    partitions::upper_without,
    records::check_records,
    records::make_records,
    rows::make_sales,
    rows::sum_sales,
    rows::sum_sales_each,
    rows::sum_sales_in_place,
    rows::unwraps,
    values::double,
    values::fan,
    values::in_place,
    values::noop,
    values::pass_bytes,
    values::pass_text,
    values::range,
    values::sum,
    values::telling_apart,
];
