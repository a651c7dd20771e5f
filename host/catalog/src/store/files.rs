//! Local files as a store: those of `object_store`, but published by [`staged`](super::staged).

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use tokio::task::spawn_blocking;

use super::staged::{self, Publishing, publish};

/// All local files, by their absolute paths.
#[derive(Debug)]
pub(super) struct LocalFiles {
    inner: LocalFileSystem,
}

impl LocalFiles {
    pub(super) fn new() -> Self {
        // Folders that become empty go as well, as stores without folders have it.
        Self { inner: LocalFileSystem::new().with_automatic_cleanup(true) }
    }
}

impl fmt::Display for LocalFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalFiles")
    }
}

fn failed(error: io::Error, path: &Path) -> object_store::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            object_store::Error::NotFound { path: path.display().to_string(), source: error.into() }
        }
        _ => object_store::Error::Generic { store: "local files", source: error.into() },
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for LocalFiles {
    async fn put_opts(&self, key: &Key, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let path = self.inner.path_to_filesystem(key)?;
        let how = options.extensions.get::<Publishing>().copied().unwrap_or_default();
        let published =
            spawn_blocking(move || publish(&path, payload.iter(), how).map_err(|error| failed(error, &path)));
        published.await??;
        // The mark is a matter of who wants to know: the file is published.
        let e_tag = self.inner.head(key).await.ok().and_then(|meta| meta.e_tag);
        Ok(PutResult { e_tag, version: None, extensions: Default::default() })
    }

    async fn put_multipart_opts(&self, _: &Key, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        // Its staged files would be none of ours, and a file is written in one go as well.
        let operation = "put_multipart_opts".to_owned();
        Err(object_store::Error::NotImplemented { operation, implementer: self.to_string() })
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(key, options).await
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(key, ranges).await
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Key>, offset: &Key) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Result<()> {
        if options.mode != CopyMode::Overwrite {
            return self.inner.copy_opts(from, to, options).await;
        }
        let (from, to) = (self.inner.path_to_filesystem(from)?, self.inner.path_to_filesystem(to)?);
        spawn_blocking(move || staged::link(&from, &to).map_err(|error| failed(error, &from))).await?
    }

    async fn rename_opts(&self, from: &Key, to: &Key, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}
