//! Local files as a store: listed by [`walk`](super::walk), published by [`staged`](super::staged), and otherwise found
//! by their keys, byte for byte. (`object_store` goes by way of a URL, in which some names are drives.) Paths that are
//! no files are [read and written as streams](super::stream).

use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{
    CopyMode, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use rustix::fs::OFlags;
use tokio::task::spawn_blocking;

use super::directory::{Directory, OWN};
use super::nature::{Direction, Target};
use super::refusal::Refusal;
use super::staged::{self, Publishing, publish};
use super::stream;
use super::walk::{Found, Links, Stray, Trouble, walk};
use crate::progress::Progress;

/// The number of files removed at once.
const REMOVED_AT_ONCE: usize = 8;

/// All local files, by their absolute paths.
#[derive(Debug)]
pub(super) struct LocalFiles {
    inner: LocalFileSystem,
    links: Links,
}

impl LocalFiles {
    pub(super) fn new(links: Links) -> Self {
        Self { inner: LocalFileSystem::new(), links }
    }
}

impl fmt::Display for LocalFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalFiles")
    }
}

/// The name for errors that are not shown.
const STORE: &str = "local files";

/// The size of a stream that is read until it ends.
pub(super) const UNKNOWN: u64 = u64::MAX;

fn stream_of(key: &Key, size: u64, content: BoxStream<'static, Result<Bytes>>) -> GetResult {
    let (payload, meta) = (GetResultPayload::Stream(content), meta_of_stream(key, size));
    GetResult { payload, range: 0..size, meta, attributes: Default::default(), extensions: Default::default() }
}

fn path_of(key: &Key) -> PathBuf {
    Path::new("/").join(key.as_ref())
}

/// Returns the properties and the mark of a file, as `object_store` does in a listing. Its version is the time of the
/// last change of anything about it, which nobody sets at will: a writer in place may put back the file's size and
/// time.
fn meta_of(key: &Key, metadata: &Metadata) -> io::Result<ObjectMeta> {
    let modified = metadata.modified()?;
    let micros = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let e_tag = format!("\"{:x}-{micros:x}-{:x}\"", metadata.ino(), metadata.len());
    let (location, size) = (key.clone(), metadata.len());
    let version = Some(format!("{:x}.{:x}", metadata.ctime(), metadata.ctime_nsec()));
    Ok(ObjectMeta { location, last_modified: modified.into(), size, e_tag: Some(e_tag), version })
}

/// Returns the known properties of a stream: not even whether it has changed.
fn meta_of_stream(key: &Key, size: u64) -> ObjectMeta {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (now, count) = (SystemTime::now(), COUNT.fetch_add(1, Ordering::Relaxed));
    let nanos = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let e_tag = Some(format!("\"{nanos:x}-{count:x}\""));
    ObjectMeta { location: key.clone(), last_modified: now.into(), size, e_tag, version: None }
}

/// An opened path, to be read.
enum Opened {
    File(File, ObjectMeta),
    Stream(Target),
}

fn open(key: &Key, path: &Path) -> io::Result<Opened> {
    let target = Target::of(path, Direction::Read)?;
    target.check(Direction::Read)?;
    if target.is_stream() {
        return Ok(Opened::Stream(target));
    }
    let file = if is_own(path) { open_own(path)? } else { open_file(&target.path)? };
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        // Stores without folders answer so.
        return Err(io::ErrorKind::NotFound.into());
    }
    if !metadata.is_file() {
        return Err(Refusal::new("it is no file", "correct the path").into());
    }
    let meta = meta_of(key, &metadata)?;
    Ok(Opened::File(file, meta))
}

/// Opens a file. No kind of file that got the name meanwhile makes it wait.
fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)
}

fn is_own(path: &Path) -> bool {
    path.iter().any(|part| part == OWN)
}

fn open_own(path: &Path) -> io::Result<File> {
    let (folder, name) = path.parent().zip(path.file_name()).ok_or(io::ErrorKind::NotFound)?;
    Directory::open(folder)?.read(name)
}

/// Returns the properties of a found path below `root`, as stores list them.
fn listed(root: &Path, found: Found) -> Result<ObjectMeta> {
    let stray = match found {
        Found::File(path, metadata) => match key_of(&path) {
            Ok(key) => return meta_of(&key, &metadata).map_err(|error| failed(error, &path)),
            // The caller knows which names are its own.
            Err(_) => Stray { name: shown_bytes(below(root, &path)), trouble: Trouble::Name },
        },
        Found::Stray(stray) => stray,
    };
    Err(object_store::Error::Generic { store: STORE, source: stray.into() })
}

fn below<'p>(root: &Path, path: &'p Path) -> &'p [u8] {
    path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes()
}

fn key_of(path: &Path) -> std::result::Result<Key, object_store::path::Error> {
    let bytes = path.as_os_str().as_bytes();
    let bytes = bytes.strip_prefix(b"/").unwrap_or(bytes);
    let text = str::from_utf8(bytes)
        .map_err(|source| object_store::path::Error::NonUnicode { path: shown_bytes(bytes), source })?;
    Key::parse(text)
}

/// Returns a name with the bytes that are no text in hexadecimal.
fn shown_bytes(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks().map(|chunk| {
        let odd: String = chunk.invalid().iter().map(|byte| format!("%{byte:02X}")).collect();
        format!("{}{odd}", chunk.valid())
    });
    chunks.collect()
}

fn failed(error: io::Error, path: &Path) -> object_store::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            object_store::Error::NotFound { path: path.display().to_string(), source: error.into() }
        }
        io::ErrorKind::AlreadyExists => {
            object_store::Error::AlreadyExists { path: path.display().to_string(), source: error.into() }
        }
        _ => object_store::Error::Generic { store: STORE, source: error.into() },
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ObjectStore for LocalFiles {
    async fn put_opts(&self, key: &Key, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let path = path_of(key);
        let how = options.extensions.get::<Publishing>().copied().unwrap_or_default();
        let (file, key) = (path.clone(), key.clone());
        if !how.among_many && !how.is_new {
            let looking = move || {
                let target = Target::of(&file, Direction::Write)?;
                target.check(Direction::Write)?;
                Ok(target)
            };
            let target = spawn_blocking(looking).await?.map_err(|error: io::Error| failed(error, &path))?;
            if target.is_stream() {
                stream::write(target, payload).await.map_err(|error| failed(error, &path))?;
                let e_tag = meta_of_stream(&key, 0).e_tag;
                return Ok(PutResult { e_tag, version: None, extensions: Default::default() });
            }
        }
        let file = path.clone();
        let progress = Progress::current();
        let publishing = move || {
            publish(&file, payload.iter(), how, &progress)?;
            // The file is published even if its mark is unknown.
            Ok(fs::metadata(&file).and_then(|metadata| meta_of(&key, &metadata)).ok())
        };
        let published = spawn_blocking(publishing).await?.map_err(|error| failed(error, &path))?;
        let e_tag = published.and_then(|meta| meta.e_tag);
        Ok(PutResult { e_tag, version: None, extensions: Default::default() })
    }

    async fn put_multipart_opts(&self, _: &Key, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        // Its staged files would be none of ours, and a file is written in one go as well.
        let operation = "put_multipart_opts".to_owned();
        Err(object_store::Error::NotImplemented { operation, implementer: self.to_string() })
    }

    async fn get_opts(&self, key: &Key, options: GetOptions) -> Result<GetResult> {
        let (key, path) = (key.clone(), path_of(key));
        let opening = move || {
            let opened = open(&key, &path).map_err(|error| failed(error, &path))?;
            let (file, meta) = match opened {
                Opened::File(file, meta) => (file, meta),
                Opened::Stream(_) if options.head => {
                    return Ok(stream_of(&key, 0, futures_util::stream::empty().boxed()));
                }
                Opened::Stream(target) => {
                    let content = stream::read(target).map_err(|error| failed(error, &path))?;
                    let content = content.map_err(move |error| failed(error, &path));
                    return Ok(stream_of(&key, UNKNOWN, content.boxed()));
                }
            };
            options.check_preconditions(&meta)?;
            let range = match &options.range {
                Some(range) => range.as_range(meta.size).map_err(|error| failed(io::Error::other(error), &path))?,
                None => 0..meta.size,
            };
            let payload = GetResultPayload::File(file, path);
            Ok(GetResult { payload, range, meta, attributes: Default::default(), extensions: Default::default() })
        };
        spawn_blocking(opening).await?
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(key, ranges).await
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Key>>) -> BoxStream<'static, Result<Key>> {
        let removing = |key: Result<Key>| async {
            let key = key?;
            let path = path_of(&key);
            spawn_blocking(move || staged::remove(&path).map_err(|error| failed(error, &path))).await??;
            Ok(key)
        };
        keys.map(removing).buffered(REMOVED_AT_ONCE).boxed()
    }

    fn list(&self, prefix: Option<&Key>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (root, links) = (path_of(prefix.unwrap_or(&Key::default())), self.links);
        let walking = async move {
            let mut all = Vec::new();
            let walking = move || {
                walk(&root, links, |found| all.push(listed(&root, found)))
                    .map(|()| all)
                    .map_err(|error| failed(error, &root))
            };
            Ok::<_, object_store::Error>(futures_util::stream::iter(spawn_blocking(walking).await??))
        };
        futures_util::stream::once(walking).try_flatten().boxed()
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
        let (from, to) = (path_of(from), path_of(to));
        spawn_blocking(move || staged::link(&from, &to).map_err(|error| failed(error, &from))).await?
    }

    async fn rename_opts(&self, from: &Key, to: &Key, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;
    use object_store::ObjectStoreExt;

    use super::*;

    #[test]
    fn files_are_found_listed_linked_and_removed_by_whatever_name_and_marked_by_one_mark() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = Key::from_absolute_path(directory.path()).expect("a plain path");
        let store = LocalFiles::new(Links::Within);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            for name in ["a", "c:", "ab:", "C|", "%41", "a b", "ä/x:"] {
                let at = |folder: &str| Key::parse(format!("{root}/{folder}/{name}")).expect("a key");
                let put = store.put(&at("from"), "content".into()).await.expect("put");
                store.copy(&at("from"), &at("to")).await.expect("copied");
                let head = store.head(&at("to")).await.expect("there");
                assert_eq!(head.e_tag, put.e_tag, "{name}");
                let mut listed: Vec<_> = store.list(Some(&root)).try_collect().await.expect("listed");
                listed.sort_by(|a, b| a.location.cmp(&b.location));
                assert_eq!(listed[1], head, "{name}");
                assert_eq!(store.get(&at("to")).await.expect("there").bytes().await.expect("read"), "content");
                for folder in ["from", "to"] {
                    store.delete(&at(folder)).await.expect("there");
                    // Empty folders go as well, in the end the root.
                    assert!(!directory.path().join(folder).exists());
                }
                let missing = store.head(&at("to")).await;
                assert!(matches!(missing, Err(object_store::Error::NotFound { .. })), "{missing:?}");
            }
        });
    }
}
