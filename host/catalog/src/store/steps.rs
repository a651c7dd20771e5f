//! For tests: an observer that is told of every operation on a store before it happens, and may end them all.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use object_store::Result;

use super::place::Place;
use super::tolled::{Toll, Tolled};

/// Asked before each operation whether it may happen.
pub(crate) type Step = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

struct Stepped(Step);

impl fmt::Debug for Stepped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stepped")
    }
}

#[async_trait]
impl Toll for Stepped {
    async fn enter(&self) -> Result<()> {
        if (self.0)().await {
            return Ok(());
        }
        Err(object_store::Error::Generic { store: "steps", source: "the program was killed".into() })
    }
}

impl Place {
    /// Returns the same, but `step` is asked before each operation. An operation that it refuses fails for good.
    pub(crate) fn stepped(self, step: Step) -> Self {
        Self { store: Tolled::wrap(self.store, vec![Box::new(Stepped(step))]), ..self }
    }
}
