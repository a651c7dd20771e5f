//! The plan as JSON.

use std::collections::BTreeSet;

use crate::support::{IRIS, assert_rendered, pipeline};

#[test]
fn the_plan_of_iris_shows_nodes_in_order_and_where_each_dataset_lives() {
    let pipeline = pipeline(IRIS);
    assert!(pipeline.missing_inputs(&BTreeSet::new()).is_ok());
    assert_rendered!(serde_json::to_string_pretty(&pipeline.plan()).expect("a plan is JSON"));
}
