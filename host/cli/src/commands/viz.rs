//! `wpipe viz`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wpipe::viz::{Follow, Picture};

use super::output::written;
use super::serve::serve;
use crate::arguments::{LATEST, VizArguments, VizFormat};
use crate::error::Error;
use crate::terminal::print;

pub(crate) fn viz(arguments: &VizArguments) -> Result<ExitCode, Error> {
    if arguments.serve {
        let run = arguments.run.clone().filter(|run| run != LATEST);
        let manifest = arguments.manifest.manifest.clone();
        return serve(Follow::new(manifest, arguments.manifest.overrides(), run), arguments.port);
    }
    let project = arguments.manifest.open()?;
    let picture = match arguments.run.as_deref() {
        None => Picture::of(&project),
        Some(run) => Picture::of_run(&project, Some(run).filter(|run| *run != LATEST))?,
    };
    let manifest = &arguments.manifest.manifest;
    let format = arguments.format.or_else(|| named(arguments.output.as_deref()?)).unwrap_or(VizFormat::Html);
    let output = arguments.output.clone().or_else(|| default_output(format, manifest));
    let Some(output) = output else {
        print(&drawn(&picture, format));
        return Ok(ExitCode::SUCCESS);
    };
    Ok(written(&output, manifest, || match format {
        VizFormat::KedroViz => write_folder(&picture, &output),
        format => fs::write(&output, drawn(&picture, format)),
    }))
}

fn drawn(picture: &Picture, format: VizFormat) -> String {
    match format {
        VizFormat::Html => picture.to_html(),
        VizFormat::Svg => picture.to_svg(),
        VizFormat::Mermaid => picture.to_mermaid(),
        VizFormat::Json => format!("{}\n", picture.to_json()),
        VizFormat::KedroViz => format!("{}\n", serde_json::json!(picture.to_kedro_viz())),
    }
}

fn write_folder(picture: &Picture, folder: &Path) -> io::Result<()> {
    for (name, content) in picture.to_kedro_viz() {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, content.to_string())?;
    }
    Ok(())
}

/// The form that a file's name says.
fn named(output: &Path) -> Option<VizFormat> {
    Some(match output.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "html" | "htm" => VizFormat::Html,
        "svg" => VizFormat::Svg,
        "mmd" | "mermaid" => VizFormat::Mermaid,
        "json" => VizFormat::Json,
        _ => return None,
    })
}

/// Where a picture is written if nobody says where; `None` for standard output.
fn default_output(format: VizFormat, manifest: &Path) -> Option<PathBuf> {
    (format == VizFormat::Html).then(|| manifest.with_extension("html"))
}
