//! A page that works from disk, without a server and without a network.

use super::picture::Picture;
use super::svg::escaped;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// The script's parts, each behind those that it needs.
const SCRIPT: [&str; 7] = [
    include_str!("page/text.js"),
    include_str!("page/model.js"),
    include_str!("page/layout.js"),
    include_str!("page/draw.js"),
    include_str!("page/timeline.js"),
    include_str!("page/panel.js"),
    include_str!("page/main.js"),
];

impl Picture {
    /// Returns the picture as one HTML file: the graph with search, filters and details, and the timeline of the run.
    pub fn to_html(&self) -> String {
        self.page("")
    }

    /// Returns the same page for a server that sends later pictures as events of `events`.
    pub fn to_live_html(&self) -> String {
        self.page(" data-live=\"yes\"")
    }

    fn page(&self, live: &str) -> String {
        // Within a script element nothing is an entity, and only `<` could end it.
        let picture = self.to_json().to_string().replace('<', "\\u003c");
        let script = format!("\"use strict\";\n{}", SCRIPT.join("\n"));
        let title = escaped(&self.pipeline);
        let mut page = String::with_capacity(PAGE.len() + STYLE.len() + script.len() + picture.len());
        let mut rest = PAGE;
        for (mark, text) in [
            ("{live}", live),
            ("{title}", &title),
            ("{style}", STYLE.trim_end()),
            ("{title}", &title),
            ("{picture}", &picture),
            ("{script}", script.trim_end()),
        ] {
            let (before, behind) = rest.split_once(mark).unwrap_or((rest, ""));
            page += before;
            page += text;
            rest = behind;
        }
        page + rest
    }
}
