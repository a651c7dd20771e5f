//! Views that keep their bytes, for code that reads one buffer after the other and drops each.

use core::borrow::Borrow;
use core::fmt;
use std::sync::Arc;

use yoke::Yoke;

use crate::ViewError;

/// The bytes of a finished buffer, held by all who look at them. They start at a multiple of
/// [`ARCHIVE_ALIGNMENT`](crate::ARCHIVE_ALIGNMENT) and never change.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A reference into bytes, together with the bytes.
pub struct Kept<V: ?Sized + 'static>(Yoke<&'static V, SharedBytes>);

impl<V: ?Sized> Kept<V> {
    /// Keeps the view that `view` returns of `bytes`, and holds these as long as the view lives.
    ///
    /// # Errors
    ///
    /// Returns the errors of `view`.
    pub fn new(
        bytes: SharedBytes,
        view: impl for<'b> FnOnce(&'b [u8]) -> Result<&'b V, ViewError>,
    ) -> Result<Self, ViewError> {
        Yoke::try_attach_to_cart(bytes, |bytes| view(bytes.as_ref())).map(Self)
    }
}

impl<V: ?Sized> Borrow<V> for Kept<V> {
    fn borrow(&self) -> &V {
        self.0.get()
    }
}

impl<V: fmt::Debug + ?Sized> fmt::Debug for Kept<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.get().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::View;

    /// Bytes that report their drop.
    struct Watched(Arc<AtomicBool>);

    impl AsRef<[u8]> for Watched {
        fn as_ref(&self) -> &[u8] {
            b"text"
        }
    }

    impl Drop for Watched {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_bytes_are_held_as_long_as_the_view_and_no_longer() -> Result<(), ViewError> {
        let gone = Arc::new(AtomicBool::new(false));
        let kept = <str as View>::keep(Arc::new(Watched(gone.clone())))?;
        assert_eq!((Borrow::<str>::borrow(&kept), gone.load(Ordering::Relaxed)), ("text", false));
        drop(kept);
        assert!(gone.load(Ordering::Relaxed));
        Ok(())
    }
}
