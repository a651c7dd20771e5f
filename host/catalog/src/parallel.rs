//! Work that is divided among the processors.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

/// Returns the results of `work` for all items, in their order, on as many threads as there are processors for this
/// process. After an error no further item is begun, and the error of the first item that has one is returned.
pub(crate) fn map<T: Send, R: Send, E: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if threads <= 1 {
        return items.into_iter().map(work).collect();
    }
    let count = items.len();
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let stop = || queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
    let worker = || {
        let mut done = Vec::new();
        while let Some((at, item)) = next() {
            let made = work(item);
            if made.is_err() {
                stop();
            }
            done.push((at, made));
        }
        done
    };
    let mut made: Vec<(usize, Result<R, E>)> = Vec::with_capacity(count);
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        made.extend(worker());
        for other in others {
            made.extend(other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        }
    });
    made.sort_unstable_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_stands_in_the_order_of_the_items() {
        let made = map((0..1000).collect(), |item: u32| Ok::<_, ()>(item * 2));
        assert_eq!(made, Ok((0..1000).map(|item| item * 2).collect()));
    }

    #[test]
    fn an_error_ends_it() {
        let made = map((0..1000).collect(), |item: u32| if item == 7 { Err(item) } else { Ok(()) });
        assert_eq!(made, Err(7));
    }
}
