//! Names of schemas that contain other schemas' names, such as `vec<f64>`, joined while compiling.

/// The longest name of a schema, in bytes: the room that [`envelope`](crate::envelope) has for it.
pub const MAX_NAME_LENGTH: usize = 128;

/// A name under construction; constants cannot own a `String`.
pub(super) struct Name {
    bytes: [u8; MAX_NAME_LENGTH],
    length: usize,
}

impl Name {
    /// Joins the parts, one after the other.
    ///
    /// # Panics
    ///
    /// Panics while compiling, if the name would be longer than [`MAX_NAME_LENGTH`].
    pub(super) const fn join(parts: &[&str]) -> Self {
        let mut name = Self { bytes: [0; MAX_NAME_LENGTH], length: 0 };
        let mut part = 0;
        while part < parts.len() {
            let bytes = parts[part].as_bytes();
            let mut index = 0;
            while index < bytes.len() {
                assert!(name.length < MAX_NAME_LENGTH, "a schema's name is at most 128 bytes long");
                name.bytes[name.length] = bytes[index];
                name.length += 1;
                index += 1;
            }
            part += 1;
        }
        name
    }

    pub(super) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(name) => name,
            Err(_) => unreachable!(),
        }
    }
}
