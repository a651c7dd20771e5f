//! Signals that end the program: Ctrl-C, and what `timeout`, `docker stop`, a machine that shuts down (SIGTERM) and a
//! terminal that goes away (SIGHUP) send.
//!
//! | | before a run has begun | during a run |
//! |---|---|---|
//! | first Ctrl-C | at once | when what was made is saved |
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

/// How long saves may go on after SIGTERM. Those who send it often kill after ten seconds.
const GRACE: Duration = Duration::from_secs(5);
/// How long the run then has for its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// What shells add to the number of the signal that ended a program.
const BY_SIGNAL: i32 = 128;

/// Those that have come, and what they end.
#[derive(Clone, Default)]
pub(crate) struct Signals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    run: Option<Ends>,
    received: Option<i32>,
}

/// How a run is ended.
#[derive(Clone, Default)]
pub(crate) struct Ends {
    /// In good order.
    pub(crate) cancel: Arc<AtomicBool>,
    /// Without what is not saved by then.
    pub(crate) abandon: Arc<AtomicBool>,
}

impl Signals {
    /// Waits for signals from now on.
    pub(crate) fn listen() -> Self {
        let signals = Self::default();
        let listening = signals.clone();
        let begun = Incoming::new(ending()).and_then(|mut incoming| {
            let listen = move || incoming.forever().for_each(|signal| listening.receive(signal));
            thread::Builder::new().name("wpipe-signals".into()).spawn(listen)
        });
        // Whoever is about to write more than `ulimit -f` allows is to hear of it as of a full disk, and not to be killed.
        let heard = flag::register(SIGXFSZ, Arc::default()).map(drop);
        if let Err(error) = begun.and(heard) {
            warn(&format!("an interrupt will end the run at once: {error}"));
        }
        signals
    }

    /// From here on, the first signal ends a run.
    pub(crate) fn end_run_by(&self, ends: Ends) {
        self.state().run = Some(ends);
    }

    /// The exit code of what the first signal has ended, if one has come.
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

/// Ends a run before whoever has sent the signal kills it.
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

/// The signals that are listened to. Who has started the program with `nohup` does not want it to end with the terminal.
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
