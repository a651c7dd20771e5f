//! A bucket on a real server within the test's process, whose secret nobody may be told.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use wpipe_storage_server::S3Server;

use crate::support::{Ended, Project, ended};

pub(crate) struct Lake {
    pub(crate) server: S3Server,
    _folder: TempDir,
}

impl Lake {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server: S3Server::start(folder.path()), _folder: folder }
    }

    /// The store `lake` of a manifest: all that is below `run/` in a bucket, behind this endpoint.
    pub(crate) fn store(endpoint: &str, bucket: &str, retries: u32) -> String {
        format!(
            "[stores.lake]\nurl = \"s3://{bucket}/run\"\nendpoint = \"{endpoint}\"\nregion = \"us-east-1\"\n\
             allow_http = true\naccess_key_id = \"${{env:LAKE_KEY}}\"\nsecret_access_key = \"${{env:LAKE_SECRET}}\"\n\
             timeout = \"5s\"\nretries = {retries}\n"
        )
    }

    /// Where the objects of that store are.
    pub(crate) fn folder(&self) -> PathBuf {
        self.server.folder().join("run")
    }

    /// The command with the credentials in its environment.
    pub(crate) fn command(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        command.env("LAKE_KEY", self.server.access_key_id()).env("LAKE_SECRET", self.server.secret_access_key());
        command
    }

    /// Runs it; nothing that is told may hold the secret.
    pub(crate) fn wpipe(&self, project: &Project, arguments: &[&str]) -> Ended {
        let ended = ended(self.command(project, arguments).output().unwrap());
        self.assert_secret_kept(&ended.told());
        ended
    }

    pub(crate) fn assert_secret_kept(&self, told: &str) {
        assert!(!told.contains(self.server.secret_access_key()), "the secret is told");
    }
}
