//! The destination of an output's bytes while they are being written: the heap while they are few, then a window of the
//! host's.
//!
//! An archive grows as it is written, among the serializer's own allocations, for which the allocator grows the same
//! memory. So a window is extended in place while it is the last thing in memory, and moves otherwise: the host takes
//! the content along without copying it, and the old range is free for the next window.
//!
//! Content of known size (tables, texts, bytes, vectors of numbers) asks for all of it at once, before its first byte
//! is written, and never moves.

use core::hint::black_box;

use wpipe_data::{AlignedBytes, Sink};

use crate::contract::{AccessError, Window, Writer};

/// The size from which on a window costs less than a copy, in bytes. Hosts copy smaller buffers anyway.
const WINDOW_FROM: usize = 64 << 10;
/// The size from which on growing content is in a window, in bytes: the hosts' cross-over. A smaller window would be
/// copied once more when it passes that.
const GROWING_WINDOW_FROM: usize = 128 << 10;

/// The room behind the content of a window that moves, in bytes: as much as the content, but no more than this the
/// first time, and twice as much with each time that this was not enough.
const FIRST_ROOM: usize = 64 << 20;

/// The part of a moving window's size that is left to the allocator in front of it: the allocator's growth there is not
/// in its way again.
const HEAP_PART: usize = 16;

/// The most bytes that one `write` hands over: the host holds them once more meanwhile.
const PIECE: usize = 64 << 20;

/// An output that is being written.
#[derive(Debug)]
pub(crate) struct OutputSink {
    writer: Writer,
    area: Area,
}

#[derive(Debug)]
enum Area {
    Heap {
        bytes: AlignedBytes,
        /// True if the host takes windows, as far as is known.
        attaches: bool,
    },
    Window {
        window: Window,
        attached: usize,
        room: usize,
    },
}

impl OutputSink {
    pub(crate) fn new(writer: Writer) -> Self {
        Self { writer, area: Area::Heap { bytes: AlignedBytes::new(), attaches: true } }
    }

    /// Finishes the output with the first `size` bytes of the area.
    pub(crate) fn finish(self, size: usize) -> Result<(), AccessError> {
        let Self { writer, area } = self;
        match area {
            // The window is given back once the host has let go of it, at the end of this arm.
            Area::Window { window: _window, .. } => Writer::finish(writer, size as u64),
            Area::Heap { bytes, .. } => {
                for piece in bytes.get(..size).ok_or(AccessError::OutOfBounds)?.chunks(PIECE) {
                    writer.write(piece)?;
                }
                Writer::finish(writer, size as u64)
            }
        }
    }
}

impl Sink for OutputSink {
    type Error = AccessError;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], AccessError> {
        if let Area::Heap { bytes, attaches } = &mut self.area
            && *attaches
            && capacity >= if bytes.is_empty() { WINDOW_FROM } else { GROWING_WINDOW_FROM }
        {
            match attach(&self.writer, capacity, 0) {
                Ok(mut window) => {
                    window.bytes_mut(bytes.len()).copy_from_slice(bytes);
                    self.area = Area::Window { window, attached: capacity, room: FIRST_ROOM };
                }
                Err(AccessError::Unmappable) => *attaches = false,
                Err(error) => return Err(error),
            }
        }
        match &mut self.area {
            Area::Heap { bytes, .. } => {
                if bytes.len() < capacity {
                    bytes.resize(capacity, 0);
                }
                Ok(bytes)
            }
            Area::Window { window, attached, room } => {
                if *attached < capacity {
                    if window.extend(capacity) {
                        self.writer.attach(window.address(), capacity as u64)?;
                    } else {
                        leave_to_the_heap(capacity / HEAP_PART);
                        // The old range is free again once the host has let go of it.
                        *window = attach(&self.writer, capacity, capacity.min(*room))?;
                        if capacity > *room {
                            *room *= 2;
                        }
                    }
                    *attached = capacity;
                }
                Ok(window.bytes_mut(*attached))
            }
        }
    }
}

/// Returns a window in which the first `capacity` bytes are the content of `writer`, with `room` behind them if there
/// is any.
fn attach(writer: &Writer, capacity: usize, room: usize) -> Result<Window, AccessError> {
    let window = Window::reserve(capacity.saturating_add(room)).or_else(|_| Window::reserve(capacity))?;
    writer.attach(window.address(), capacity as u64)?;
    Ok(window)
}

/// Makes the allocator grow the memory by so many bytes, which are free then. It may do something else, or nothing.
fn leave_to_the_heap(bytes: usize) {
    let mut heap = Vec::<u8>::new();
    if heap.try_reserve_exact(bytes).is_ok() {
        // Without this the compiler would see no use of the allocation and drop it.
        black_box(&mut heap);
    }
}
