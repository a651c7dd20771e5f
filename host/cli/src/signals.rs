//! Signals that end the program: Ctrl-C; SIGTERM, from `timeout`, `docker stop` or a machine that shuts down; and
//! SIGHUP, from a terminal that goes away.
//!
//! | | before a run has begun | during a run |
//! |---|---|---|
//! | first Ctrl-C | at once | when all results are saved |
//! | SIGTERM, SIGHUP | at once | the same, but saves have [`GRACE`] |
//! | any second one | | at once |

use std::fs;
use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals as Incoming;

use crate::terminal::{note, warn};

/// The time that saves may go on after SIGTERM. Its senders often kill after ten seconds.
const GRACE: Duration = Duration::from_secs(5);
/// The time that the run then has for its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The number that shells add to the signal that ended a program.
const BY_SIGNAL: i32 = 128;

/// The signals that have come, and the runs they end.
#[derive(Clone, Default)]
pub(crate) struct Signals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    run: Option<Ends>,
    received: Option<i32>,
}

/// The two ways to end a run.
#[derive(Clone, Default)]
pub(crate) struct Ends {
    /// Ends it in good order.
    pub(crate) cancel: Arc<AtomicBool>,
    /// Ends it without the datasets that are not saved by then.
    pub(crate) abandon: Arc<AtomicBool>,
}

impl Signals {
    /// Listens for signals from now on.
    pub(crate) fn listen() -> Self {
        let signals = Self::default();
        let listening = signals.clone();
        let begun = Incoming::new(ending()).and_then(|mut incoming| {
            let listen = move || incoming.forever().for_each(|signal| listening.receive(signal));
            thread::Builder::new().name("wpipe-signals".into()).spawn(listen)
        });
        // A write of more than `ulimit -f` allows has to fail like one to a full disk, and not kill the program.
        let heard = flag::register(SIGXFSZ, Arc::default()).map(drop);
        if let Err(error) = begun.and(heard) {
            warn(&format!("an interrupt will end the run at once: {error}"));
        }
        signals
    }

    /// Lets the first signal from now on end a run.
    pub(crate) fn end_run_by(&self, ends: Ends) {
        self.state().run = Some(ends);
    }

    /// Returns the exit code for the first signal, if one has come.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        self.state().received.map(code)
    }

    fn receive(&self, signal: i32) {
        let mut state = self.state();
        let is_first = state.received.is_none();
        state.received.get_or_insert(signal);
        match &state.run {
            Some(ends) if is_first => {
                ends.cancel.store(true, Ordering::Relaxed);
                if signal != SIGINT {
                    end_soon(ends.clone(), signal);
                }
            }
            Some(_) => end(signal, ""),
            None => end(signal, " before anything ran"),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn code(signal: i32) -> u8 {
    // Numbers of signals are small.
    (BY_SIGNAL + signal) as u8
}

/// Ends a run before the sender of the signal kills it.
fn end_soon(ends: Ends, signal: i32) {
    let waiting = move || {
        thread::sleep(GRACE);
        ends.abandon.store(true, Ordering::Relaxed);
        thread::sleep(LAST_WORDS);
        end(signal, "");
    };
    note(&format!("terminated: what is being saved has {} seconds", GRACE.as_secs()));
    if thread::Builder::new().name("wpipe-deadline".into()).spawn(waiting).is_err() {
        end(signal, "");
    }
}

/// Ends the program at once. Processes that compile components for this one end with it.
fn end(signal: i32, when: &str) -> ! {
    wpipe::build::stop();
    let word = if signal == SIGINT { "interrupted" } else { "terminated" };
    note(&format!("{word}{when}"));
    process::exit(code(signal).into());
}

/// Returns the signals to listen for. A program started with `nohup` must not end with the terminal.
fn ending() -> Vec<i32> {
    let mut signals = vec![SIGINT, SIGTERM];
    if !is_ignored(SIGHUP).unwrap_or_default() {
        signals.push(SIGHUP);
    }
    signals
}

fn is_ignored(signal: i32) -> io::Result<bool> {
    let status = fs::read_to_string("/proc/self/status")?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    Ok(mask & (1 << (signal - 1)) != 0)
}
