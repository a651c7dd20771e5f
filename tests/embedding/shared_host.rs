//! Runs that share a host share its threads, and nothing else.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use wpipe::{CancelToken, Error, Event, Record, Runner, Table};

use super::{DOUBLE_AND_SUM, host, load, numbers};

const TWO: Runner = Runner::Parallel { workers: NonZero::<usize>::MIN.saturating_add(1) };

/// Nodes that depend on nothing, so that as many run at once as may.
fn independent(nodes: usize) -> String {
    let node = |node| format!("[nodes.n{node}]\nuses = \"good/talks\"\noutputs = [\"d{node}\"]\n");
    (0..nodes).map(node).collect()
}

#[test]
fn each_of_two_runs_at_once_keeps_to_its_own_workers() {
    let pipeline = load(&host(), &independent(8));
    let both = Barrier::new(2);
    let run = || {
        let (running, most) = (AtomicUsize::new(0), Arc::<AtomicUsize>::default());
        let seen = most.clone();
        both.wait();
        let count = move |record: &Record| match record.event {
            Event::NodeStarted { .. } => {
                seen.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            }
            Event::NodeCompleted { .. } => drop(running.fetch_sub(1, Ordering::SeqCst)),
            _ => {}
        };
        let result = pipeline.run().runner(TWO).observe(count).execute().unwrap();
        (result.report().completed.len(), most.load(Ordering::SeqCst))
    };
    let results = thread::scope(|scope| {
        let other = scope.spawn(run);
        [run(), other.join().unwrap()]
    });
    assert_eq!(results, [(8, 2), (8, 2)]);
}

#[test]
fn a_run_that_is_cancelled_takes_no_other_with_it() {
    let host = host();
    let endless = load(
        &host,
        "[nodes.a]\nuses = \"hostile/endless_loop\"\ninputs = [\"blob\"]\noutputs = [\"x\"]\n\
         [nodes.b]\nuses = \"hostile/endless_loop\"\ninputs = [\"blob\"]\noutputs = [\"y\"]\n",
    );
    let other = load(&host, DOUBLE_AND_SUM);
    let (cancel, has_begun) = (CancelToken::new(), Arc::new(Barrier::new(2)));
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            let (started, begun) = (AtomicUsize::new(0), has_begun.clone());
            let tell = move |record: &Record| {
                if matches!(record.event, Event::NodeStarted { .. }) && started.fetch_add(1, Ordering::SeqCst) == 1 {
                    begun.wait();
                }
            };
            endless.run().runner(TWO).input("blob", &b"x".to_vec()).cancel(cancel.clone()).observe(tell).execute()
        });
        has_begun.wait();
        let result = other.run().runner(TWO).input("numbers", &numbers(vec![1.0])).input("values", &vec![2.0]);
        assert_eq!(result.execute().unwrap().output::<f64>("total").unwrap(), 2.0);
        cancel.cancel();
        let Error::Run(failure) = run.join().unwrap().unwrap_err() else { panic!("the run was cancelled") };
        assert!(failure.is_interrupted());
    });
}

#[test]
fn a_host_runs_on_after_a_panic_within_a_call() {
    let pipeline = load(&host(), &independent(4));
    let panicking = |record: &Record| assert!(!matches!(record.event, Event::Log { .. }), "on purpose");
    for runner in [Runner::Sequential, TWO] {
        let Error::Run(failure) = pipeline.run().runner(runner).observe(panicking).execute().unwrap_err() else {
            panic!("the run failed")
        };
        assert!(failure.errors[0].to_string().contains("which is a defect of wpipe"), "{}", failure.errors[0]);
        assert_eq!(pipeline.run().runner(runner).execute().unwrap().report().completed.len(), 4);
    }
}

#[test]
fn a_pipeline_outlives_its_host() {
    let pipeline = load(&host(), DOUBLE_AND_SUM);
    let result = pipeline.run().runner(TWO).input("numbers", &numbers(vec![1.5])).input("values", &vec![1.0]);
    assert_eq!(result.execute().unwrap().output::<Table>("doubled").unwrap().column::<f64>("x").unwrap(), [3.0]);
}

#[test]
fn nothing_of_a_run_is_held_when_it_returns() {
    let pipeline = load(&host(), &independent(4));
    let observed = Arc::new(());
    for _ in 0..50 {
        let held = observed.clone();
        pipeline.run().runner(TWO).observe(move |_: &Record| drop(held.clone())).execute().unwrap();
        assert_eq!(Arc::strong_count(&observed), 1, "a worker still holds the observer");
    }
}
