//! An S3 server over a folder.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const BUCKET: &str = "lake";
const ACCESS_KEY_ID: &str = "WPIPETESTACCESSKEY";
const SECRET_ACCESS_KEY: &str = "hush/this+is=the-secret-of-the-test-server";

/// A server with one bucket, which stops when it is dropped.
#[derive(Debug)]
pub struct S3Server {
    address: SocketAddr,
    root: PathBuf,
    runtime: Option<Runtime>,
}

impl S3Server {
    /// Serves the folder `root`, whose subfolders are the buckets; one named [`S3Server::bucket`] is made.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no port or thread left: that fails the test.
    pub fn start(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        fs::create_dir_all(root.join(BUCKET)).expect("a folder for the bucket");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads for the server");
        let mut service = S3ServiceBuilder::new(FileSystem::new(&root).expect("the folder is there"));
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let service = service.build();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("a bound port");
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { address, root, runtime: Some(runtime) }
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the bucket that exists.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Returns the user's key id.
    pub fn access_key_id(&self) -> &'static str {
        ACCESS_KEY_ID
    }

    /// Returns the user's secret, which must stand in no message.
    pub fn secret_access_key(&self) -> &'static str {
        SECRET_ACCESS_KEY
    }

    /// Returns the folder of the bucket: an object `a/b` is the file `a/b` in it.
    pub fn folder(&self) -> PathBuf {
        self.root.join(BUCKET)
    }

    /// Returns the served folder, in which the server keeps its own files too, such as parts of uploads.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
