//! Text in any encoding that browsers know (<https://encoding.spec.whatwg.org>).

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::fault::{At, Fault};
use crate::format::raw::check_utf8;

/// The text that `bytes` are. A byte order mark is no part of it and beats `encoding`.
pub(super) fn decode<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Result<Cow<'b, str>, Fault> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let content = &bytes[mark..];
    if encoding == UTF_8 {
        return check_utf8(content, mark)
            .map(Cow::Borrowed)
            .map_err(|fault| fault.help("declare the file's own encoding, such as `encoding = \"latin1\"`"));
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    let mut read = 0;
    loop {
        let rest = &content[read..];
        let room = decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(0);
        text.try_reserve(room).map_err(|_| Fault::new(format!("no memory for {room} bytes of text")))?;
        let (result, count) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        read += count;
        match result {
            DecoderResult::InputEmpty => return Ok(Cow::Owned(text)),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let wrong = usize::from(length) + usize::from(after);
                return Err(malformed(bytes, mark + read.saturating_sub(wrong), encoding));
            }
        }
    }
}

fn malformed(bytes: &[u8], offset: usize, encoding: &'static Encoding) -> Fault {
    let found = match bytes.get(offset) {
        Some(byte) => format!("0x{byte:02x} does not belong there"),
        None => "it ends within a character".to_owned(),
    };
    let name = encoding.name();
    Fault::new(format!("not {name}: {found}")).at(At::Byte(offset as u64)).help("check the option `encoding`")
}

/// `text` in `encoding`; UTF-16 begins with a byte order mark.
pub(super) fn encode(text: String, encoding: &'static Encoding) -> Result<Vec<u8>, Fault> {
    if encoding == UTF_8 {
        return Ok(text.into_bytes());
    }
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        Ok(units.flat_map(to_bytes).collect())
    };
    if encoding == UTF_16LE {
        return utf16(u16::to_le_bytes);
    }
    if encoding == UTF_16BE {
        return utf16(u16::to_be_bytes);
    }
    let mut encoder = encoding.new_encoder();
    let mut bytes = Vec::with_capacity(text.len());
    let mut read = 0;
    loop {
        let rest = &text[read..];
        bytes.reserve(encoder.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len()));
        let (result, count) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        read += count;
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(character) => {
                let fault = Fault::new(format!("`{character}` does not exist in {}", encoding.name()));
                return Err(fault.help("leave `encoding` out: UTF-8 has all characters"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_label(label: &str) -> &'static Encoding {
        Encoding::for_label(label.as_bytes()).expect("a known label")
    }

    #[test]
    fn text_comes_back_in_every_encoding_that_has_its_characters() {
        for label in ["utf-8", "latin1", "utf-16le", "utf-16be", "utf-16", "windows-1252", "gb18030"] {
            let bytes = encode("gr\u{fc}n,1\n".to_owned(), by_label(label)).expect("all have the letters");
            assert_eq!(decode(&bytes, by_label(label)).expect(label), "gr\u{fc}n,1\n", "{label}");
        }
    }

    #[test]
    fn a_byte_order_mark_beats_the_label() {
        let bytes = encode("ä".to_owned(), by_label("utf-16be")).expect("UTF-16 has all characters");
        assert_eq!(decode(&bytes, UTF_8).expect("the mark says what it is"), "ä");
        assert_eq!(decode(b"\xef\xbb\xbfa", by_label("latin1")).expect("the mark says what it is"), "a");
    }

    #[test]
    fn offsets_count_from_the_files_first_byte() {
        let at = |bytes: &[u8], label| decode(bytes, by_label(label)).expect_err("not decodable").at;
        assert_eq!(at(b"ab\xff", "utf-8"), Some(At::Byte(2)));
        assert_eq!(at(b"\xef\xbb\xbfab\xff", "latin1"), Some(At::Byte(5)));
        assert_eq!(at(b"a\x81\x20", "shift_jis"), Some(At::Byte(1)));
        assert_eq!(at(b"a\0\0\xd8b\0", "utf-16le"), Some(At::Byte(2)));
    }
}
