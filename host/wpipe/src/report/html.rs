//! The elements that sections are made of. All texts are escaped here.

use crate::viz::escaped;

/// Returns a section, unless it is empty. `content` is HTML.
pub(super) fn section(title: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!("<section>\n<h2>{}</h2>\n{content}</section>\n", escaped(title))
}

/// Returns a list of facts without those that are empty. The facts are texts.
pub(super) fn facts(rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let rows = rows.into_iter().filter(|(_, fact)| !fact.is_empty());
    let rows: String =
        rows.map(|(title, fact)| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(title), escaped(&fact))).collect();
    if rows.is_empty() { rows } else { format!("<dl>\n{rows}</dl>\n") }
}

/// Returns a table, unless it has no row. The cells are HTML.
pub(super) fn table(titles: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: String = rows
        .into_iter()
        .map(|row| {
            let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    if rows.is_empty() {
        return rows;
    }
    let titles: String = titles.iter().map(|title| format!("<th scope=\"col\">{}</th>", escaped(title))).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr>{titles}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// Returns a text that is opened by its title; `kind` is a class of the style. Nothing of an empty text.
pub(super) fn folded(title: &str, text: &str, kind: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let (title, text) = (escaped(title), escaped(text));
    format!("<details><summary>{title}</summary><pre class=\"{kind}\" tabindex=\"0\">{text}</pre></details>")
}

/// Returns a state in its colour.
pub(super) fn badge(state: &str) -> String {
    let class = match state {
        "completed" | "durable" => "completed",
        "running" => "running",
        "failed" | "killed" | "interrupted" => "failed",
        _ => "not_run",
    };
    format!("<span class=\"badge {class}\">{}</span>", escaped(state))
}
