//! A Mermaid flowchart, as Markdown pages show it.

use std::fmt::Write;

use super::picture::{Picture, Vertex, VertexKind, VertexStatus};

impl Picture {
    /// Returns the picture as a Mermaid flowchart; multipipelines are subgraphs.
    pub fn to_mermaid(&self) -> String {
        let mut text = "flowchart LR\n".to_owned();
        // A `String` takes everything.
        for (place, group) in self.groups.iter().enumerate() {
            let _ = writeln!(text, "    subgraph g{place}[\"{}\"]", escaped(&group.name));
            let own = self.vertices.iter().enumerate().filter(|(_, vertex)| vertex.group == Some(place));
            own.for_each(|(id, vertex)| text += &format!("    {}", line(id, vertex)));
            text += "    end\n";
        }
        let others = self.vertices.iter().enumerate().filter(|(_, vertex)| vertex.group.is_none());
        others.for_each(|(id, vertex)| text += &line(id, vertex));
        for edge in &self.edges {
            let _ = writeln!(text, "    v{} --> v{}", edge.from, edge.to);
        }
        for (status, style) in [
            (VertexStatus::Completed, "fill:#d9f2dd,stroke:#2e7d32,color:#111"),
            (VertexStatus::Failed, "fill:#fbdcdc,stroke:#c62828,color:#111"),
            (VertexStatus::Running, "fill:#dceafb,stroke:#1565c0,color:#111"),
            (VertexStatus::NotRun, "fill:#eee,stroke:#888,color:#111"),
        ] {
            let own = self.vertices.iter().enumerate().filter(|(_, vertex)| vertex.status == Some(status));
            let ids: Vec<_> = own.map(|(id, _)| format!("v{id}")).collect();
            if !ids.is_empty() {
                let word = status.word();
                let _ = writeln!(text, "    classDef {word} {style}\n    class {} {word}", ids.join(","));
            }
        }
        text
    }
}

fn line(id: usize, vertex: &Vertex) -> String {
    let name = escaped(&vertex.name);
    match vertex.kind {
        VertexKind::Node => format!("    v{id}[\"{name}\"]\n"),
        VertexKind::Dataset => format!("    v{id}([\"{name}\"])\n"),
        VertexKind::Parameter => format!("    v{id}{{{{\"{name}\"}}}}\n"),
    }
}

/// Escapes a text between the quotes of a label.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' => escaped += &format!("#{};", u32::from(character)),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
