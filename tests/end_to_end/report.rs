//! `wpipe runs report`: a run as one file.

use crate::browser::{failed_run, try_pages};
use crate::support::Project;

fn report(project: &Project, arguments: &[&str]) -> String {
    let written = project.wpipe(&[&["runs", "report", "-o", "report.html"], arguments].concat());
    assert_eq!(written.code, 0, "{}", written.told());
    project.read("report.html")
}

#[test]
fn a_report_says_what_became_of_each_node_dataset_and_partition() {
    let report = report(&failed_run(), &[]);
    for told in [
        "<span class=\"badge failed\">failed</span>",
        "node `check` failed on partition `&lt;b&gt;`: found `bad` in the text",
        "Did not run: `check` failed, which it needs.",
        "warn  a doubt",
        "wpipe run --nodes check",
        "to said.archive (archive, ",
        "<span class=\"badge completed\">durable</span>",
        "&quot;word&quot;: &quot;bad&quot;",
        "aria-label=\"Timeline\"",
        "<svg xmlns=",
    ] {
        assert!(report.contains(told), "{told} is not in\n{report}");
    }
}

#[test]
fn a_report_has_no_secret_no_script_and_needs_no_network() {
    let report = report(&failed_run(), &[]);
    assert!(!report.contains("hunter2") && report.contains("&quot;api_token&quot;: &quot;***&quot;"));
    let drawing = "xmlns=\"http://www.w3.org/2000/svg\"";
    assert!(!report.replace(drawing, "").contains("http"), "a report needs no network");
    assert!(!report.contains("<script") && !report.contains("<img"), "a name became an element");
}

#[test]
fn a_report_of_a_run_whose_manifest_is_gone_has_no_drawing() {
    let project = failed_run();
    project.write("pipeline.toml", "[nodes");
    let report = report(&project, &[]);
    assert!(report.contains("There is no drawing") && report.contains("a doubt"), "{report}");
}

#[test]
fn a_report_is_not_written_over_the_manifest() {
    let project = failed_run();
    let refused = project.wpipe(&["runs", "report", "-o", "./pipeline.toml"]);
    assert_eq!(refused.code, 1, "{}", refused.told());
    assert!(project.read("pipeline.toml").contains("[nodes.check]"));
}

#[test]
fn a_report_can_be_read_in_a_browser() {
    let project = failed_run();
    report(&project, &[]);
    try_pages("report.test.mjs", &project, |_| {});
}
