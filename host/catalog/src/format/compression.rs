//! Compressed text: the options `compression` and `level` of formats that compress nothing themselves.
//!
//! By default the file's name decides: `.gz`, `.zst` and `.bz2`. A file of several pieces, one behind the other, is all
//! of them.

use std::io::{self, Read, Write};

use bytes::Bytes;

use crate::destination::Destination;
use crate::fault::Fault;
use crate::options::Options;

/// The compression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Gzip,
    Zstd,
    Bzip2,
}

/// The name of a codec, the suffixes of its files, the bytes that they begin with, and its levels.
struct Traits {
    codec: Codec,
    name: &'static str,
    /// The suffixes of names; the first is another word for `name` without its dot.
    suffixes: &'static [&'static str],
    magic: &'static [u8],
    levels: (i64, i64),
    default_level: u32,
}

const CODECS: [Traits; 3] = [
    Traits {
        codec: Codec::Gzip,
        name: "gzip",
        suffixes: &[".gz"],
        magic: b"\x1f\x8b",
        levels: (0, 9),
        default_level: 6,
    },
    Traits {
        codec: Codec::Zstd,
        name: "zstd",
        suffixes: &[".zst", ".zstd"],
        magic: b"\x28\xb5\x2f\xfd",
        levels: (1, 22),
        default_level: 3,
    },
    Traits { codec: Codec::Bzip2, name: "bzip2", suffixes: &[".bz2"], magic: b"BZh", levels: (1, 9), default_level: 9 },
];

const NONE: &str = "none";

/// The bytes that files of other tools begin with, which are told apart from damaged ones.
const OTHERS: [(&str, &[u8]); 3] =
    [("xz", b"\xfd7zXZ\0"), ("a zip archive", b"PK\x03\x04"), ("lz4", b"\x04\x22\x4d\x18")];

/// The number of bytes unpacked between two checks that the load is still wanted.
const PIECE: usize = 1 << 20;

/// The compression of the files of an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compression {
    codec: Option<Codec>,
    level: u32,
    /// True if the entry says it, and not the file's name.
    is_declared: bool,
}

impl Compression {
    /// Reads the options.
    pub(super) fn read(options: &mut Options) -> Self {
        let spellings: Vec<&'static str> =
            CODECS.iter().flat_map(|codec| [codec.name, &codec.suffixes[0][1..]]).chain([NONE]).collect();
        let declared = options.choice("compression", &spellings);
        let traits = match declared {
            Some(word) => CODECS.iter().find(|codec| codec.is_called(word)),
            None => CODECS.iter().find(|codec| codec.names(options.name())),
        };
        let level = match traits {
            Some(Traits { levels: (least, most), .. }) => options.whole("level", *least, *most),
            None => {
                if options.has("level") {
                    let help = "leave it out, or declare `compression`".to_owned();
                    options.fail("level", "nothing is compressed".to_owned(), Some(help));
                }
                None
            }
        };
        let default = traits.map_or(0, |traits| traits.default_level);
        let level = level.and_then(|level| u32::try_from(level).ok()).unwrap_or(default);
        Self { codec: traits.map(|traits| traits.codec), level, is_declared: declared.is_some() }
    }

    /// Returns true if files are stored as they are.
    pub(super) fn is_none(&self) -> bool {
        self.codec.is_none()
    }

    /// Returns the unpacked content of a file.
    pub(super) fn unpack(&self, bytes: Bytes, to: &Destination) -> Result<Bytes, Fault> {
        let Some(codec) = self.codec else {
            self.refuse_packed(&bytes)?;
            return Ok(bytes);
        };
        let traits = codec.traits();
        if !bytes.starts_with(traits.magic) {
            let fault = Fault::new(format!("it is not compressed by {}", traits.name));
            return Err(match self.is_declared {
                true => fault.help("correct the option `compression`, or leave it out if nothing is compressed"),
                false => fault.help("its name says so: declare `compression = \"none\"` if it is wrong"),
            });
        }
        let unpacked = match codec {
            Codec::Gzip => read_all(traits.name, flate2::bufread::MultiGzDecoder::new(&*bytes), to),
            Codec::Zstd => zstd::stream::read::Decoder::with_buffer(&*bytes)
                .map_err(|error| damaged(traits.name, &error))
                .and_then(|decoder| read_all(traits.name, decoder, to)),
            Codec::Bzip2 => read_all(traits.name, bzip2::bufread::MultiBzDecoder::new(&*bytes), to),
        };
        unpacked.map(Bytes::from)
    }

    /// Fails if something is compressed that is not declared to be.
    fn refuse_packed(&self, bytes: &[u8]) -> Result<(), Fault> {
        if self.is_declared {
            return Ok(());
        }
        // Texts may begin with the letters of bzip2's magic, with a digit behind them and binary data behind that.
        let is_packed = |codec: &&Traits| {
            bytes.starts_with(codec.magic) && (codec.codec != Codec::Bzip2 || bytes.get(4..6) == Some(b"1A"))
        };
        if let Some(Traits { name, suffixes, .. }) = CODECS.iter().find(is_packed) {
            let help = format!("declare `compression = \"{name}\"`, or name it `{}`", suffixes[0]);
            return Err(Fault::new(format!("it is compressed by {name}")).help(help));
        }
        match OTHERS.iter().find(|(_, magic)| bytes.starts_with(magic)) {
            Some((name, _)) => {
                let help = "unpack it before: `gzip`, `zstd` and `bzip2` are read".to_owned();
                Err(Fault::new(format!("it is {name}, which is not read")).help(help))
            }
            None => Ok(()),
        }
    }

    /// Returns the stored form of `bytes`.
    pub(super) fn pack(&self, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let level = self.level;
        let packed = match self.codec {
            None => return Ok(bytes),
            Some(Codec::Gzip) => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
                encoder.write_all(&bytes).and_then(|()| encoder.finish())
            }
            Some(Codec::Zstd) => zstd::stream::encode_all(&*bytes, i32::try_from(level).unwrap_or_default()),
            Some(Codec::Bzip2) => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
                encoder.write_all(&bytes).and_then(|()| encoder.finish())
            }
        };
        packed.map_err(|error| Fault::new(format!("it cannot be compressed: {error}")))
    }
}

impl Codec {
    fn traits(self) -> &'static Traits {
        match self {
            Self::Gzip => &CODECS[0],
            Self::Zstd => &CODECS[1],
            Self::Bzip2 => &CODECS[2],
        }
    }
}

impl Traits {
    /// Returns true if `word` means this one, in the option.
    fn is_called(&self, word: &str) -> bool {
        word == self.name || word == &self.suffixes[0][1..]
    }

    /// Returns true if a file of this name is compressed so.
    fn names(&self, file: &str) -> bool {
        let ends = |suffix: &&str| file.len() >= suffix.len() && file.is_char_boundary(file.len() - suffix.len());
        let is = |suffix: &&str| file[file.len() - suffix.len()..].eq_ignore_ascii_case(suffix);
        self.suffixes.iter().any(|suffix| ends(suffix) && is(suffix))
    }
}

/// Reads all of `packed`, within the memory that the load may take.
fn read_all(codec: &str, mut packed: impl Read, to: &Destination) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    loop {
        to.go_on()?;
        let before = bytes.len();
        bytes.try_reserve(PIECE).map_err(|_| Fault::memory(PIECE, &io::ErrorKind::OutOfMemory.into()))?;
        let read = packed.by_ref().take(PIECE as u64).read_to_end(&mut bytes);
        read.map_err(|error| damaged(codec, &error))?;
        if bytes.len() == before {
            return Ok(bytes);
        }
        if bytes.len() as u64 > to.memory {
            let most = to.memory >> 20;
            let message = format!("it takes more than {most} MiB in memory once it is unpacked");
            return Err(Fault::new(message).help("partition the data, or raise `--memory`"));
        }
    }
}

fn damaged(codec: &str, error: &io::Error) -> Fault {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => error.to_string(),
    };
    Fault::new(format!("not readable by {codec}: {what}")).help("the file may be cut off or damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_is_found_by_its_own_traits() {
        for traits in &CODECS {
            assert_eq!(traits.codec.traits().name, traits.name);
            assert!(traits.names(&format!("a{}", traits.suffixes[0])) && !traits.names("ä") && !traits.names("gz"));
        }
        assert!(CODECS[0].names("A.CSV.GZ"));
    }
}
