//! The files that hold the pages of buffers by map, by file and by store.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::file;
use super::pool::{Memfd, Owner, Pool, makes_huge_pages};
use crate::WINDOW_ALIGNMENT;
use crate::mappings::Claim;
use crate::memory::{Source, page_size, whole_pages};
use crate::pages::{Pages, View};

/// The largest part of a buffer's size, as a divisor, that its last huge page may add when it stays whole.
const SPARE_PART: usize = 4;

/// The number of bytes of which huge pages are made at once. After a time limit no more are begun: a guest cannot be
/// interrupted in the host call that makes them. The rest has small pages, for which the guest pays by and by.
const AT_ONCE: usize = 64 << 20;
const LONGEST: Duration = Duration::from_millis(250);

/// A file of pages. Every view and every linear memory that shows its pages holds it, so that its drop proves that they
/// can be reused: then a memfd goes back to its pool.
#[derive(Debug)]
pub(crate) struct PageFile {
    view: OnceLock<View>,
    file: Arc<File>,
    kind: Kind,
    extent: Mutex<Extent>,
}

/// The kind of a file: the way in which it gets its pages, and its end.
#[derive(Debug)]
enum Kind {
    /// A memfd, whose pages come as they are touched, with its pool and the process that made it.
    Pooled { pool: Pool, owner: Owner },
    /// A file of a file system in memory, whose pages are limited and can be huge.
    InMemory,
    /// A file on a disk, or one that does not change any more.
    Plain,
}

/// The parts of a file, in bytes from its start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extent {
    /// The file's length.
    pub(crate) len: usize,
    /// The part that may hold an earlier buffer's bytes.
    pub(crate) stale: usize,
    /// The part that consists of huge pages.
    pub(crate) huge: usize,
    /// True if the kernel refused to make more of them, which took it some time to find out.
    pub(crate) refused: bool,
}

/// The place where the pages of a file are shown, to be written.
pub(crate) trait Area {
    fn fill_zero(&mut self, range: Range<usize>);

    /// Returns true if huge pages can be shown here.
    fn is_aligned(&self) -> bool;

    /// Makes huge pages, if the kernel agrees.
    fn collapse(&mut self, range: Range<usize>) -> bool;
}

impl PageFile {
    fn new(file: Arc<File>, kind: Kind, extent: Extent) -> Self {
        Self { view: OnceLock::new(), file, kind, extent: Mutex::new(extent) }
    }

    /// Takes a memfd for some `len` bytes.
    pub(super) fn pooled(pool: &Pool, len: usize) -> io::Result<Self> {
        let Memfd { file, extent, owner } = pool.take(len)?;
        let extent = Extent { stale: extent.len, ..extent };
        Ok(Self::new(file, Kind::Pooled { pool: pool.clone(), owner }, extent))
    }

    /// Creates an unnamed file in `directory`.
    pub(super) fn unnamed(directory: &Path) -> io::Result<Self> {
        let file = file::create_in(directory)?;
        let kind = if file::is_in_memory(&file) { Kind::InMemory } else { Kind::Plain };
        Ok(Self::new(file, kind, Extent::default()))
    }

    /// Returns a file that never changes.
    pub(crate) fn immutable(file: File) -> Arc<Self> {
        Arc::new(Self::new(Arc::new(file), Kind::Plain, Extent::default()))
    }

    /// Returns the file itself.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Makes the file at least `len` bytes long, all of which can then be touched. Pages of a memfd come from memory. A
    /// regular file gets its blocks now, since a writer to a mapping cannot be told that there is no more room.
    ///
    /// # Errors
    ///
    /// Fails with `StorageFull` among others.
    pub(crate) fn lengthen(&self, len: usize) -> io::Result<()> {
        let mut extent = self.extent();
        if len <= extent.len {
            return Ok(());
        }
        match self.kind {
            Kind::Pooled { .. } => self.file.set_len(len as u64)?,
            Kind::InMemory => {
                self.back_with_huge_pages(&mut extent, len);
                file::allocate(&self.file, len as u64)?;
            }
            Kind::Plain => file::allocate(&self.file, len as u64)?,
        }
        extent.len = len;
        Ok(())
    }

    /// Gives the file huge pages, as far as the file system has room and the kernel agrees: small ones cost some ten
    /// times as much. They are made in a mapping of the host, which is gone before anybody else sees them.
    fn back_with_huge_pages(&self, extent: &mut Extent, len: usize) {
        let (start, end) = (extent.len.next_multiple_of(WINDOW_ALIGNMENT), len - len % WINDOW_ALIGNMENT);
        if start >= end || extent.refused || !makes_huge_pages() || self.file.set_len(len as u64).is_err() {
            return;
        }
        // SAFETY: the file is a draft's. Its window shows it to a guest that waits in a host call, and nobody has a
        // reference to its bytes; the mapping ends in this function.
        let Ok(mut pages) = (unsafe { Pages::shared(&self.file, end, Claim::Replacing) }) else { return };
        let begun = Instant::now();
        for from in (start..end).step_by(AT_ONCE) {
            let range = from..end.min(from + AT_ONCE);
            // Of each huge page one small page has to exist; touching one for which there is no room ends the process.
            let mut firsts = range.clone().step_by(WINDOW_ALIGNMENT);
            let backed = firsts.try_for_each(|at| file::allocate_range(&self.file, &(at..at + 1)));
            if backed.is_err() || begun.elapsed() >= LONGEST || !pages.collapse(range) {
                extent.refused = true;
                return;
            }
        }
    }

    /// Makes a range read as zeros that nobody has written through `area` so far, even if an earlier buffer held bytes
    /// there.
    pub(crate) fn zero(&self, range: Range<usize>, area: &mut impl Area) {
        let extent = self.extent();
        let stale = range.start..range.end.min(extent.stale);
        if stale.is_empty() {
            return;
        }
        // Ranges that become huge pages are emptied instead. If written to, all small pages and holes in them would
        // have to be made and copied first.
        let whole = range.end - range.end % WINDOW_ALIGNMENT;
        let emptied = stale.start.max(extent.huge)..stale.end.min(whole);
        if emptied.is_empty() || !self.can_be_huge(&extent, area) || file::empty(&self.file, &emptied).is_err() {
            area.fill_zero(stale);
            return;
        }
        for rest in [stale.start..emptied.start, emptied.end..stale.end] {
            if !rest.is_empty() {
                area.fill_zero(rest);
            }
        }
    }

    /// Makes huge pages that end at or before `end`, as many as can be made within [`LONGEST`]. The content stays.
    pub(crate) fn make_huge(&self, end: usize, area: &mut impl Area) {
        self.make_huge_within(LONGEST, end, area);
    }

    fn make_huge_within(&self, longest: Duration, end: usize, area: &mut impl Area) {
        let mut extent = self.extent();
        let end = end - end % WINDOW_ALIGNMENT;
        if extent.huge >= end || !self.can_be_huge(&extent, area) {
            return;
        }
        let begun = Instant::now();
        while extent.huge < end {
            let next = end.min(extent.huge + AT_ONCE);
            if !area.collapse(extent.huge..next) {
                extent.refused = true;
                break;
            }
            extent.huge = next;
            if begun.elapsed() >= longest {
                break;
            }
        }
    }

    fn can_be_huge(&self, extent: &Extent, area: &impl Area) -> bool {
        matches!(self.kind, Kind::Pooled { .. }) && !extent.refused && area.is_aligned() && makes_huge_pages()
    }

    /// Gives back the pages that a buffer of `size` bytes does not need, once no mapping shows them.
    pub(crate) fn cut(&self, size: usize) -> io::Result<()> {
        let mut extent = self.extent();
        let mut needed = size;
        if matches!(self.kind, Kind::Pooled { .. }) {
            needed = whole_pages(size);
            // Cutting a huge page turns it into small ones. It may stay whole if that costs little: the memory behind
            // the buffer counts against nobody's quota.
            let whole = size.next_multiple_of(WINDOW_ALIGNMENT);
            if whole <= extent.huge && whole - size <= size / SPARE_PART {
                needed = whole;
            }
        }
        if needed < extent.len {
            self.file.set_len(needed as u64)?;
            let Extent { len, stale, huge, .. } = &mut *extent;
            (*len, *stale, *huge) = (needed, needed.min(*stale), needed.min(*huge));
        }
        Ok(())
    }

    /// Maps the pages of the first `len` bytes, for the host to write.
    ///
    /// # Safety
    ///
    /// As for [`Pages::shared`]: nobody else writes to the file, shortens it, or has a reference to its bytes.
    pub(crate) unsafe fn share(&self, len: usize, claim: Claim) -> io::Result<Pages> {
        self.lengthen(len.checked_next_multiple_of(page_size()).ok_or(io::ErrorKind::OutOfMemory)?)?;
        // SAFETY: the caller's promise; the file is long enough.
        unsafe { Pages::shared(&self.file, len, claim) }
    }

    /// Returns the first `len` bytes, always the same number, in the host's own address space.
    ///
    /// # Safety
    ///
    /// The file has as many bytes, and nobody writes to it or shortens it while this value lives.
    pub(crate) unsafe fn view(&self, len: usize) -> io::Result<&[u8]> {
        if let Some(view) = self.view.get() {
            return Ok(view.as_slice());
        }
        // SAFETY: the caller's promise.
        let view = unsafe { View::new(&self.file, len)? };
        // Two threads may get here at once; one of the two equal views is dropped.
        Ok(self.view.get_or_init(|| view).as_slice())
    }

    fn extent(&self) -> MutexGuard<'_, Extent> {
        self.extent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for PageFile {
    fn descriptor(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for PageFile {
    fn drop(&mut self) {
        // The view goes before the pool may give the file to a writer.
        drop(self.view.take());
        if let Kind::Pooled { pool, owner } = &self.kind {
            pool.give(Memfd { file: self.file.clone(), extent: self.extent().clone(), owner: *owner });
        }
    }
}

impl Area for Pages {
    fn fill_zero(&mut self, range: Range<usize>) {
        Self::fill_zero(self, range);
    }

    fn is_aligned(&self) -> bool {
        Self::is_aligned(self)
    }

    fn collapse(&mut self, range: Range<usize>) -> bool {
        Self::collapse(self, range)
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "ledgers of ranges, and some have one line")]
mod tests {
    use super::*;

    /// Records the requests it gets.
    #[derive(Default)]
    struct Ledger {
        refuses: bool,
        zeroed: Vec<Range<usize>>,
        collapsed: Vec<Range<usize>>,
    }

    impl Area for Ledger {
        fn fill_zero(&mut self, range: Range<usize>) {
            self.zeroed.push(range);
        }

        fn is_aligned(&self) -> bool {
            true
        }

        fn collapse(&mut self, range: Range<usize>) -> bool {
            self.collapsed.push(range);
            !self.refuses
        }
    }

    fn file(len: usize) -> Arc<PageFile> {
        let file = PageFile::pooled(&Pool::bounded(usize::MAX), len).unwrap();
        file.lengthen(len).unwrap();
        Arc::new(file)
    }

    #[test]
    fn a_refusal_of_huge_pages_is_remembered_with_the_file() {
        let pool = Pool::bounded(usize::MAX);
        let mut area = Ledger { refuses: true, ..Ledger::default() };
        for _ in 0..2 {
            let file = PageFile::pooled(&pool, 4 * AT_ONCE).unwrap();
            file.lengthen(4 * AT_ONCE).unwrap();
            file.make_huge(4 * AT_ONCE, &mut area);
            file.make_huge(4 * AT_ONCE, &mut area);
        }
        let tried = if makes_huge_pages() { vec![0..AT_ONCE] } else { Vec::new() };
        assert_eq!(area.collapsed, tried);
    }

    #[test]
    fn huge_pages_are_made_step_by_step_for_a_bounded_time() {
        if !makes_huge_pages() {
            return;
        }
        let len = 2 * AT_ONCE + WINDOW_ALIGNMENT;
        let (file, mut area) = (file(len), Ledger::default());
        file.make_huge_within(Duration::ZERO, len, &mut area);
        assert_eq!(area.collapsed, [0..AT_ONCE], "the time is over after the first step");
        file.make_huge_within(Duration::MAX, len, &mut area);
        assert_eq!(area.collapsed, [0..AT_ONCE, AT_ONCE..2 * AT_ONCE, 2 * AT_ONCE..len]);
    }

    #[test]
    fn what_is_going_to_be_huge_pages_is_emptied_and_not_written() {
        const LEN: usize = 3 * WINDOW_ALIGNMENT + 4096;
        let file = file(LEN);
        std::os::unix::fs::FileExt::write_all_at(&*file.file, &vec![0xFF; LEN], 0).unwrap();
        *file.extent() = Extent { len: LEN, stale: LEN, huge: WINDOW_ALIGNMENT, refused: false };
        let mut area = Ledger::default();
        file.zero(0..LEN, &mut area);
        let mut bytes = vec![0; LEN];
        std::os::unix::fs::FileExt::read_exact_at(&*file.file, &mut bytes, 0).unwrap();
        for range in area.zeroed {
            bytes[range].fill(0);
        }
        assert!(bytes == vec![0; LEN]);

        if makes_huge_pages() {
            let mut area = Ledger::default();
            file.zero(0..LEN, &mut area);
            assert_eq!(area.zeroed, [0..WINDOW_ALIGNMENT, 3 * WINDOW_ALIGNMENT..LEN]);
        }
        file.extent().refused = true;
        let mut area = Ledger::default();
        file.zero(0..LEN, &mut area);
        assert_eq!(area.zeroed, [0..LEN]);
    }
}
