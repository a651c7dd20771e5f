//! The way of a dataset from its maker to storage and to its readers: a pure rule, the same for plans and runs.

use wpipe_buffer::Readers;
use wpipe_pipeline::{FormatId, Persist, ResolvedGraph, Role};

use crate::schedule::Transfer;

/// The facts about a dataset that are known before anything runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// True if it has a place in storage.
    pub is_stored: bool,
    /// True if a node of the run makes it.
    pub is_made: bool,
    /// True if no node of the run reads it.
    pub is_final: bool,
    /// True if a node reads it in another format than it is written in.
    pub has_twin: bool,
    /// Its own mode of persistence, if it has one.
    pub persist: Option<Persist>,
    /// True if its readers must get the stored content.
    pub reload: bool,
    /// True if the run has a shared store.
    pub has_store: bool,
}

impl Facts {
    /// Returns the graph's facts about a dataset in one of its formats.
    pub fn of(graph: &ResolvedGraph, format: FormatId) -> Self {
        let stored = graph[format].stored.as_ref();
        Self {
            is_stored: stored.is_some(),
            is_made: graph.is_written(format),
            is_final: graph.dataset_of(format).role == Role::FinalOutput,
            has_twin: graph.has_twin(format),
            persist: stored.and_then(|stored| stored.persist),
            reload: stored.is_some_and(|stored| stored.reload),
            has_store: false,
        }
    }
}

/// The readers of a dataset that a multipipeline makes, partition by partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionReaders {
    /// True if they are read by a node of the multipipeline that is called when all those of a slice have been made.
    pub by_slice: bool,
    /// True if all of them are wanted behind the barrier: by a node, or by the caller of the run.
    pub behind_barrier: bool,
}

/// The way that a dataset takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The way in which it is saved and loaded.
    pub persist: Persist,
    /// True if it is saved when it has been made.
    pub is_saved: bool,
    /// True if its readers get the stored content rather than the buffer.
    pub reloads: bool,
    /// True if it is kept in the shared store for later processes when it has been made.
    pub is_shared: bool,
}

impl Route {
    /// Returns the way of a dataset in a run whose mode is `persist`.
    pub fn of(facts: Facts, persist: Persist) -> Self {
        let persist = facts.persist.unwrap_or(persist);
        let reloads = facts.is_stored && facts.is_made && (facts.reload || persist.reloads());
        let must_save = persist != Persist::Off || facts.is_final || facts.reload || facts.has_twin;
        let is_shared = facts.has_store && facts.is_made;
        Self { persist, is_saved: facts.is_stored && facts.is_made && must_save, reloads, is_shared }
    }

    /// Returns true if something is owed when it has been made: that it is saved, shared, or both.
    pub fn is_kept(&self) -> bool {
        self.is_saved || self.is_shared
    }

    /// Returns true if the partitions of a multipipeline's dataset stay in memory to be read later. Readers that are
    /// called with a partition's maker get the partition on its own in any case.
    pub fn collects(&self, readers: PartitionReaders) -> bool {
        readers.by_slice && !self.reloads || readers.behind_barrier && !self.reloads_behind_barrier()
    }

    /// Returns true if readers behind the barrier of a multipipeline get the stored dataset. This holds for every saved
    /// one: its number of partitions is unknown, and memory need not hold them all.
    pub fn reloads_behind_barrier(&self) -> bool {
        self.is_saved
    }

    /// Returns how the loads and saves of a node relate to the node.
    pub(crate) fn transfer(&self) -> Transfer {
        match self.persist {
            _ if self.is_shared && !self.is_saved => Transfer::Background,
            Persist::Tee | Persist::Off => Transfer::Background,
            Persist::Sync | Persist::Cache => Transfer::InTurn,
            Persist::Async | Persist::CacheAsync => Transfer::Together,
        }
    }

    /// Returns the readers of the buffer, by the number of nodes that read it and whether it is wanted at the end of
    /// the run.
    pub fn readers(&self, consumers: usize, is_kept: bool) -> Readers {
        if consumers <= 1 && !self.is_kept() && !is_kept { Readers::One } else { Readers::Several }
    }
}
