//! Tests of process-wide state: each runs in a process of its own, under the limits of a shell's `ulimit`.

use std::env;
use std::process::Command;

/// This variable is set in the process of the test itself.
const IS_ALONE: &str = "WPIPE_TEST_IS_ALONE";

/// Runs `body` of the test `name` in `module` (`module_path!()`) in a process of its own.
pub(super) fn alone(module: &str, name: &str, limits: &str, body: impl FnOnce()) {
    if env::var_os(IS_ALONE).is_some() {
        return body();
    }
    let (_, module) = module.split_once("::").expect("the path begins with the crate");
    let script = format!("ulimit {limits} && exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{name}"), "--test-threads=1"])
        .env(IS_ALONE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "{told}");
}
