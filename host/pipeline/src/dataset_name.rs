//! Reads a binding's name: a parameter, a dataset, or one format of a dataset (`name@format`).

/// The binding that stands for all of `[params]`.
pub(crate) const ALL_PARAMETERS: &str = "parameters";
/// The prefix of a binding of one parameter.
pub(crate) const PARAMETER_PREFIX: &str = "params:";
/// The separator between a dataset's name and a format.
pub(crate) const FORMAT_SEPARATOR: char = '@';

/// Returns true if a binding stands for a parameter (`parameters` or `params:x`), not for a dataset.
pub fn is_parameter(binding: &str) -> bool {
    binding == ALL_PARAMETERS || binding.starts_with(PARAMETER_PREFIX)
}

/// Returns the fault of a name as the name of a dataset, if it has one.
pub(crate) fn fault(dataset: &str) -> Option<String> {
    let parts: Vec<_> = dataset.split(FORMAT_SEPARATOR).collect();
    if parts.len() > 2 {
        let separators = parts.len() - 1;
        return Some(format!("expected at most one `@`, found {separators}"));
    }
    if parts[0].is_empty() {
        return Some("expected a name, found nothing".to_owned());
    }
    if parts.last().is_some_and(|format| format.is_empty()) {
        return Some("expected a format after the `@`".to_owned());
    }
    None
}

/// Returns true if `name` may name a node, a component or a tag: letters, digits, `_`, `.` and `-`.
pub(crate) fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_reserved_names_are_parameters() {
        assert!(is_parameter("parameters") && is_parameter("params:a.b"));
        assert!(!is_parameter("parameters_of_model") && !is_parameter("params"));
    }

    #[test]
    fn a_name_has_at_most_one_format_and_no_empty_part() {
        assert_eq!(fault("b@csv"), None);
        assert_eq!(fault("b@c@d").as_deref(), Some("expected at most one `@`, found 2"));
        assert!(fault("").is_some() && fault("@csv").is_some() && fault("b@").is_some());
    }

    #[test]
    fn words_may_use_letters_of_any_script() {
        assert!(is_word("ns.größe-1_x"));
        assert!(!is_word("") && !is_word("a b") && !is_word("a/b"));
    }
}
