//! The place of a buffer under construction: in the table's area, or aside until its size is known.

use core::ops::{Deref, DerefMut};

use super::raw::ColumnBuffers;
use crate::{ARCHIVE_ALIGNMENT, AlignedBytes};

/// A buffer under construction.
pub(super) enum Place<'s, T, O> {
    /// A part of the table's area.
    Lent(&'s mut [T]),
    /// Memory of its own, which grows; it is copied behind all other buffers in the end.
    Own(O),
}

/// Values, or a validity map.
pub(super) type BytesPlace<'s> = Place<'s, u8, AlignedBytes>;

/// Offsets.
pub(super) type OffsetsPlace<'s> = Place<'s, i32, Vec<i32>>;

impl<T, O: Deref<Target = [T]>> Deref for Place<'_, T, O> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Lent(slice) => slice,
            Self::Own(own) => own,
        }
    }
}

impl<T, O: DerefMut<Target = [T]>> DerefMut for Place<'_, T, O> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::Lent(slice) => slice,
            Self::Own(own) => own,
        }
    }
}

/// The buffers that are not in the area yet, each with its place behind all that are.
pub(super) struct Aside {
    /// The end of the last buffer, a multiple of 64 bytes from the archive's start.
    end: usize,
    pieces: Vec<(usize, Piece)>,
    /// The first column that has one.
    column: String,
}

enum Piece {
    Bytes(AlignedBytes),
    Offsets(Vec<i32>),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Offsets(offsets) => bytemuck::cast_slice(offsets),
        }
    }
}

impl Aside {
    /// Creates the list for an area whose buffers end at `end`.
    pub(super) fn behind(end: usize) -> Self {
        Self { end, pieces: Vec::new(), column: String::new() }
    }

    /// Returns the end of all buffers.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    /// Returns the first column with a buffer that is not in the area; `None` if there is none.
    pub(super) fn column(&self) -> Option<&str> {
        (!self.pieces.is_empty()).then_some(self.column.as_str())
    }

    /// Gives each buffer of a column that has memory of its own a place, which its description then says.
    pub(super) fn add(
        &mut self,
        buffers: &mut ColumnBuffers,
        validity: Option<&mut BytesPlace<'_>>,
        offsets: &mut OffsetsPlace<'_>,
        values: &mut BytesPlace<'_>,
    ) {
        if self.pieces.is_empty() {
            self.column.clone_from(&buffers.name);
        }
        if let Some(Place::Own(validity)) = validity {
            buffers.validity = Some(self.push(Piece::Bytes(core::mem::take(validity))));
        }
        if let Place::Own(offsets) = offsets
            && buffers.offsets.is_some()
        {
            buffers.offsets = Some(self.push(Piece::Offsets(core::mem::take(offsets))));
        }
        if let Place::Own(values) = values {
            buffers.values = self.push(Piece::Bytes(core::mem::take(values)));
        }
    }

    fn push(&mut self, piece: Piece) -> core::ops::Range<usize> {
        let start = self.end;
        let end = start.saturating_add(piece.bytes().len());
        self.pieces.push((start, piece));
        self.end = end.saturating_add(ARCHIVE_ALIGNMENT - 1) / ARCHIVE_ALIGNMENT * ARCHIVE_ALIGNMENT;
        start..end
    }

    /// Copies the buffers to their places in `area`, with zeros in the gaps. Each goes once it is copied.
    pub(super) fn copy_to(self, area: &mut [u8]) {
        let end = self.end;
        let mut pieces = self.pieces.into_iter().peekable();
        while let Some((start, piece)) = pieces.next() {
            let bytes = piece.bytes();
            let next = pieces.peek().map_or(end, |(start, _)| *start);
            area[start..start + bytes.len()].copy_from_slice(bytes);
            area[start + bytes.len()..next].fill(0);
        }
    }
}
