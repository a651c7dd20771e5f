//! A set of partitions of numbers, and what is made of it.

use std::error::Error;
use std::fs;

use tempfile::TempDir;
use wpipe::Project;
use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_catalog::{Catalog, Entry, Location, Partitioned};
use wpipe_data::{Produce, View};
use wpipe_tests::guest;

/// Numbers in a partition of 64 KiB.
pub(crate) const LEN: usize = (64 << 10) / 8;
/// What partitions are: archives of numbers.
pub(crate) const SCHEMA: (&str, u64) = (<Vec<f64> as Produce>::NAME, <Vec<f64> as Produce>::FINGERPRINT);

/// A folder with the set `raw`, in which `made` is to be.
pub(crate) struct Sets {
    folder: TempDir,
    count: usize,
    len: usize,
}

impl Sets {
    /// `count` partitions of `len` numbers.
    pub(crate) fn new(count: usize, len: usize) -> Result<Self, Box<dyn Error>> {
        let sets = Self { folder: TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?, count, len };
        let numbers: Vec<f64> = (0..len).map(|number| number as f64).collect();
        let buffer = Buffer::copy_from(&wpipe_data::to_archive(&numbers)?, &Transports::detect())?;
        let name = |partition: usize| sets.folder.path().join(format!("raw/{partition:05}.numbers"));
        let first = Entry::new("first", "archive", Location::Path("raw/00000.numbers".to_owned()));
        let first = sets.catalog().open(&first).map_err(|errors| format!("{errors:?}"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(first.save(&buffer, SCHEMA))?;
        for partition in 1..count {
            fs::copy(name(0), name(partition))?;
        }
        Ok(sets)
    }

    pub(crate) fn catalog(&self) -> Catalog {
        Catalog::new(self.folder.path(), &Transports::detect())
    }

    pub(crate) fn entry(name: &str) -> Entry {
        let partitioned = Partitioned { suffix: ".numbers".to_owned(), ..Partitioned::default() };
        let at = Location::Path(name.to_owned());
        Entry { partitioned: Some(partitioned), ..Entry::new(name, "archive", at) }
    }

    /// A multipipeline of one node over the set.
    pub(crate) fn project(&self, function: &str, keys: &str) -> Result<Project, Box<dyn Error>> {
        let mut manifest = format!(
            "[pipeline]\nname = \"bench\"\n[components.good]\npath = {:?}\n\
             [nodes.n]\nuses = \"{function}\"\ninputs = [\"raw\"]\noutputs = [\"made\"]\n\
             [multinodes.n]\nover = [\"raw\"]\n{keys}\n",
            guest("well_behaved")
        );
        for name in ["raw", "made"] {
            manifest.push_str(&format!(
                "[datasets.{name}]\ntype = \"archive\"\npath = \"{name}\"\npartitioned = true\nsuffix = \".numbers\"\n"
            ));
        }
        Ok(Project::parse("pipeline.toml", &manifest, self.folder.path())?)
    }

    /// That every partition has been doubled.
    pub(crate) fn check(&self) -> Result<(), Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let made = self.catalog().open_set(&Self::entry("made")).map_err(|errors| format!("{errors:?}"))?;
        let listing = runtime.block_on(made.list())?;
        if listing.partitions().len() != self.count {
            return Err(format!("{} of {} partitions were made", listing.partitions().len(), self.count).into());
        }
        let first = runtime.block_on(made.load(&listing, "00000", SCHEMA, Readers::One))?;
        let numbers = <[f64]>::view(first.buffer.bytes()?)?;
        if numbers.len() != self.len || numbers.iter().enumerate().any(|(index, number)| *number != index as f64 * 2.0)
        {
            return Err("the numbers are not doubled".into());
        }
        // The others are the same bytes.
        let bytes = |id: &str| fs::read(self.folder.path().join(format!("made/{id}.numbers")));
        let expected = bytes("00000")?;
        for id in listing.partitions().keys() {
            if bytes(id)? != expected {
                return Err(format!("partition {id} is not what it should be").into());
            }
        }
        Ok(())
    }
}
