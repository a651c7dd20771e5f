//! A buffer that the host itself writes: what loaders and embedders make.

use std::fs::File;
use std::io;
use std::sync::Arc;

use memmap2::{MmapMut, MmapOptions};

use crate::memory::page_size;
use crate::transport::{Backing, HeapStorage, MappedStorage, heap_storage};
use crate::{Buffer, Transport, Transports};

/// A buffer being written by the host, in place.
#[derive(Debug)]
pub struct HostWriter {
    transports: Transports,
    area: Area,
}

#[derive(Debug)]
enum Area {
    Nothing,
    Heap(HeapStorage),
    Mapped { file: File, map: MmapMut, capacity: usize },
}

impl HostWriter {
    /// An empty writer.
    pub fn new(transports: &Transports) -> Self {
        Self { transports: transports.clone(), area: Area::Nothing }
    }

    /// Makes room for `capacity` bytes and gives all of them, from the buffer's first on. What was written stays;
    /// new bytes are zero. Exact: to write piece by piece, see [`HostWriter::grow`].
    ///
    /// # Errors
    ///
    /// When the memory cannot be had.
    pub fn reserve(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        if capacity > self.capacity() {
            self.enlarge(capacity)?;
        }
        Ok(self.as_mut_slice())
    }

    /// As [`HostWriter::reserve`], with room for as much again, so that many small pieces cost no more than a few
    /// large ones.
    ///
    /// # Errors
    ///
    /// When the memory cannot be had.
    pub fn grow(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        if capacity > self.capacity() {
            self.enlarge(capacity.saturating_mul(2))?;
        }
        Ok(self.as_mut_slice())
    }

    /// Finishes with the first `size` bytes.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` when fewer were reserved.
    pub fn finish(self, size: usize) -> io::Result<Buffer> {
        if size > self.capacity() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match self.area {
            Area::Nothing => Ok(Buffer::new(heap_storage(&[])?)),
            Area::Heap(mut heap) => {
                heap.truncate(size);
                Ok(Buffer::new(Arc::new(heap)))
            }
            Area::Mapped { file, map, .. } => {
                // No writable mapping outlives the writer, and the file is only cut when none shows its end.
                drop(map);
                file.set_len(size as u64)?;
                if size == 0 {
                    return Ok(Buffer::new(heap_storage(&[])?));
                }
                let transport = self.transports.backing().transport();
                Ok(Buffer::new(Arc::new(MappedStorage::new(transport, file, size))))
            }
        }
    }

    fn capacity(&self) -> usize {
        match &self.area {
            Area::Nothing => 0,
            Area::Heap(heap) => crate::transport::Storage::len(heap),
            Area::Mapped { capacity, .. } => *capacity,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        match &mut self.area {
            Area::Nothing => &mut [],
            Area::Heap(heap) => heap.as_mut_slice(),
            Area::Mapped { map, capacity, .. } => &mut map[..*capacity],
        }
    }

    fn enlarge(&mut self, capacity: usize) -> io::Result<()> {
        let mut larger = match (&mut self.area, self.transports.pick(capacity)) {
            (Area::Mapped { file, map, capacity: old }, _) => {
                *map = map_whole(self.transports.backing(), file, capacity)?;
                *old = capacity;
                return Ok(());
            }
            (_, Transport::Copy) => Area::Heap(HeapStorage::zeroed(capacity)?),
            (_, Transport::Map | Transport::File) => mapped(self.transports.backing(), capacity)?,
        };
        let written = self.as_mut_slice();
        match &mut larger {
            Area::Nothing => {}
            Area::Heap(heap) => heap.as_mut_slice()[..written.len()].copy_from_slice(written),
            Area::Mapped { map, .. } => map[..written.len()].copy_from_slice(written),
        }
        self.area = larger;
        Ok(())
    }
}

fn mapped(backing: &Backing, capacity: usize) -> io::Result<Area> {
    let Ok(file) = backing.create() else {
        // Out of descriptors: the heap needs none.
        return Ok(Area::Heap(HeapStorage::zeroed(capacity)?));
    };
    let map = map_whole(backing, &file, capacity)?;
    Ok(Area::Mapped { file, map, capacity })
}

fn map_whole(backing: &Backing, file: &File, capacity: usize) -> io::Result<MmapMut> {
    let len = capacity.checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?;
    backing.lengthen(file, len)?;
    // SAFETY: the file is unnamed and its descriptor stays in the writer, so that nobody else changes or cuts it; a
    // former mapping of it is replaced, and not used any more, as the caller holds the writer by `&mut`.
    unsafe { MmapOptions::new().len(len).map_mut(file) }
}
