//! Worker threads, which outlive a run: starting one takes longer than many a call.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io, thread};

/// The time for which a thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// Something that a worker does.
type Work = Box<dyn FnOnce() + Send>;

/// Threads that work for every caller, as many as are busy at once: a run bounds its own calls. A clone is another
/// handle to the same; when the last handle is gone, idle threads end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workers(Arc<Owner>);

/// Closes the queue when the last handle is gone.
#[derive(Debug, Default)]
struct Owner(Arc<Queue>);

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    has_changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    /// Threads that wait for work.
    idle: usize,
    /// Threads in total.
    threads: usize,
    is_closed: bool,
}

impl Workers {
    /// Runs `work` on a thread: an idle one, or else a new one.
    ///
    /// # Errors
    ///
    /// Fails if the system has no thread left; nothing is done then.
    pub(crate) fn begin(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let queue = &self.0.0;
        let mut state = queue.state();
        if state.waiting.len() < state.idle {
            state.waiting.push_back(Box::new(work));
            drop(state);
            queue.has_changed.notify_one();
            return Ok(());
        }
        let own = queue.clone();
        let thread = thread::Builder::new().name(format!("wpipe-worker-{}", state.threads));
        thread.spawn(move || own.serve(Box::new(work)))?;
        state.threads += 1;
        Ok(())
    }
}

impl Queue {
    /// Does `first` and all later work, until none has come for a while.
    fn serve(&self, first: Work) {
        let mut next = Some(first);
        while let Some(work) = next {
            // The caller reports a defect in its work; the next work needs the thread.
            let _ = panic::catch_unwind(AssertUnwindSafe(work));
            next = self.take();
        }
        self.state().threads -= 1;
    }

    fn take(&self) -> Option<Work> {
        let mut state = self.state();
        state.idle += 1;
        let is_waiting = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.has_changed.wait_timeout_while(state, IDLE, is_waiting);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        state.waiting.pop_front()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
        self.0.has_changed.notify_all();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("threads", &self.state().threads).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Receiver};
    use std::sync::{Barrier, Weak};
    use std::thread::ThreadId;

    use super::*;

    fn thread_of(workers: &Workers, work: impl FnOnce() + Send + 'static) -> Receiver<ThreadId> {
        let (sender, receiver) = mpsc::channel();
        let told = move || {
            sender.send(thread::current().id()).unwrap();
            work();
        };
        workers.begin(told).unwrap();
        receiver
    }

    fn until_idle(workers: &Workers, idle: usize) {
        while workers.0.0.state().idle < idle {
            thread::yield_now();
        }
    }

    #[test]
    fn an_idle_thread_is_used_again() {
        let workers = Workers::default();
        let first = thread_of(&workers, || {}).recv().unwrap();
        until_idle(&workers, 1);
        assert_eq!(thread_of(&workers, || {}).recv().unwrap(), first);
    }

    #[test]
    fn what_is_begun_at_once_runs_at_once() {
        let workers = Workers::default();
        let all = Arc::new(Barrier::new(4));
        let meet = || {
            let all = all.clone();
            thread_of(&workers, move || {
                all.wait();
            })
        };
        let others = [meet(), meet(), meet()];
        all.wait();
        let threads = others.map(|thread| thread.recv().unwrap());
        assert!(threads[0] != threads[1] && threads[1] != threads[2] && threads[0] != threads[2]);
    }

    #[test]
    fn a_panic_takes_no_thread_with_it() {
        let workers = Workers::default();
        let first = thread_of(&workers, || panic!("on purpose")).recv().unwrap();
        until_idle(&workers, 1);
        assert_eq!(thread_of(&workers, || {}).recv().unwrap(), first);
    }

    #[test]
    fn threads_end_with_the_last_handle() {
        let workers = Workers::default();
        thread_of(&workers, || {}).recv().unwrap();
        until_idle(&workers, 1);
        let queue: Weak<_> = Arc::downgrade(&workers.0.0);
        drop(workers.clone());
        assert_eq!(queue.upgrade().unwrap().state().threads, 1);
        drop(workers);
        while queue.strong_count() > 0 {
            thread::yield_now();
        }
    }
}
