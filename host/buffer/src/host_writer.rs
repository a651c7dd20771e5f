//! A buffer that the host itself writes: what loaders and embedders make.

use std::fs::File;
use std::io;
use std::sync::Arc;

use memmap2::{MmapMut, MmapOptions};

use crate::memory::page_size;
use crate::pages::Pages;
use crate::transport::{Backing, Contents, HeapStorage, Large, MappedStorage, Storage, Vault, heap_contents};
use crate::{Buffer, Readers, Transport, Transports};

/// A buffer being written by the host, in place.
#[derive(Debug)]
pub struct HostWriter {
    transports: Transports,
    readers: Readers,
    area: Area,
}

#[derive(Debug)]
enum Area {
    Nothing,
    Heap(HeapStorage),
    Pages(Pages),
    Mapped { file: File, map: MmapMut, backing: Backing, capacity: usize },
}

impl HostWriter {
    /// An empty writer of a buffer for these readers.
    pub fn new(transports: &Transports, readers: Readers) -> Self {
        Self { transports: transports.clone(), readers, area: Area::Nothing }
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
        let contents = match self.area {
            Area::Nothing => heap_contents(&[])?,
            Area::Heap(mut heap) => {
                heap.truncate(size);
                Contents::Shared(Arc::new(heap))
            }
            Area::Pages(pages) => Contents::Vault(Arc::new(Vault::new(pages, size))),
            Area::Mapped { file, map, backing, .. } => {
                // No writable mapping outlives the writer, and the file is only cut when none shows its end.
                drop(map);
                file.set_len(size as u64)?;
                match size {
                    0 => heap_contents(&[])?,
                    _ => Contents::Shared(Arc::new(MappedStorage::new(backing.transport(), file, size))),
                }
            }
        };
        Ok(Buffer::new(contents))
    }

    fn capacity(&self) -> usize {
        self.area.capacity()
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        self.area.as_mut_slice()
    }

    fn enlarge(&mut self, capacity: usize) -> io::Result<()> {
        if let Area::Mapped { file, map, backing, capacity: old } = &mut self.area {
            *map = map_whole(backing, file, capacity)?;
            *old = capacity;
            return Ok(());
        }
        let mut larger = self.area(capacity)?;
        let written = self.as_mut_slice();
        larger.as_mut_slice()[..written.len()].copy_from_slice(written);
        self.area = larger;
        Ok(())
    }

    fn area(&self, capacity: usize) -> io::Result<Area> {
        if self.transports.pick(capacity, self.readers) != Transport::Copy {
            match self.transports.large(self.readers) {
                Large::Heap => {}
                Large::Vault => return Ok(Area::Pages(Pages::zeroed(capacity)?)),
                Large::Mapped(backing) => {
                    // Out of descriptors, it is the heap after all, which needs none.
                    if let Ok(file) = backing.create() {
                        let map = map_whole(backing, &file, capacity)?;
                        return Ok(Area::Mapped { file, map, backing: backing.clone(), capacity });
                    }
                }
            }
        }
        Ok(Area::Heap(HeapStorage::zeroed(capacity)?))
    }
}

impl Area {
    fn capacity(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Heap(heap) => Storage::len(heap),
            Self::Pages(pages) => pages.len(),
            Self::Mapped { capacity, .. } => *capacity,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        match self {
            Self::Nothing => &mut [],
            Self::Heap(heap) => heap.as_mut_slice(),
            Self::Pages(pages) => pages.as_mut_slice(),
            Self::Mapped { map, capacity, .. } => &mut map[..*capacity],
        }
    }
}

fn map_whole(backing: &Backing, file: &File, capacity: usize) -> io::Result<MmapMut> {
    let len = capacity.checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?;
    backing.lengthen(file, len)?;
    // SAFETY: the file is unnamed and its descriptor stays in the writer, so that nobody else changes or cuts it; a
    // former mapping of it is replaced, and not used any more, as the caller holds the writer by `&mut`.
    unsafe { MmapOptions::new().len(len).map_mut(file) }
}
