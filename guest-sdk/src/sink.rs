//! Where an output's bytes go while they are being written: a window of the host's, or the heap.
//!
//! A writer has one window, at one address, and whether it can grow there depends on what else has grown the memory
//! meanwhile: the allocator does whenever it likes. So a window is for content whose size is known before its first
//! byte is written: tables, texts, bytes and vectors of numbers. They are written in place. Any other archive grows
//! as it is written, among the serializer's own allocations; it is made on the heap and given to the host in one go.
//! So is what is too small for a window to pay.

use wpipe_data::{AlignedBytes, Sink};

use crate::contract::{AccessError, OutputPort, Window, Writer};

/// The size from which on a window costs less than a copy, in bytes. Hosts copy smaller buffers anyway.
const WINDOW_FROM: usize = 64 << 10;

/// Bytes that one `write` hands over at most: the host holds them once more meanwhile.
const PIECE: usize = 64 << 20;

/// An output that is being written.
#[derive(Debug)]
pub(crate) struct OutputSink {
    writer: Writer,
    /// Whether the first request is for all bytes that there will be.
    known_size: bool,
    area: Area,
}

#[derive(Debug)]
enum Area {
    Heap(AlignedBytes),
    Window { window: Window, attached: usize },
}

impl OutputSink {
    pub(crate) fn open(port: &OutputPort, known_size: bool) -> Result<Self, AccessError> {
        Ok(Self { writer: port.open()?, known_size, area: Area::Heap(AlignedBytes::new()) })
    }

    /// Finishes the output with the first `size` bytes of the area.
    pub(crate) fn finish(self, size: usize) -> Result<(), AccessError> {
        let Self { writer, area, .. } = self;
        match area {
            // The window is given back when the host has let go of it: at the end of this arm.
            Area::Window { window: _window, .. } => Writer::finish(writer, size as u64),
            Area::Heap(bytes) => {
                for piece in bytes.get(..size).ok_or(AccessError::OutOfBounds)?.chunks(PIECE) {
                    writer.write(piece)?;
                }
                Writer::finish(writer, size as u64)
            }
        }
    }

    /// A window for `capacity` bytes, or `None` where the heap serves better.
    fn window(&self, capacity: usize) -> Result<Option<Area>, AccessError> {
        if !self.known_size || capacity < WINDOW_FROM {
            return Ok(None);
        }
        let attached = Window::reserve(capacity).and_then(|window| {
            self.writer.attach(window.address(), capacity as u64)?;
            Ok(Area::Window { window, attached: capacity })
        });
        match attached {
            Err(AccessError::Unmappable) => Ok(None),
            attached => attached.map(Some),
        }
    }
}

impl Sink for OutputSink {
    type Error = AccessError;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], AccessError> {
        if matches!(&self.area, Area::Heap(bytes) if bytes.is_empty())
            && let Some(window) = self.window(capacity)?
        {
            self.area = window;
        }
        match &mut self.area {
            Area::Heap(bytes) => {
                if bytes.len() < capacity {
                    bytes.resize(capacity, 0);
                }
                Ok(bytes)
            }
            Area::Window { window, attached } => {
                if *attached < capacity {
                    window.extend(capacity)?;
                    self.writer.attach(window.address(), capacity as u64)?;
                    *attached = capacity;
                }
                Ok(window.bytes_mut(*attached))
            }
        }
    }
}
