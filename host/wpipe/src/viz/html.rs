//! A page that works from disk, without a server and without a network.

use super::picture::Picture;
use super::svg::escaped;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Picture {
    /// Returns the picture as one HTML file: the graph with search, filters and details, and the timeline of the run.
    pub fn to_html(&self) -> String {
        // Within a script element nothing is an entity, and only `<` could end it.
        let picture = self.to_json().to_string().replace('<', "\\u003c");
        let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + picture.len());
        let mut rest = PAGE;
        for (mark, text) in [
            ("{title}", escaped(&self.pipeline).as_str()),
            ("{style}", STYLE.trim_end()),
            ("{picture}", &picture),
            ("{script}", SCRIPT.trim_end()),
        ] {
            let (before, behind) = rest.split_once(mark).unwrap_or((rest, ""));
            page += before;
            page += text;
            rest = behind;
        }
        page + rest
    }
}
