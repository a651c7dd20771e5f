//! Datasets in conflict: one would write objects that another would read as its own, replace or remove.

use std::collections::BTreeMap;

use wpipe_catalog::{Address, Dataset, Direction, StoredDataset};
use wpipe_pipeline::{DatasetId, Pipeline, Problem};

use crate::Project;
use crate::place_key::place_key;

/// The folder of wpipe's own files, in a set as in a project.
const OWN: &str = ".wpipe";

/// A stored dataset and its place.
struct Claim<'s> {
    dataset: &'s StoredDataset,
    /// The dataset that it is a format of: formats of one dataset are one thing.
    of: Option<DatasetId>,
    address: Address,
    /// True if a node writes it, in this format.
    is_written: bool,
}

/// The sets of one root that others may lie within: of each suffix the first, and the first that is written. There are
/// as many suffixes as formats, so few.
struct Root<'c, 's> {
    address: &'c Address,
    by_suffix: BTreeMap<&'c str, (&'c Claim<'s>, Option<&'c Claim<'s>>)>,
}

/// The conflict between the places of two datasets, or of one and the project.
enum Overlap<'c, 's> {
    /// Both are at one place.
    Same(&'c Claim<'s>, &'c Claim<'s>),
    /// The first is within the second, whose partition it may seem to be.
    Within(&'c Claim<'s>, &'c Claim<'s>),
    /// The first is among the files that the second, a set, keeps for itself.
    AmongOwn(&'c Claim<'s>, &'c Claim<'s>),
    /// The first is a table in the file that the second is.
    InFile(&'c Claim<'s>, &'c Claim<'s>),
    /// The written dataset is where the journals of runs are.
    Project(&'c Claim<'s>),
}

/// Returns a problem for every dataset that conflicts with another, or with the project, where one of both is written.
pub(crate) fn overlapping(project: &Project, opened: &BTreeMap<String, StoredDataset>) -> Vec<Problem> {
    let graph = project.pipeline();
    let resolved = graph.graph();
    let claim = |dataset| {
        let format = resolved.find_format(StoredDataset::name(dataset));
        let is_written = format.is_some_and(|format| resolved.is_written(format));
        claim(dataset, format.map(|format| resolved[format].dataset), is_written)
    };
    // Reads and writes of a descriptor are told apart by its other end.
    let is_place = |dataset: &&StoredDataset| !is_descriptor(dataset);
    let mut claims: Vec<_> = opened.values().filter(is_place).map(claim).collect();
    claims.sort_by(|a, b| a.address.cmp(&b.address));
    let home = Address::of_folder(project.directory());
    find(&claims, &home).into_iter().map(|overlap| overlap.problem(graph)).collect()
}

fn is_descriptor(dataset: &StoredDataset) -> bool {
    let is_one = |whole: &Dataset, direction| whole.descriptor(direction).is_some();
    dataset.whole().is_some_and(|whole| is_one(whole, Direction::Read) || is_one(whole, Direction::Write))
}

fn claim(dataset: &StoredDataset, of: Option<DatasetId>, is_written: bool) -> Claim<'_> {
    Claim { dataset, of, address: dataset.address(), is_written }
}

/// Returns all overlaps of claims that are sorted by their addresses: everything within a root follows it.
fn find<'c, 's>(claims: &'c [Claim<'s>], home: &Address) -> Vec<Overlap<'c, 's>> {
    let mut overlaps = Vec::new();
    let mut around: Vec<Root<'c, 's>> = Vec::new();
    let mut file: Option<&'c [Claim<'s>]> = None;
    for here in claims.chunk_by(|a, b| a.address == b.address) {
        let address = &here[0].address;
        while around.pop_if(|root| address.below(root.address).is_none()).is_some() {}
        overlaps.extend(same(here));
        // The innermost root is the one that is meant.
        overlaps.extend(here.iter().filter_map(|claim| around.iter().rev().find_map(|root| root.overlap(claim))));
        overlaps.extend(here.iter().find(|claim| claim.is_in_project(home)).map(Overlap::Project));
        // Claims below a file follow it, and can only be tables.
        file = file.filter(|file| address.below(&file[0].address).is_some());
        overlaps.extend(file.into_iter().flatten().flat_map(|file| {
            let tables = here.iter().filter(move |table| table.is_written || file.is_written);
            tables.filter(|table| table.is_table()).map(move |table| Overlap::InFile(table, file))
        }));
        if here.iter().any(Claim::is_file) {
            file = Some(here);
        }
        around.extend(Root::of(here));
    }
    overlaps
}

/// Returns the overlaps of claims at one place. Formats of one dataset do not overlap.
fn same<'c, 's>(here: &'c [Claim<'s>]) -> impl Iterator<Item = Overlap<'c, 's>> {
    let written = here.iter().find(|claim| claim.is_written);
    let others = here.iter().filter(move |claim| written.is_some_and(|written| claim.of != written.of));
    others.filter_map(move |other| Some(Overlap::Same(written?, other)))
}

impl<'s> Claim<'s> {
    /// Returns true if it is one local file.
    fn is_file(&self) -> bool {
        self.dataset.whole().is_some_and(|whole| whole.path().is_some() && !whole.is_versioned())
    }

    /// Returns true if it has no file of its own, but a place in one.
    fn is_table(&self) -> bool {
        self.dataset.whole().is_some_and(|whole| whole.path().is_none())
    }

    fn suffix(&self) -> Option<&'s str> {
        match self.dataset {
            StoredDataset::Set(set) => Some(set.suffix()),
            StoredDataset::Whole(_) => None,
        }
    }

    /// Returns true if an object of it at `name` may end with `suffix`, and so be a partition of a set around it.
    fn may_end_with(&self, suffix: &str, name: &str) -> bool {
        match self.dataset {
            StoredDataset::Set(set) => set.suffix().ends_with(suffix) || suffix.ends_with(set.suffix()),
            StoredDataset::Whole(dataset) if dataset.is_versioned() => {
                format!("{name}/version/{}", self.address.name()).ends_with(suffix)
            }
            StoredDataset::Whole(_) => name.len() > suffix.len() && name.ends_with(suffix),
        }
    }

    /// Returns true if it is written among the journals, or is a set whose commits would remove them: they are in the
    /// project's own folder.
    fn is_in_project(&self, home: &Address) -> bool {
        let is_within = || {
            let below = self.address.below(home);
            below.is_some_and(|name| {
                let mut parts = name.split('/');
                let is_own = parts.next() == Some(OWN);
                // Runs whose parts are processes keep datasets there.
                is_own && !(parts.next() == Some("tasks") && parts.nth(1) == Some("data"))
            })
        };
        self.is_written && (is_within() || self.suffix().is_some() && self.address == *home)
    }
}

impl<'c, 's> Root<'c, 's> {
    /// Returns the root of the sets among claims at one place.
    fn of(here: &'c [Claim<'s>]) -> Option<Self> {
        let mut by_suffix = BTreeMap::new();
        for claim in here {
            let Some(suffix) = claim.suffix() else { continue };
            let (_, written) = by_suffix.entry(suffix).or_insert((claim, None));
            if claim.is_written {
                written.get_or_insert(claim);
            }
        }
        (!by_suffix.is_empty()).then(|| Self { address: &here[0].address, by_suffix })
    }

    /// Returns the conflict between a claim within this root and its sets.
    fn overlap(&self, claim: &'c Claim<'s>) -> Option<Overlap<'c, 's>> {
        let name = claim.address.below(self.address)?;
        let mut parts = name.split('/');
        if parts.next() == Some(OWN) {
            let written = self.by_suffix.values().find_map(|(_, written)| *written);
            return written.map(|set| Overlap::AmongOwn(claim, set));
        }
        if parts.any(|part| part == OWN) {
            return None;
        }
        let mut fitting = self.by_suffix.iter().filter(|(suffix, _)| claim.may_end_with(suffix, &name));
        let set = fitting.find_map(|(_, (first, written))| if claim.is_written { Some(*first) } else { *written });
        set.map(|set| Overlap::Within(claim, set))
    }
}

impl Overlap<'_, '_> {
    fn problem(&self, graph: &Pipeline) -> Problem {
        let of = |claim: &Claim<'_>| format!("`{}` (`{}`)", claim.dataset.name(), claim.dataset.location());
        let (about, other, message, help) = match self {
            Self::Same(written, other) => (
                other,
                Some(written),
                format!("{} and {} are one place, and {}", of(other), of(written), writers(graph, [other, written])),
                "give each dataset a place of its own; formats of one dataset are called `name@format`",
            ),
            Self::Within(inner, set) => {
                let what = match inner.dataset {
                    StoredDataset::Set(_) => "its partitions could be taken for partitions of that",
                    StoredDataset::Whole(_) => "it could be taken for a partition of that",
                };
                let (inner_shown, set_shown, writers) = (of(inner), of(set), writers(graph, [inner, set]));
                (
                    inner,
                    Some(set),
                    format!("{inner_shown} lies within the set {set_shown}, {what}, and {writers}"),
                    "move one of them elsewhere, or tell their names apart by a `suffix` of the sets",
                )
            }
            Self::AmongOwn(inner, set) => (
                inner,
                Some(set),
                format!("{} lies in `{OWN}` of the set {}, which is emptied when that is written", of(inner), of(set)),
                "move it out of there",
            ),
            Self::InFile(table, file) => (
                table,
                Some(file),
                format!("{} lies within the file {}, and {}", of(table), of(file), writers(graph, [table, file])),
                "a database is read and written as tables, or as a file: give one of them a place of its own",
            ),
            Self::Project(claim) => {
                let (message, help) = match claim.dataset {
                    StoredDataset::Set(_) => (
                        format!(
                            "the set {} is where the manifest's own `{OWN}` is, and writing it would remove the journals of \
                             runs",
                            of(claim)
                        ),
                        "store it in another folder, such as one below the manifest's",
                    ),
                    StoredDataset::Whole(_) => (
                        format!("{} would be written into `{OWN}`, where journals are", of(claim)),
                        "store it elsewhere",
                    ),
                };
                (claim, None, message, help)
            }
        };
        let key = |claim: &Claim<'_>| place_key(graph, claim.dataset.name());
        let name = about.dataset.name();
        let problem = graph.dataset_problem(name, Some(key(about)), message, Some(help.to_owned()));
        match other {
            Some(other) => graph.also_of_dataset(problem, other.dataset.name(), Some(key(other))),
            None => problem,
        }
    }
}

/// Returns "node `a` writes `x`", and the same of the other.
fn writers(graph: &Pipeline, claims: [&Claim<'_>; 2]) -> String {
    let written = claims.into_iter().filter(|claim| claim.is_written).filter_map(|claim| {
        let name = claim.dataset.name();
        let node = graph.dataset(name)?.producer.as_ref()?;
        Some(format!("node `{node}` writes `{name}`"))
    });
    written.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wpipe_buffer::Transports;
    use wpipe_catalog::{Catalog, Entry, Location, Partitioned};

    use super::*;

    const SUFFIXES: [&str; 4] = ["", ".a", "/x.a", ".b"];
    const PARTS: [&str; 5] = ["a", "x.a", "x.b", "a-", OWN];

    fn any<'t>(random: &mut fastrand::Rng, all: &[&'t str]) -> &'t str {
        all[random.usize(..all.len())]
    }

    /// Generates a set or a file somewhere.
    fn stored(random: &mut fastrand::Rng, catalog: &Catalog, index: usize) -> StoredDataset {
        let path: Vec<_> = (0..random.usize(1..4)).map(|_| any(random, &PARTS)).collect();
        let entry = Entry::new(format!("d{index}"), "text", Location::Path(path.join("/")));
        if random.bool() {
            return StoredDataset::Whole(catalog.open(&entry).expect("a right entry"));
        }
        let suffix = any(random, &SUFFIXES).to_owned();
        let partitioned = Some(Partitioned { suffix, ..Partitioned::default() });
        StoredDataset::Set(catalog.open_set(&Entry { partitioned, ..entry }).expect("a right entry"))
    }

    /// Returns true if `inner`, which is elsewhere, must not be in its place for `set`, by the words of the rule.
    fn is_in_the_way(inner: &Claim<'_>, set: &Claim<'_>) -> bool {
        let (Some(name), Some(suffix)) = (inner.address.below(&set.address), set.suffix()) else { return false };
        let own = name.split('/').position(|part| part == OWN);
        let may_be_taken = match inner.suffix() {
            Some(of_inner) => of_inner.ends_with(suffix) || suffix.ends_with(of_inner),
            None => name != suffix && name.ends_with(suffix),
        };
        match own {
            Some(0) => set.is_written,
            Some(_) => false,
            None => (inner.is_written || set.is_written) && may_be_taken,
        }
    }

    #[test]
    fn looking_at_what_is_around_finds_what_comparing_each_with_each_does() {
        let catalog = Catalog::new("/nowhere", &Transports::detect());
        let home = Address::of_folder(std::path::Path::new("/elsewhere"));
        let (mut random, mut found) = (fastrand::Rng::with_seed(7), 0);
        for _ in 0..2000 {
            let all: Vec<_> = (0..random.usize(2..8)).map(|index| stored(&mut random, &catalog, index)).collect();
            let written: BTreeSet<&str> = all.iter().map(StoredDataset::name).filter(|_| random.u8(..3) == 0).collect();
            let mut claims: Vec<_> = all
                .iter()
                .enumerate()
                .map(|(index, dataset)| claim(dataset, Some(index.into()), written.contains(dataset.name())))
                .collect();
            claims.sort_by(|a, b| a.address.cmp(&b.address));
            let (mut within, mut same) = (BTreeSet::new(), BTreeSet::new());
            for overlap in find(&claims, &home) {
                match overlap {
                    Overlap::Same(written, other) => {
                        assert!(written.is_written && written.address == other.address);
                        same.extend([written.dataset.name(), other.dataset.name()]);
                    }
                    Overlap::Within(inner, set) | Overlap::AmongOwn(inner, set) => {
                        assert!(is_in_the_way(inner, set));
                        assert!(within.insert(inner.dataset.name()), "each is told once");
                    }
                    Overlap::InFile(..) => panic!("there is no table"),
                    Overlap::Project(_) => panic!("it is elsewhere"),
                }
            }
            let (mut expected_within, mut expected_same) = (BTreeSet::new(), BTreeSet::new());
            for one in &claims {
                for other in claims.iter().filter(|other| other.dataset.name() != one.dataset.name()) {
                    if is_in_the_way(one, other) {
                        expected_within.insert(one.dataset.name());
                    }
                    let is_any_written = claims.iter().any(|of| of.address == one.address && of.is_written);
                    if one.address == other.address && is_any_written {
                        expected_same.insert(one.dataset.name());
                    }
                }
            }
            found += within.len() + same.len();
            assert_eq!((within, same), (expected_within, expected_same));
        }
        assert!(found > 500, "{found}");
    }
}
