//! A store whose requests pay tolls: they wait, or they fail. Their content stays as it is.

use std::fmt::{self, Debug};
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

use super::delay::Delay;

/// A toll on requests.
#[async_trait]
pub(super) trait Toll: Debug + Send + Sync {
    /// Admits a request, before it is sent. It fails if this does.
    async fn enter(&self) -> Result<()> {
        Ok(())
    }

    /// Counts the bytes that it carries, before they are sent or after they came.
    async fn carry(&self, _bytes: u64) {}
}

/// A store whose requests pay tolls.
#[derive(Debug)]
pub(super) struct Tolled {
    inner: Arc<dyn ObjectStore>,
    tolls: Tolls,
}

/// The tolls of every request.
#[derive(Debug, Clone)]
pub(crate) struct Tolls(Arc<[Box<dyn Toll>]>);

impl Tolled {
    /// Returns `inner` behind `tolls`, or as it is if there are none.
    pub(super) fn wrap(inner: Arc<dyn ObjectStore>, tolls: Vec<Box<dyn Toll>>) -> Arc<dyn ObjectStore> {
        if tolls.is_empty() {
            return inner;
        }
        Arc::new(Self { inner, tolls: Tolls(tolls.into()) })
    }
}

impl Tolls {
    /// Returns the tolls of a dataset's delay.
    pub(crate) fn of(delay: &Delay) -> Self {
        Self(delay.tolls().into())
    }

    /// Admits a request, before it is sent. It fails if this does.
    pub(crate) async fn enter(&self) -> Result<()> {
        for toll in &*self.0 {
            toll.enter().await?;
        }
        Ok(())
    }

    /// Counts the bytes that it carries.
    pub(crate) async fn carry(&self, bytes: u64) {
        for toll in &*self.0 {
            toll.carry(bytes).await;
        }
    }

    /// Does both, for a request that sends `payload`.
    async fn send(&self, payload: &PutPayload) -> Result<()> {
        self.enter().await?;
        self.carry(payload.content_length() as u64).await;
        Ok(())
    }

    /// Returns `listing` after the toll.
    fn before<T: Send + 'static>(&self, listing: BoxStream<'static, Result<T>>) -> BoxStream<'static, Result<T>> {
        let tolls = self.clone();
        let entering = async move { tolls.enter().await.map(|()| listing) };
        stream::once(entering).try_flatten().boxed()
    }
}

impl fmt::Display for Tolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tolled({})", self.inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for Tolled {
    async fn put_opts(&self, key: &Key, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.tolls.send(&payload).await?;
        self.inner.put_opts(key, payload, options).await
    }

    async fn put_multipart_opts(&self, key: &Key, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.tolls.enter().await?;
        let upload = self.inner.put_multipart_opts(key, options).await?;
        Ok(Box::new(TolledUpload { upload, tolls: self.tolls.clone() }))
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult> {
        let is_head = options.head;
        self.tolls.enter().await?;
        let result = self.inner.get_opts(key, options).await?;
        if is_head {
            return Ok(result);
        }
        let payload = match result.payload {
            file @ GetResultPayload::File(..) => {
                self.tolls.carry(result.range.end - result.range.start).await;
                file
            }
            GetResultPayload::Stream(stream) => {
                let tolls = self.tolls.clone();
                let carried = stream.and_then(move |bytes| {
                    let tolls = tolls.clone();
                    async move {
                        tolls.carry(bytes.len() as u64).await;
                        Ok(bytes)
                    }
                });
                GetResultPayload::Stream(carried.boxed())
            }
        };
        Ok(GetResult { payload, ..result })
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.tolls.enter().await?;
        let parts = self.inner.get_ranges(key, ranges).await?;
        self.tolls.carry(parts.iter().map(|part| part.len() as u64).sum()).await;
        Ok(parts)
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        self.tolls.before(self.inner.delete_stream(keys))
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.tolls.before(self.inner.list(prefix))
    }

    fn list_with_offset(&self, prefix: Option<&Key>, offset: &Key) -> BoxStream<'static, Result<ObjectMeta>> {
        self.tolls.before(self.inner.list_with_offset(prefix, offset))
    }

    async fn list_with_delimiter(&self, prefix: Option<&Key>) -> Result<ListResult> {
        self.tolls.enter().await?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Key, to: &Key, options: CopyOptions) -> Result<()> {
        self.tolls.enter().await?;
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Key, to: &Key, options: RenameOptions) -> Result<()> {
        self.tolls.enter().await?;
        self.inner.rename_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct TolledUpload {
    upload: Box<dyn MultipartUpload>,
    tolls: Tolls,
}

#[async_trait]
impl MultipartUpload for TolledUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let tolls = self.tolls.clone();
        let part = self.upload.put_part(payload.clone());
        Box::pin(async move {
            // A part cannot be sent again under its number, so it waits and does not fail.
            tolls.carry(payload.content_length() as u64).await;
            part.await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.tolls.enter().await?;
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}
