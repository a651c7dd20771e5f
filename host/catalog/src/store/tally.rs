//! The failures of one operation's requests.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;

tokio::task_local! {
    static CURRENT: Arc<Tally>;
}

/// Counts the transient failures of one operation, and keeps the last one.
#[derive(Debug, Default)]
pub(super) struct Tally {
    failures: AtomicU32,
    last: Mutex<Option<Failure>>,
}

/// The reason why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server refused.
    Refused {
        status: StatusCode,
        /// The service's own name for it, such as `NoSuchBucket`.
        code: Option<String>,
        message: Option<String>,
    },
    /// There was no answer, or not all of it.
    Broken { kind: Break, text: String },
    /// The source of the machine's credentials has none, or is not there.
    NoCredentials,
}

/// The reason why a connection broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// The host's name is unknown.
    UnknownHost,
    /// No server listens there, or it cannot be reached.
    Unreachable,
    /// The server's identity is not the claimed one.
    Tls,
    Timeout,
    /// This process has as many files open as it may.
    Descriptors,
    /// The server sends from one address to another without end.
    Redirects,
    /// The received bytes cannot be decoded.
    Encoding,
    /// The connection ended too early.
    Cut,
}

impl Failure {
    /// Returns true if the same request may succeed later on.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => is_transient(*status),
            // A wrong certificate stays wrong, and waiting closes no files.
            Self::Broken { kind, .. } => match kind {
                Break::Tls | Break::Descriptors | Break::Redirects | Break::Encoding => false,
                Break::UnknownHost | Break::Unreachable | Break::Timeout | Break::Cut => true,
            },
            Self::NoCredentials => false,
        }
    }
}

pub(super) fn is_transient(status: StatusCode) -> bool {
    // A method that a server has not implemented today it will not have tomorrow.
    let is_in_trouble = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
    is_in_trouble || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

impl Tally {
    /// Returns the tally of this task's operation.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Runs `operation` and counts its failures.
    pub(super) async fn scope<F: Future>(self: &Arc<Self>, operation: F) -> F::Output {
        CURRENT.scope(self.clone(), operation).await
    }

    /// Records a failed request.
    pub(super) fn failed(&self, failure: Failure) {
        if failure.is_transient() {
            self.count();
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// Counts a transient failure that was no request's.
    pub(super) fn count(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the transient failures so far: in the end, the number of repetitions.
    pub(super) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Relaxed)
    }

    pub(super) fn last(&self) -> Option<Failure> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget_last(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
