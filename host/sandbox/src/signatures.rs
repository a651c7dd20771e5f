//! Checks that a component describes its nodes sensibly: the host relies on it, and people read the names. `described`
//! limits its length.

use std::collections::BTreeMap;

use wpipe_data::{Kind, Port, Signature};
use wpipe_text::one_line;

/// The most bytes of a name that a message shows.
const MOST_SHOWN: usize = 100;
/// The most faults that one message lists.
const MOST_TOLD: usize = 5;
/// The raw contents, whose fingerprint is 0 since they have no layout.
const RAW: [&str; 2] = ["bytes", "text"];

/// Returns an error that lists everything wrong.
pub(crate) fn judge(signatures: &[Signature]) -> Result<(), String> {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for (place, signature) in signatures.iter().enumerate() {
        if let Some(fault) = of_name(&signature.name) {
            faults.push(format!("the name of node {} {fault}", place + 1));
            continue;
        }
        let node = shown(&signature.name);
        if is_second(&mut seen, &signature.name) {
            faults.push(format!("it exports two nodes `{node}`"));
        }
        if let Some(found) = control(&signature.doc) {
            let found = found.escape_default();
            faults.push(format!("node `{node}`: its documentation holds the control character `{found}`"));
        }
        for (side, ports) in [("input", &signature.inputs), ("output", &signature.outputs)] {
            let of_ports = of_ports(side, ports).into_iter();
            faults.extend(of_ports.map(|fault| format!("node `{node}`: {fault}")));
        }
    }
    let more = faults.len().saturating_sub(MOST_TOLD);
    faults.truncate(MOST_TOLD);
    if more > 0 {
        faults.push(format!("and {more} more"));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn of_ports(side: &str, ports: &[Port]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for (place, port) in ports.iter().enumerate() {
        if let Some(fault) = of_name(&port.name) {
            faults.push(format!("the name of {side} {} {fault}", place + 1));
            continue;
        }
        let name = shown(&port.name);
        if is_second(&mut seen, &port.name) {
            faults.push(format!("it has two {side}s `{name}`"));
        }
        faults.extend(of_type(side, port).map(|fault| format!("{side} `{name}` {fault}")));
    }
    faults
}

/// Returns the fault of the kind and the type of a port.
fn of_type(side: &str, port: &Port) -> Option<String> {
    let Port { kind, schema, fingerprint, .. } = port;
    let is_raw = RAW.contains(&schema.as_str());
    match kind {
        Kind::Parameter if side == "output" => Some("is a parameter, and only inputs can be".to_owned()),
        Kind::Parameter if !schema.is_empty() || *fingerprint != 0 => {
            Some("is a parameter, which has no type, and is described with one".to_owned())
        }
        Kind::Parameter => None,
        Kind::Single | Kind::Partitioned => match of_name(schema) {
            Some(fault) => Some(format!("is of a type whose name {fault}")),
            None if is_raw && *fingerprint != 0 => Some(format!(
                "is of the raw type `{schema}`, whose fingerprint is 0, and has the fingerprint {fingerprint:#x}"
            )),
            None if !is_raw && *fingerprint == 0 => Some(format!(
                "is of the type `{}` and has the fingerprint 0, which is for `bytes` and `text`",
                shown(schema)
            )),
            None => None,
        },
    }
}

/// Returns true if a name comes for the second time: one that comes more often is reported once.
fn is_second<'n>(seen: &mut BTreeMap<&'n str, usize>, name: &'n str) -> bool {
    let times = seen.entry(name).or_default();
    *times += 1;
    *times == 2
}

/// Returns a character that a terminal would obey in a text of several lines.
fn control(text: &str) -> Option<char> {
    text.chars().find(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t'))
}

/// Returns the fault of a name.
fn of_name(name: &str) -> Option<String> {
    match name {
        "" => Some("is empty".to_owned()),
        name if one_line(name) != name => {
            Some(format!("holds characters that are not to be seen, or that terminals obey: `{}`", shown(name)))
        }
        _ => None,
    }
}

fn shown(name: &str) -> String {
    match name.len() {
        ..=MOST_SHOWN => one_line(name).into_owned(),
        _ => format!("{}…", one_line(&name[..name.floor_char_boundary(MOST_SHOWN)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(name: &str, kind: Kind, schema: &str, fingerprint: u64) -> Port {
        Port { name: name.to_owned(), kind, schema: schema.to_owned(), fingerprint }
    }

    fn node(name: &str, inputs: Vec<Port>, outputs: Vec<Port>) -> Signature {
        Signature { name: name.to_owned(), doc: String::new(), inputs, outputs }
    }

    fn told(signature: Signature) -> String {
        judge(&[signature]).expect_err("a fault")
    }

    #[test]
    fn what_guests_of_all_languages_say_is_in_order() {
        let inputs = vec![
            port("größe", Kind::Single, "bytes", 0),
            port("my-port.2", Kind::Partitioned, "wpipe:table", 7),
            port("rate", Kind::Parameter, "", 0),
        ];
        let outputs = vec![port("größe", Kind::Single, "Vec<(u8, f64)>", 1)];
        assert_eq!(judge(&[node("a/b c", inputs, outputs), node("other", vec![], vec![])]), Ok(()));
        assert_eq!(judge(&[]), Ok(()));
    }

    #[test]
    fn names_are_unique_and_can_be_read() {
        let twice = [node("a", vec![], vec![]), node("b", vec![], vec![]), node("a", vec![], vec![])];
        assert_eq!(judge(&twice).expect_err("a fault"), "it exports two nodes `a`");
        let often = [node("a", vec![], vec![]), node("a", vec![], vec![]), node("a", vec![], vec![])];
        assert_eq!(judge(&often).expect_err("a fault"), "it exports two nodes `a`");
        assert_eq!(told(node("", vec![], vec![])), "the name of node 1 is empty");
        let forged = told(node("a\r\u{1b}[2K\n12:00:00", vec![], vec![]));
        assert_eq!(
            forged,
            "the name of node 1 holds characters that are not to be seen, or that terminals obey: \
             `a\\r\\u{1b}[2K\\n12:00:00`"
        );
    }

    #[test]
    fn documentation_has_lines_and_no_controls() {
        let documented = |doc: &str| Signature { doc: doc.to_owned(), ..node("a", vec![], vec![]) };
        assert_eq!(judge(&[documented("Counts rows.\r\n\n\t- é 漢字 🎉 \u{202e}")]), Ok(()));
        assert_eq!(told(documented("a\u{1b}[2J")), "node `a`: its documentation holds the control character `\\u{1b}`");
    }

    #[test]
    fn ports_have_names_of_their_own() {
        let same = || vec![port("x", Kind::Single, "text", 0), port("x", Kind::Single, "text", 0)];
        assert_eq!(told(node("a", same(), vec![])), "node `a`: it has two inputs `x`");
        assert_eq!(told(node("a", vec![], same())), "node `a`: it has two outputs `x`");
        let empty = vec![port("", Kind::Single, "text", 0)];
        assert_eq!(told(node("a", vec![], empty)), "node `a`: the name of output 1 is empty");
    }

    #[test]
    fn kinds_and_types_fit() {
        let of = |port: Port| told(node("a", vec![port], vec![]));
        assert_eq!(
            told(node("a", vec![], vec![port("x", Kind::Parameter, "", 0)])),
            "node `a`: output `x` is a parameter, and only inputs can be"
        );
        assert_eq!(
            of(port("x", Kind::Parameter, "f64", 3)),
            "node `a`: input `x` is a parameter, which has no type, and is described with one"
        );
        assert_eq!(
            of(port("x", Kind::Single, "Model", 0)),
            "node `a`: input `x` is of the type `Model` and has the fingerprint 0, which is for `bytes` and `text`"
        );
        assert_eq!(
            of(port("x", Kind::Partitioned, "bytes", 16)),
            "node `a`: input `x` is of the raw type `bytes`, whose fingerprint is 0, and has the fingerprint 0x10"
        );
        assert_eq!(of(port("x", Kind::Single, "", 1)), "node `a`: input `x` is of a type whose name is empty");
    }

    #[test]
    fn of_many_faults_some_are_told() {
        let all: Vec<_> = (0..100).map(|_| node("", vec![], vec![])).collect();
        let told = judge(&all).expect_err("faults");
        assert!(told.ends_with("the name of node 5 is empty; and 95 more"), "{told}");
    }
}
