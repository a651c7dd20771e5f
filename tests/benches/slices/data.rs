//! A set of partitions of numbers, and what is made of it.

use std::error::Error;
use std::fs;

use tempfile::TempDir;
use wpipe::Project;
use wpipe_buffer::Transports;
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
        let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
        let raw = folder.path().join("raw");
        fs::create_dir(&raw)?;
        let numbers: Vec<f64> = (0..len).map(|number| number as f64).collect();
        let archive = wpipe_data::to_archive(&numbers)?;
        for partition in 0..count {
            fs::write(raw.join(format!("{partition:05}.numbers")), &archive)?;
        }
        Ok(Self { folder, count, len })
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
        for partition in 0..self.count {
            let bytes = fs::read(self.folder.path().join(format!("made/{partition:05}.numbers")))?;
            let mut aligned = wpipe_data::AlignedBytes::new();
            aligned.extend_from_slice(&bytes);
            let numbers = <[f64]>::view(&aligned)?;
            let last = (self.len - 1) as f64 * 2.0;
            if numbers.len() != self.len || numbers.last() != Some(&last) {
                return Err(format!("partition {partition} is not what it should be").into());
            }
        }
        Ok(())
    }
}
