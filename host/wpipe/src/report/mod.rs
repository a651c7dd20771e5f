//! The report of a run: one HTML file that needs nothing else, to be kept, sent and printed.
//!
//! ```text
//! journal ──► RunRecord, RunDetails, timeline ──► sections (html) ──► one page
//! manifest ─► Picture ──► SVG ───────────────────────┘
//! ```

mod html;
mod page;
mod sections;
mod timeline;
