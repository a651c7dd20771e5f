//! A run from its manifest to its record, as a program makes it that does not know the command.

use std::fs;
use std::num::NonZero;

use tempfile::TempDir;
use wpipe::{CancelToken, Error, Event, History, NextStep, Record, Run, RunState, Runner, Selection, Session};
use wpipe_tests::guest;

/// A project: `in ─► a ─► mid ─► b ─► out`, all in storage.
fn project() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[pipeline]\nname = \"test\"\n[components.good]\npath = {:?}\n\
         [nodes.a]\nuses = \"good/upper\"\ninputs = [\"in\"]\noutputs = [\"mid\"]\n\
         [nodes.b]\nuses = \"good/pass_text\"\ninputs = [\"mid\"]\noutputs = [\"out\"]\n[datasets]\n\
         in = {{ type = \"text\", path = \"in.txt\" }}\nmid = {{ type = \"text\", path = \"mid.txt\" }}\n\
         out = {{ type = \"text\", path = \"out.txt\" }}\n",
        guest("well_behaved")
    );
    fs::write(directory.path().join("pipeline.toml"), manifest).unwrap();
    fs::write(directory.path().join("in.txt"), "hello").unwrap();
    directory
}

fn session(project: &TempDir) -> Session {
    Session::new(project.path().join("pipeline.toml")).runner(Runner::Sequential)
}

/// The same run, which is interrupted when `a` has completed.
fn interrupted_behind_a(run: Run<'_>) -> Run<'_> {
    let token = CancelToken::new();
    run.cancel(token.clone()).observe(move |record: &Record| {
        if matches!(record.event, Event::NodeCompleted { .. }) {
            token.cancel();
        }
    })
}

#[test]
fn a_run_is_interrupted_resumed_and_then_made_incrementally() -> Result<(), Error> {
    let (project, host) = (project(), crate::host());

    let whole = session(&project).select(&Selection::default())?.build()?.load(&host)?;
    let interrupted = whole.run(interrupted_behind_a)?;
    assert!(interrupted.failure().is_some_and(|failure| failure.is_interrupted()));
    assert!(matches!(interrupted.next_step(), NextStep::Resume { from, .. } if from == &["b"]));

    let resumed = session(&project).resume(None)?.build()?.load(&host)?.run(|run| run)?;
    assert_eq!(resumed.report().unwrap().completed, ["b"]);
    assert_eq!(fs::read_to_string(project.path().join("out.txt")).unwrap(), "HELLO");

    let incremental = || session(&project).select(&Selection::default())?.incremental().build()?.load(&host);
    assert_eq!(incremental()?.run(|run| run)?.report().unwrap().completed, ["a", "b"]);
    assert!(incremental()?.run(|run| run)?.report().is_none(), "all results are there");

    let (runs, _) = History::of(project.path()).all()?;
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Interrupted, RunState::Completed, RunState::Completed]);
    Ok(())
}

#[test]
fn without_a_journal_the_next_step_is_a_selection_that_runs() -> Result<(), Error> {
    let (project, host) = (project(), crate::host());
    let whole = session(&project).without_journal().select(&Selection::default())?.build()?.load(&host)?;
    let interrupted = whole.run(interrupted_behind_a)?;
    let NextStep::Select { selection, .. } = interrupted.next_step() else { panic!("{interrupted:?}") };
    let rest = session(&project).select(selection)?.already_built()?.load(&host)?.run(|run| run)?;
    assert_eq!(rest.report().unwrap().completed, ["b"]);
    assert_eq!(History::of(project.path()).ids()?.len(), 1, "only the second has kept one");
    Ok(())
}

#[test]
fn what_an_incremental_run_was_decided_for_is_what_it_is_made_with() -> Result<(), Error> {
    let (project, host) = (project(), crate::host());
    let whole = session(&project).select(&Selection::default())?.incremental().build()?.load(&host)?;
    let workers = NonZero::new(7).unwrap();
    let refused = whole.run(|run| run.runner(Runner::Parallel { workers })).unwrap_err();
    assert!(refused.to_string().contains("to the `Session`"), "{refused}");
    assert!(!project.path().join("mid.txt").exists());
    Ok(())
}

#[test]
fn an_incremental_run_that_fails_records_what_it_has_made() -> Result<(), Error> {
    let (project, host) = (project(), crate::host());
    let incremental = || session(&project).select(&Selection::default())?.incremental().build()?.load(&host);
    incremental()?.run(interrupted_behind_a)?;
    assert_eq!(incremental()?.run(|run| run)?.report().unwrap().completed, ["b"]);
    Ok(())
}

#[test]
fn where_nothing_is_missing_nothing_runs_and_no_journal_is_kept() -> Result<(), Error> {
    let (project, host) = (project(), crate::host());
    fs::write(project.path().join("mid.txt"), "HELLO").unwrap();
    fs::write(project.path().join("out.txt"), "HELLO").unwrap();
    let part = session(&project).select(&Selection::default())?.only_missing_outputs()?;
    assert!(part.project().is_none());
    let finished = part.build()?.load(&host)?.run(|_| panic!("nothing is to be set up"))?;
    assert_eq!((finished.next_step(), finished.report().is_none()), (&NextStep::Nothing, true));
    assert!(finished.into_result()?.is_none());
    assert_eq!(History::of(project.path()).ids()?.len(), 0);
    Ok(())
}
