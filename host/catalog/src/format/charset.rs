//! Text in the encodings that browsers know (<https://encoding.spec.whatwg.org>), and in those of older systems, by the
//! names that people and programs give them.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use oem_cp::code_table::{DECODING_TABLE_CP_MAP, ENCODING_TABLE_CP_MAP};

use crate::fault::{At, Fault};
use crate::format::raw::check_utf8;
use crate::options::Options;

/// The encoding of a file's characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::format) enum Charset {
    /// An encoding that browsers know.
    Standard(&'static Encoding),
    /// UTF-8 that is written with a byte order mark, for Excel.
    MarkedUtf8,
    /// ISO 8859-1, without its control characters: a file that has them is in windows-1252 in truth.
    Latin1,
    Ascii,
    /// A code page of DOS, by its number.
    CodePage(u16),
}

const MARK: char = '\u{feff}';

impl Charset {
    /// UTF-8 without a byte order mark.
    pub(in crate::format) const UTF_8: Self = Self::Standard(UTF_8);
    /// UTF-16 whose low bytes come first.
    pub(in crate::format) const UTF_16_LE: Self = Self::Standard(UTF_16LE);
    /// UTF-16 whose high bytes come first.
    pub(in crate::format) const UTF_16_BE: Self = Self::Standard(UTF_16BE);

    /// Reads the option `encoding`.
    pub(in crate::format) fn read(options: &mut Options) -> Option<Self> {
        let name = options.text("encoding")?;
        let found = Self::named(name);
        if found.is_none() {
            let help =
                "for example \"utf-8\", \"utf-8-sig\", \"latin-1\", \"cp1252\", \"cp850\", \"utf-16\", \"shift_jis\"";
            options.fail("encoding", format!("`{name}` is not known"), Some(help.to_owned()));
        }
        found
    }

    /// Returns the encoding of a name as people, browsers, Python, Java or Windows write it.
    pub(in crate::format) fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace(['_', ' '], "-");
        match name.as_str() {
            "utf-8-sig" | "utf8-sig" | "utf-8-bom" | "utf8-bom" => return Some(Self::MarkedUtf8),
            "latin-1" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "iso88591" | "cp819" => {
                return Some(Self::Latin1);
            }
            "ascii" | "us-ascii" => return Some(Self::Ascii),
            "utf-16-le" => return Some(Self::Standard(UTF_16LE)),
            "utf-16-be" => return Some(Self::Standard(UTF_16BE)),
            "mac-roman" | "macroman" => return Encoding::for_label(b"macintosh").map(Self::Standard),
            _ => {}
        }
        let number = ["cp-", "cp", "ibm-", "ibm", "dos-", "windows-", "win-", ""]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix)?.parse::<u16>().ok());
        if let Some(number) = number {
            return Self::of_code_page(number);
        }
        // `latin-2`, `iso8859-15`, `shift-jis`.
        let joined = name.replacen("latin-", "latin", 1);
        let with_dash = name.replacen("iso8859-", "iso-8859-", 1);
        [
            name.as_str(),
            joined.as_str(),
            with_dash.as_str(),
            name.replace('-', "_").as_str(),
            name.replace('-', "").as_str(),
        ]
        .iter()
        .find_map(|label| Encoding::for_label_no_replacement(label.as_bytes()))
        .map(Self::Standard)
    }

    /// Returns the encoding of a number of Microsoft's and IBM's.
    fn of_code_page(number: u16) -> Option<Self> {
        let label = match number {
            65001 => "utf-8",
            1200 => "utf-16le",
            1201 => "utf-16be",
            866 => "ibm866",
            874 => "windows-874",
            932 => "shift_jis",
            936 => "gbk",
            949 => "euc-kr",
            950 => "big5",
            10000 => "macintosh",
            20127 => return Some(Self::Ascii),
            28591 => return Some(Self::Latin1),
            1250..=1258 => return Encoding::for_label(format!("windows-{number}").as_bytes()).map(Self::Standard),
            number => return DECODING_TABLE_CP_MAP.contains_key(&number).then_some(Self::CodePage(number)),
        };
        Encoding::for_label(label.as_bytes()).map(Self::Standard)
    }

    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Standard(encoding) => encoding.name().into(),
            Self::MarkedUtf8 => "UTF-8".into(),
            Self::Latin1 => "latin-1".into(),
            Self::Ascii => "ASCII".into(),
            Self::CodePage(number) => format!("cp{number}").into(),
        }
    }

    /// Returns the character of a byte, if each byte is one.
    fn character(self, byte: u8) -> Option<char> {
        match self {
            Self::CodePage(number) => DECODING_TABLE_CP_MAP.get(&number)?.decode_char_checked(byte),
            Self::Latin1 if !(0x80..0xa0).contains(&byte) => Some(char::from(byte)),
            _ => byte.is_ascii().then(|| char::from(byte)),
        }
    }

    /// Returns the byte of a character, if each byte is one.
    fn byte(self, character: char) -> Option<u8> {
        match self {
            _ if character.is_ascii() => u8::try_from(character).ok(),
            Self::CodePage(number) => ENCODING_TABLE_CP_MAP.get(&number)?.get(&character).copied(),
            Self::Latin1 if character >= '\u{a0}' => u8::try_from(character).ok(),
            _ => None,
        }
    }

    /// Returns the length in bytes of the byte order mark before the text, if `bytes` are declared to be UTF-8.
    pub(super) fn mark_of_utf8(self, bytes: &[u8]) -> Option<usize> {
        match (Encoding::for_bom(bytes), self) {
            (Some((encoding, mark)), _) => (encoding == UTF_8).then_some(mark),
            (None, Self::Standard(encoding)) => (encoding == UTF_8).then_some(0),
            (None, charset) => (charset == Self::MarkedUtf8).then_some(0),
        }
    }

    /// Decodes `bytes`. A byte order mark is no part of the text, and beats the declared encoding.
    pub(in crate::format) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Fault> {
        match (Encoding::for_bom(bytes), self) {
            (Some((encoding, mark)), _) => decode_standard(bytes, encoding, mark),
            (None, Self::Standard(encoding)) => decode_standard(bytes, encoding, 0),
            (None, Self::MarkedUtf8) => decode_standard(bytes, UTF_8, 0),
            (None, Self::Latin1 | Self::Ascii | Self::CodePage(_)) => self.decode_bytes(bytes).map(Cow::Owned),
        }
    }

    fn decode_bytes(self, bytes: &[u8]) -> Result<String, Fault> {
        let mut text = String::with_capacity(bytes.len());
        for (at, byte) in bytes.iter().enumerate() {
            match self.character(*byte) {
                Some(character) => text.push(character),
                None => {
                    let fault = malformed(bytes, at, &self.name());
                    return Err(match self {
                        Self::Latin1 => fault.help("the file may be in Windows' own encoding: `encoding = \"cp1252\"`"),
                        _ => fault,
                    });
                }
            }
        }
        Ok(text)
    }

    /// Returns `text` in this encoding; UTF-16 begins with a byte order mark.
    pub(in crate::format) fn encode(self, text: String) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Standard(encoding) => encode_standard(text, encoding),
            Self::MarkedUtf8 => {
                let mut bytes = String::from(MARK).into_bytes();
                bytes.extend_from_slice(text.as_bytes());
                Ok(bytes)
            }
            _ => text
                .chars()
                .map(|character| self.byte(character).ok_or_else(|| unmappable(character, &self.name())))
                .collect(),
        }
    }
}

/// Decodes `bytes` behind their byte order mark.
fn decode_standard<'b>(bytes: &'b [u8], encoding: &'static Encoding, mark: usize) -> Result<Cow<'b, str>, Fault> {
    let content = &bytes[mark..];
    if encoding == UTF_8 {
        return utf8(content, mark).map(Cow::Borrowed);
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
                return Err(malformed(bytes, mark + read.saturating_sub(wrong), encoding.name()));
            }
        }
    }
}

/// Returns the text of UTF-8 behind a byte order mark.
pub(super) fn utf8(content: &[u8], mark: usize) -> Result<&str, Fault> {
    check_utf8(content, mark)
        .map_err(|fault| fault.help("declare the file's own encoding, such as `encoding = \"latin1\"`"))
}

fn malformed(bytes: &[u8], offset: usize, name: &str) -> Fault {
    let found = match bytes.get(offset) {
        Some(byte) => format!("0x{byte:02x} does not belong there"),
        None => "it ends within a character".to_owned(),
    };
    Fault::new(format!("not {name}: {found}")).at(At::Byte(offset as u64)).help("check the option `encoding`")
}

fn encode_standard(text: String, encoding: &'static Encoding) -> Result<Vec<u8>, Fault> {
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
                return Err(unmappable(character, encoding.name()));
            }
        }
    }
}

fn unmappable(character: char, name: &str) -> Fault {
    Fault::new(format!("`{character}` does not exist in {name}")).help("leave `encoding` out: UTF-8 has all characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_label(label: &str) -> Charset {
        Charset::named(label).expect("a known label")
    }

    #[test]
    fn text_comes_back_in_every_encoding_that_has_its_characters() {
        for label in [
            "utf-8",
            "latin1",
            "utf-16le",
            "utf-16be",
            "utf-16",
            "windows-1252",
            "gb18030",
            "utf-8-sig",
            "cp850",
            "cp437",
        ] {
            let bytes = by_label(label).encode("gr\u{fc}n,1\n".to_owned()).expect("all have the letters");
            assert_eq!(by_label(label).decode(&bytes).expect(label), "gr\u{fc}n,1\n", "{label}");
        }
    }

    #[test]
    fn a_byte_order_mark_beats_the_label() {
        let bytes = by_label("utf-16be").encode("ä".to_owned()).expect("UTF-16 has all characters");
        assert_eq!(Charset::UTF_8.decode(&bytes).expect("the mark says what it is"), "ä");
        assert_eq!(by_label("latin1").decode(b"\xef\xbb\xbfa").expect("the mark says what it is"), "a");
    }

    #[test]
    fn offsets_count_from_the_files_first_byte() {
        let at = |bytes: &[u8], label| by_label(label).decode(bytes).expect_err("not decodable").at;
        assert_eq!(at(b"ab\xff", "utf-8"), Some(At::Byte(2)));
        assert_eq!(at(b"\xef\xbb\xbfab\xff", "latin1"), Some(At::Byte(5)));
        assert_eq!(at(b"a\x81\x20", "shift_jis"), Some(At::Byte(1)));
        assert_eq!(at(b"a\0\0\xd8b\0", "utf-16le"), Some(At::Byte(2)));
    }

    #[test]
    fn names_are_those_that_people_use() {
        let known = |name: &str| Charset::named(name);
        for name in ["utf-8", "UTF8", "utf_8", "cp65001"] {
            assert_eq!(known(name), Some(Charset::UTF_8), "{name}");
        }
        for name in ["latin-1", "latin1", "Latin_1", "ISO-8859-1", "iso8859_1"] {
            assert_eq!(known(name), Some(Charset::Latin1), "{name}");
        }
        for (name, other) in [
            ("cp1252", "windows-1252"),
            ("1252", "windows-1252"),
            ("latin-2", "iso-8859-2"),
            ("iso8859-15", "iso-8859-15"),
            ("shift_jis", "shift_jis"),
            ("sjis", "shift_jis"),
            ("cp932", "shift_jis"),
            ("euc_jp", "euc-jp"),
            ("mac_roman", "macintosh"),
            ("utf_16_le", "utf-16le"),
            ("koi8_r", "koi8-r"),
            ("big5", "cp950"),
        ] {
            assert!(known(name).is_some(), "{name}");
            assert_eq!(known(name), known(other), "{name}");
        }
        for name in ["cp850", "ibm850", "850", "IBM-850"] {
            assert_eq!(known(name), Some(Charset::CodePage(850)), "{name}");
        }
        assert_eq!(known("cp9999"), None);
        assert_eq!(known("klingon"), None);
    }

    #[test]
    fn every_byte_of_a_code_page_comes_back() {
        for number in DECODING_TABLE_CP_MAP.keys() {
            let charset = Charset::CodePage(*number);
            let bytes: Vec<u8> = (0..=255).filter(|byte| charset.character(*byte).is_some()).collect();
            let text = charset.decode(&bytes).expect("characters").into_owned();
            assert_eq!(charset.encode(text).expect("bytes"), bytes, "cp{number}");
        }
    }

    #[test]
    fn what_an_encoding_lacks_is_refused() {
        let told = |fault: Fault| (fault.message, fault.help.unwrap_or_default());
        let (message, help) = told(by_label("latin-1").decode(b"a\x80").expect_err("the euro of windows-1252"));
        assert_eq!(message, "not latin-1: 0x80 does not belong there");
        assert!(help.contains("cp1252"), "{help}");
        for (name, text) in [("latin-1", "\u{20ac}"), ("ascii", "\u{e4}"), ("cp437", "\u{20ac}"), ("cp1252", "\u{3b1}")]
        {
            assert!(by_label(name).encode(text.to_owned()).is_err(), "{name}");
        }
        assert!(by_label("ascii").decode(b"\xe4").is_err());
    }
}
