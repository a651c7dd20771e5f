//! The timeline of a run as a drawing.

use std::collections::BTreeMap;
use std::fmt::Write;

use wpipe_text::size;

use crate::history::{SpanKind, TimelineSpan};
use crate::viz::escaped;

const WIDTH: f64 = 1000.0;
/// The room for the names of lanes, and for the times above them.
const LEFT: f64 = 90.0;
const TOP: f64 = 22.0;
const BAR: f64 = 14.0;
/// The most bars above each other in a lane; what does not fit lies over the last one.
const MOST_ROWS: usize = 8;
/// The most spans that are drawn, the longest ones.
const MOST_SPANS: usize = 2000;
/// The number of parts that the time is marked in.
const PARTS: u32 = 4;

/// Returns the drawing as SVG, with a note on what is left out of it; nothing of an empty timeline.
pub(super) fn drawn(timeline: &[TimelineSpan]) -> String {
    let last = timeline.iter().map(|span| span.end.unwrap_or(span.start)).fold(0.0, f64::max).max(1e-3);
    let end = |span: &TimelineSpan| span.end.unwrap_or(last);
    let mut shown: Vec<&TimelineSpan> = timeline.iter().collect();
    shown.sort_by(|one, other| (end(other) - other.start).total_cmp(&(end(one) - one.start)));
    shown.truncate(MOST_SPANS);
    shown.sort_by(|one, other| one.start.total_cmp(&other.start));
    if shown.is_empty() {
        return String::new();
    }
    // The row of each span in its lane.
    let mut lanes: BTreeMap<Lane, Vec<f64>> = BTreeMap::new();
    let mut placed = Vec::new();
    for span in shown {
        let rows = lanes.entry(Lane::of(span)).or_default();
        let row = rows.iter().position(|until| *until <= span.start).unwrap_or(rows.len());
        match rows.get_mut(row) {
            Some(until) => *until = end(span),
            None => rows.push(end(span)),
        }
        placed.push((span, row.min(MOST_ROWS - 1)));
    }
    let mut tops = BTreeMap::new();
    let mut height = TOP;
    for (lane, rows) in &lanes {
        tops.insert(*lane, height);
        height += BAR.mul_add(rows.len().min(MOST_ROWS) as f64, 6.0);
    }
    let x = |seconds: f64| LEFT + seconds / last * (WIDTH - LEFT - 10.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" role=\"img\" aria-label=\"Timeline\" \
         font-family=\"system-ui, sans-serif\" font-size=\"10\">\n"
    );
    // A `String` takes everything.
    for part in 0..=PARTS {
        let at = last * f64::from(part) / f64::from(PARTS);
        let anchor = if part == PARTS { "end" } else { "start" };
        let _ = writeln!(
            svg,
            "<path class=\"rule\" d=\"M{0:.1} 14V{height:.0}\"/><text x=\"{0:.1}\" y=\"10\" text-anchor=\"{anchor}\">{at:.3} s</text>",
            x(at)
        );
    }
    for (lane, top) in &tops {
        let _ = writeln!(svg, "<text x=\"4\" y=\"{:.1}\">{}</text>", top + 10.0, lane.name());
    }
    for (span, row) in &placed {
        let class = match (span.kind, &span.error, span.end) {
            (SpanKind::Wait, ..) => "wait",
            (_, Some(_), _) => "failed",
            (_, None, None) => "not_run",
            _ => "completed",
        };
        let name = format!("{}{}", span.name, span.at);
        let took = span.end.map_or_else(|| "not ended".to_owned(), |end| format!("{:.3} s", end - span.start));
        let bytes = span.bytes.map_or_else(String::new, |bytes| format!(", {}", size(bytes)));
        let error = span.error.as_deref().map_or_else(String::new, |error| format!("\n{error}"));
        let about = escaped(&format!("{name}: {took} from {:.3} s{bytes}{error}", span.start));
        let (left, wide) = (x(span.start), (x(end(span)) - x(span.start)).max(1.0));
        let top = BAR.mul_add(*row as f64, tops[&Lane::of(span)]);
        let _ = write!(
            svg,
            "<g><title>{about}</title><rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"12\"/>"
        );
        // A character is some six pixels wide.
        let room = ((wide - 6.0) / 6.0).max(0.0) as usize;
        if room >= 3 {
            let text: String = name.chars().take(room).collect();
            let _ = write!(svg, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 3.0, top + 9.5, escaped(&text));
        }
        svg += "</g>\n";
    }
    svg += "</svg>";
    let left_out = timeline.len() - placed.len();
    let note = if left_out > 0 { format!("<p>{left_out} shorter spans are left out.</p>\n") } else { String::new() };
    format!("<div class=\"wide\" tabindex=\"0\">{svg}</div>\n{note}")
}

/// A lane; in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Driver,
    Worker(usize),
    Loads,
    Saves,
    Waits,
}

impl Lane {
    fn of(span: &TimelineSpan) -> Self {
        match (span.kind, span.worker) {
            (SpanKind::Call, None) => Self::Driver,
            (SpanKind::Call, Some(worker)) => Self::Worker(worker),
            (SpanKind::Load, _) => Self::Loads,
            (SpanKind::Save, _) => Self::Saves,
            (SpanKind::Wait, _) => Self::Waits,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Driver => "driver".to_owned(),
            Self::Worker(worker) => format!("worker {}", worker + 1),
            Self::Loads => "loads".to_owned(),
            Self::Saves => "saves".to_owned(),
            Self::Waits => "waits".to_owned(),
        }
    }
}
