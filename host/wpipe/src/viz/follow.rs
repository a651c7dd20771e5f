//! Pictures of a run that goes on.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::Picture;
use crate::history::{History, JournalMark};
use crate::{Error, Overrides, Project};

/// The pictures of a run while it goes on, or of each new run of a manifest.
///
/// ```
/// use wpipe::{Overrides, viz::Follow};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("pipeline.toml");
/// # std::fs::write(&path, "[pipeline]\nname = \"example\"\n[components.c]\npath = \"c.wasm\"\n\
/// #     [nodes.fit]\nuses = \"c/fit\"\ninputs = [\"flowers\"]\noutputs = [\"model\"]\n")?;
/// let mut follow = Follow::new(path, Overrides::default(), None);
/// assert_eq!(follow.next()?.expect("the first picture").pipeline, "example");
/// assert!(follow.next()?.is_none(), "nothing has changed since");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Follow {
    manifest: PathBuf,
    overrides: Overrides,
    run: Option<String>,
    /// What the last picture was made of.
    seen: Option<Seen>,
}

/// The state of the manifest and of the journal.
type Seen = (Option<SystemTime>, Option<JournalMark>);

impl Follow {
    /// Follows the run whose id begins like that, or the latest run of the manifest, whichever that is by then.
    pub fn new(manifest: impl Into<PathBuf>, overrides: Overrides, run: Option<String>) -> Self {
        Self { manifest: manifest.into(), overrides, run, seen: None }
    }

    /// Returns a picture if something has changed since the last one: the manifest, the journal, or the latest run.
    ///
    /// # Errors
    ///
    /// Fails if the manifest or the journal cannot be read, or there is no such run. A latest run may still come.
    #[expect(clippy::should_implement_trait, reason = "it never ends, and `None` means that nothing is new")]
    pub fn next(&mut self) -> Result<Option<Picture>, Error> {
        let written = fs::metadata(&self.manifest).and_then(|metadata| metadata.modified()).ok();
        let history = History::beside(&self.manifest);
        let journal = history.mark(&self.manifest, self.run.as_deref())?;
        let now = (written, journal);
        if self.seen.as_ref() == Some(&now) {
            return Ok(None);
        }
        let project = Project::open_with(&self.manifest, &self.overrides)?;
        let picture = match &now.1 {
            None => Picture::of(&project),
            Some(mark) => Picture::of_run(&project, Some(mark.run()))?,
        };
        self.seen = Some(now);
        Ok(Some(picture))
    }
}
