//! The host's data of one sandbox while it lives.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wpipe_buffer::{Attachment, Buffer, Interrupt, MovableBuffer, Quota, Readers, Transports, Windows, Writer};
use wpipe_text::GuestText;

use crate::limits::{Limiter, Limits};
use crate::log::Log;
use crate::partition::{Fetch, Taker};
use crate::wasi::Wasi;

/// The data of one store.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) windows: Windows,
    /// Ends the guest.
    pub(crate) interrupt: Arc<Interrupt>,
    pub(crate) transports: Transports,
    pub(crate) limits: Limits,
    pub(crate) limiter: Limiter,
    pub(crate) log: Arc<Log>,
    pub(crate) panic: Option<Panic>,
    pub(crate) outputs: Vec<Port>,
    /// The bytes of the ids of the partitions that it makes.
    pub(crate) id_bytes: usize,
    pub(crate) open_writers: usize,
    /// The most bytes that the guest may pass to the host in one call of it, or as its result.
    pub(crate) most_at_once: usize,
    /// The reason why a partition could not be fetched.
    pub(crate) unavailable: Option<String>,
    /// WASI's state, only for components that import it.
    pub(crate) wasi: Option<Wasi>,
}

/// The last words of a node before it aborted.
pub(crate) struct Panic {
    pub(crate) message: GuestText,
    pub(crate) file: GuestText,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// One output of the running call.
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) readers: Readers,
    pub(crate) partitioned: bool,
    /// The taker of its partitions as they are finished.
    pub(crate) taker: Option<Arc<dyn Taker>>,
    /// The slots by partition id; a single output has the id "".
    pub(crate) slots: BTreeMap<String, Slot>,
    /// The bytes that all of its buffers may hold together.
    pub(crate) quota: Quota,
    /// True if the node tried to write more than allowed.
    pub(crate) over_quota: bool,
}

/// A buffer of an output.
pub(crate) enum Slot {
    /// Opened, and not finished yet.
    Open,
    Finished(Buffer),
    /// Finished, and in other hands.
    Taken,
}

/// An input that the guest holds: the contract's `buffer`.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Input {
    pub(crate) content: Content,
    /// The room in the linear memory, in bytes, that it got beyond that of the single inputs; `None`: none yet.
    pub(crate) room: Option<u64>,
}

/// The place of an input's bytes.
pub(crate) enum Content {
    /// In a buffer that others may read as well.
    Shared(Buffer),
    /// They are in storage, until somebody looks.
    Lazy(Arc<dyn Fetch>),
    /// In a buffer that is going to be moved.
    Movable(MovableBuffer),
    /// They are in a window of the guest, with their number.
    Attached(Attachment, usize),
    /// Lost: the host could not place them.
    Lost,
}

/// An output that the guest is writing: the contract's `writer`.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct Draft {
    pub(crate) writer: Writer,
    pub(crate) port: usize,
    pub(crate) partition: String,
}

/// The contract's `output`: the index of a port.
#[expect(unreachable_pub, reason = "the generated bindings name it")]
pub struct OutputPort(pub(crate) usize);

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx: &mut WasiCtx = match &mut self.wasi {
            Some(wasi) => &mut wasi.ctx,
            None => unreachable!("WASI is linked only to components that import it, and those get a context"),
        };
        WasiCtxView { ctx, table: &mut self.table }
    }
}
