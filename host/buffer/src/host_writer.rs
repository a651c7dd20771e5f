//! A buffer that the host itself writes, for loaders and embedders.

use std::io;
use std::sync::Arc;

use crate::mappings::Claim;
use crate::memory::whole_pages;
use crate::pages::Pages;
use crate::transport::{Contents, HeapStorage, Home, MappedStorage, PageFile, Storage, Vault, heap_contents};
use crate::{Buffer, Readers, Transport, Transports, WINDOW_ALIGNMENT};

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
    Mapped(Mapped),
}

impl HostWriter {
    /// Makes an empty writer of a buffer for these readers.
    pub fn new(transports: &Transports, readers: Readers) -> Self {
        Self { transports: transports.clone(), readers, area: Area::Nothing }
    }

    /// Makes room for exactly `capacity` bytes and returns all of them, from the buffer's first on. Written bytes stay;
    /// new bytes are zero. To write piece by piece, see [`HostWriter::grow`].
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available.
    pub fn reserve(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        self.make_room(capacity, capacity)
    }

    /// Makes room like [`HostWriter::reserve`], for twice as much, so that many small pieces cost no more than a few
    /// large ones.
    ///
    /// # Errors
    ///
    /// Fails if the memory is not available.
    pub fn grow(&mut self, capacity: usize) -> io::Result<&mut [u8]> {
        self.make_room(capacity, capacity.saturating_mul(2))
    }

    fn make_room(&mut self, needed: usize, capacity: usize) -> io::Result<&mut [u8]> {
        if needed > self.area.capacity() {
            self.enlarge(capacity)?;
        }
        if let Area::Mapped(mapped) = &mut self.area {
            mapped.expect(needed);
        }
        Ok(self.area.as_mut_slice())
    }

    /// Finishes with the first `size` bytes.
    ///
    /// # Errors
    ///
    /// Fails with `UnexpectedEof` if fewer were reserved.
    pub fn finish(self, size: usize) -> io::Result<Buffer> {
        if size > self.area.capacity() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let contents = match self.area {
            Area::Nothing => heap_contents(&[])?,
            // Sparsely used pages would hold more memory than anybody counts.
            Area::Pages(pages) if self.transports.copies(size) => heap_contents(&pages.as_slice()[..size])?,
            Area::Mapped(mapped) if self.transports.copies(size) => heap_contents(&mapped.pages.as_slice()[..size])?,
            Area::Heap(mut heap) => {
                heap.truncate(size);
                Contents::Shared(Arc::new(heap))
            }
            Area::Pages(pages) => Contents::Vault(Arc::new(Vault::new(pages, size))),
            Area::Mapped(mapped) => mapped.finish(size)?,
        };
        Ok(Buffer::new(contents))
    }

    fn enlarge(&mut self, capacity: usize) -> io::Result<()> {
        // Bytes that cannot be mapped at their new length are copied to where there is room.
        if let Area::Mapped(mapped) = &mut self.area
            && mapped.enlarge(capacity).is_ok()
        {
            return Ok(());
        }
        let mut larger = self.area(capacity)?;
        let written = self.area.as_mut_slice();
        larger.as_mut_slice()[..written.len()].copy_from_slice(written);
        self.area = larger;
        Ok(())
    }

    fn area(&self, capacity: usize) -> io::Result<Area> {
        if self.transports.pick(capacity, self.readers) != Transport::Copy {
            // Without a descriptor, a mapping or room left, the heap is used after all: it needs none of them.
            let area = match self.transports.home(self.readers) {
                Home::Heap => None,
                Home::Vault => Pages::zeroed(capacity).ok().map(Area::Pages),
                home => {
                    let file = home.create(capacity).and_then(Result::ok);
                    file.and_then(|file| Mapped::new(home.transport(), file, capacity).ok()).map(Area::Mapped)
                }
            };
            if let Some(area) = area {
                return Ok(area);
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
            Self::Mapped(mapped) => mapped.capacity,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [u8] {
        match self {
            Self::Nothing => &mut [],
            Self::Heap(heap) => heap.as_mut_slice(),
            Self::Pages(pages) => pages.as_mut_slice(),
            Self::Mapped(mapped) => &mut mapped.pages.as_mut_slice()[..mapped.capacity],
        }
    }
}

/// The pages of a file, in which the host writes.
#[derive(Debug)]
struct Mapped {
    transport: Transport,
    /// Goes before the file.
    pages: Pages,
    file: Arc<PageFile>,
    capacity: usize,
}

impl Mapped {
    fn new(transport: Transport, file: Arc<PageFile>, capacity: usize) -> io::Result<Self> {
        // SAFETY: the file is new or came from its pool: nobody else has or shows it.
        let mut pages = unsafe { file.share(capacity, Claim::New)? };
        file.zero(0..pages.len(), &mut pages);
        Ok(Self { transport, pages, file, capacity })
    }

    fn enlarge(&mut self, capacity: usize) -> io::Result<()> {
        let old = self.pages.len();
        // SAFETY: the file is this value's own; of its two mappings the former is dropped unused.
        self.pages = unsafe { self.file.share(capacity, Claim::Replacing)? };
        self.file.zero(old..self.pages.len(), &mut self.pages);
        self.capacity = capacity;
        Ok(())
    }

    /// Announces that the first `len` bytes will be written; the size of the rest is unknown.
    fn expect(&mut self, len: usize) {
        let end = len.next_multiple_of(WINDOW_ALIGNMENT).min(self.pages.len());
        self.file.make_huge(end, &mut self.pages);
    }

    fn finish(mut self, size: usize) -> io::Result<Contents> {
        self.pages.fill_zero(size..whole_pages(size));
        // No writable mapping outlives the writer, and the file is only cut when none shows its end.
        drop(self.pages);
        self.file.cut(size)?;
        Ok(Contents::Shared(Arc::new(MappedStorage::new(self.transport, self.file, size))))
    }
}
