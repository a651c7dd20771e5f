//! Waiting for work on another thread: without the GIL, and so that Ctrl-C is heard.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// The longest time that Ctrl-C may go unnoticed.
const POLL: Duration = Duration::from_millis(20);

/// A message of work under way to the thread that waits for it.
enum Message<T> {
    Line(String),
    Done(T),
}

/// Says lines to the thread that waits.
pub(crate) struct Lines<T>(Sender<Message<T>>);

impl<T> Clone for Lines<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Lines<T> {
    pub(crate) fn say(&self, line: String) {
        // Nobody listens any more once the work is done.
        let _ = self.0.send(Message::Line(line));
    }
}

/// Does `work` on a thread of its own, and waits for it. Each line that it says is `heard` on this thread, which has the GIL
/// then. An exception, of a signal's handler or of what hears a line, is kept until the work ends; `end` is told each time,
/// to end it sooner.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(Lines<T>) -> T + Send,
    mut heard: impl FnMut(Python<'_>, String) -> PyResult<()> + Send,
    mut end: impl FnMut(Python<'_>, &PyErr) + Send,
) -> (T, Option<PyErr>) {
    let mut raised = None;
    let done = py.detach(|| {
        let (sender, messages) = mpsc::channel();
        thread::scope(|scope| {
            let working = scope.spawn(move || {
                let done = work(Lines(sender.clone()));
                let _ = sender.send(Message::Done(done));
            });
            loop {
                let message = messages.recv_timeout(POLL);
                if matches!(message, Err(RecvTimeoutError::Disconnected)) {
                    break;
                }
                let heard = Python::attach(|py| match message {
                    Ok(Message::Done(done)) => Ok(Some(done)),
                    Ok(Message::Line(line)) if raised.is_none() => heard(py, line).map(|()| None),
                    Ok(Message::Line(_)) => Ok(None),
                    Err(_) => py.check_signals().map(|()| None),
                });
                match heard {
                    Ok(Some(done)) => return done,
                    Ok(None) => {}
                    Err(error) => {
                        Python::attach(|py| end(py, &error));
                        raised.get_or_insert(error);
                    }
                }
            }
            // It has ended without saying so: what it panicked with goes on from here.
            match working.join() {
                Err(panic) => resume_unwind(panic),
                Ok(()) => unreachable!("work says when it is done"),
            }
        })
    });
    (done, raised)
}
