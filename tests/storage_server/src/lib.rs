//! Real storage servers for tests, on loopback and within the test's own process.
//!
//! [`S3Server`] speaks S3 over HTTP and checks signatures; its content lies in a folder. [`FaultyProxy`] stands in
//! front of any such server and does what networks and servers do on a bad day: it resets connections, answers 500 or
//! 503, falls silent, and cuts responses off. [`WebServer`] gives a test's answers, byte for byte.
//!
//! ```
//! use wpipe_storage_server::{Fault, FaultyProxy, Fail, S3Server};
//!
//! let root = std::env::temp_dir().join(format!("wpipe-storage-server-{}", std::process::id()));
//! let server = S3Server::start(&root);
//! let proxy = FaultyProxy::start(server.address(), Fail::first("PUT", Fault::SlowDown));
//! println!("talk to {} with the key {}", proxy.endpoint(), server.access_key_id());
//! # drop(proxy);
//! # drop(server);
//! # std::fs::remove_dir_all(root).unwrap();
//! ```

mod http;
mod plan;
mod proxy;
mod s3;
mod web;

pub use plan::{Fail, Fault, Plan};
pub use proxy::FaultyProxy;
pub use s3::S3Server;
pub use web::{Answer, WebServer};
