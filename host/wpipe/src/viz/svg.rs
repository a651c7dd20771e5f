//! A drawing that every browser and editor shows.

use std::fmt::Write;

use super::picture::{Picture, PictureEdge, Vertex, VertexKind, VertexStatus};

/// The margin around the drawing, in pixels.
const MARGIN: f64 = 16.0;

impl Picture {
    /// Returns the picture as an SVG document.
    pub fn to_svg(&self) -> String {
        let right = self.vertices.iter().map(|vertex| vertex.x + vertex.width).fold(0.0, f64::max);
        let bottom = self.vertices.iter().map(|vertex| vertex.y + vertex.height).fold(0.0, f64::max);
        let (width, height) = (right + 2.0 * MARGIN, bottom + 2.0 * MARGIN);
        let title = escaped(&self.pipeline);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{title}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" viewBox=\"-{MARGIN} -{MARGIN} {width:.0} {height:.0}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<title>{title}</title>\n\
             <defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"#888\"/></marker></defs>\n"
        );
        for edge in &self.edges {
            svg += &self.path(edge);
        }
        self.vertices.iter().for_each(|vertex| svg += &drawn(vertex));
        svg + "</svg>\n"
    }

    fn path(&self, edge: &PictureEdge) -> String {
        let (from, to) = (&self.vertices[edge.from], &self.vertices[edge.to]);
        let (x, y) = (from.x + from.width, from.y + from.height / 2.0);
        let (end, target) = (to.x, to.y + to.height / 2.0);
        let bend = ((end - x) / 2.0).max(20.0);
        format!(
            "<path d=\"M{x:.1} {y:.1}C{:.1} {y:.1} {:.1} {target:.1} {end:.1} {target:.1}\" fill=\"none\" \
             stroke=\"#888\" marker-end=\"url(#arrow)\"/>\n",
            x + bend,
            end - bend
        )
    }
}

fn drawn(vertex: &Vertex) -> String {
    let Vertex { x, y, width, height, .. } = vertex;
    let (fill, stroke) = match (vertex.status, vertex.kind) {
        (Some(VertexStatus::Completed), _) => ("#d9f2dd", "#2e7d32"),
        (Some(VertexStatus::Failed), _) => ("#fbdcdc", "#c62828"),
        (Some(VertexStatus::Running), _) => ("#dceafb", "#1565c0"),
        (Some(VertexStatus::NotRun), _) => ("#eeeeee", "#888888"),
        (None, VertexKind::Node) => ("#e8eaf6", "#3949ab"),
        (None, VertexKind::Dataset) => ("#ffffff", "#888888"),
        (None, VertexKind::Parameter) => ("#fff8e1", "#b28704"),
    };
    let radius = if vertex.kind == VertexKind::Node { 4.0 } else { height / 2.0 };
    let mut about = escaped(&vertex.name);
    let facts = vertex.facts.iter().map(|(title, fact)| (*title, fact.clone()));
    let names = [("inputs", vertex.inputs.join(", ")), ("outputs", vertex.outputs.join(", "))];
    for (title, fact) in facts.chain(names).filter(|(_, fact)| !fact.is_empty()) {
        let _ = write!(about, "\n{title}: {}", escaped(&fact));
    }
    format!(
        "<g><title>{about}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
         rx=\"{radius:.1}\" fill=\"{fill}\" stroke=\"{stroke}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" \
         fill=\"#111\">{}</text></g>\n",
        x + width / 2.0,
        y + height / 2.0 + 4.0,
        escaped(&vertex.label)
    )
}

/// Escapes a text within an element, or within the quotes of an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '"' => escaped += "&quot;",
            // XML has no form for them.
            control if control.is_control() && control != '\n' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
