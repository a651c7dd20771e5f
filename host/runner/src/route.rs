//! The way of a dataset from its maker to storage and to its readers: a pure rule, the same for plans and runs.

use wpipe_buffer::Readers;
use wpipe_pipeline::{FormatId, Persist, ResolvedGraph, Role};

use crate::schedule::Transfer;

/// What is known of a dataset before anything runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Whether it has a place in storage.
    pub is_stored: bool,
    /// Whether a node of the run makes it.
    pub is_made: bool,
    /// Whether no node of the run reads it.
    pub is_final: bool,
    /// Whether a node reads it in another format than it is written in.
    pub has_twin: bool,
    /// Its own mode of persistence, if it has one.
    pub persist: Option<Persist>,
    /// Whether its readers must get what is in storage.
    pub reload: bool,
}

impl Facts {
    /// Returns what the graph says of a dataset in one of its formats.
    pub fn of(graph: &ResolvedGraph, format: FormatId) -> Self {
        let stored = graph[format].stored.as_ref();
        Self {
            is_stored: stored.is_some(),
            is_made: graph.is_written(format),
            is_final: graph.dataset_of(format).role == Role::FinalOutput,
            has_twin: graph.has_twin(format),
            persist: stored.and_then(|stored| stored.persist),
            reload: stored.is_some_and(|stored| stored.reload),
        }
    }
}

/// Who reads what a multipipeline makes of a dataset, partition by partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartitionReaders {
    /// Whether a node of the multipipeline reads them that is called when all those of a slice have been made.
    pub by_slice: bool,
    /// Whether somebody wants all of them behind the barrier: a node, or whoever called the run.
    pub behind_barrier: bool,
}

/// The way that a dataset takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// How it is saved and loaded.
    pub persist: Persist,
    /// Whether it is saved when it has been made.
    pub is_saved: bool,
    /// Whether its readers get what is in storage rather than the buffer.
    pub reloads: bool,
}

impl Route {
    /// The way of a dataset in a run whose mode is `persist`.
    pub fn of(facts: Facts, persist: Persist) -> Self {
        let persist = facts.persist.unwrap_or(persist);
        let reloads = facts.is_stored && facts.is_made && (facts.reload || persist.reloads());
        let must_save = persist != Persist::Off || facts.is_final || facts.reload || facts.has_twin;
        Self { persist, is_saved: facts.is_stored && facts.is_made && must_save, reloads }
    }

    /// Of what a multipipeline makes: whether its partitions stay in memory to be read later. Each one's readers that are
    /// called with its maker get it on its own in any case.
    pub fn collects(&self, readers: PartitionReaders) -> bool {
        readers.by_slice && !self.reloads || readers.behind_barrier && !self.reloads_behind_barrier()
    }

    /// Of what a multipipeline makes: whether readers behind its barrier get what is in storage. So it is with all that is
    /// saved: nobody can tell how many partitions there are, and memory need not hold them all.
    pub fn reloads_behind_barrier(&self) -> bool {
        self.is_saved
    }

    /// How the loads and saves of a node relate to the node.
    pub(crate) fn transfer(&self) -> Transfer {
        match self.persist {
            Persist::Tee | Persist::Off => Transfer::Background,
            Persist::Sync | Persist::Cache => Transfer::InTurn,
            Persist::Async | Persist::CacheAsync => Transfer::Together,
        }
    }

    /// Who needs the buffer, given how many nodes read it, and whether somebody wants it at the end of the run.
    pub fn readers(&self, consumers: usize, is_kept: bool) -> Readers {
        if consumers <= 1 && !self.is_saved && !is_kept { Readers::One } else { Readers::Several }
    }
}
