//! Which of several ready tasks goes first.

use std::cmp::Reverse;

use super::plan::{Order, Task};

/// Smaller goes first: the longer way to the end, then the earlier place in the list, then what joined earlier before
/// that place.
pub(super) type Rank = (Reverse<u64>, usize, u64);

/// The place of a task that was listed from the beginning: behind all that joined before it.
const LISTED: u64 = u64::MAX;

/// The rank of what joins before a task of the rank `of`, as the `number`th.
pub(super) fn before((Reverse(way), place, _): Rank, number: u64, order: &Order) -> Rank {
    let own = u64::from(*order != Order::Listed);
    (Reverse(way.saturating_add(own)), place, number)
}

/// The rank of every task.
pub(super) fn ranks(tasks: &[Task], children: &[Vec<usize>], order: &Order) -> Vec<Rank> {
    let Order::LongestPath { weights } = order else {
        return (0..tasks.len()).map(|task| (Reverse(0), task, LISTED)).collect();
    };
    let mut way = vec![0_u64; tasks.len()];
    // Children stand behind their parents, so that theirs is known already.
    for task in (0..tasks.len()).rev() {
        let behind = children[task].iter().map(|&child| way[child]).max().unwrap_or(0);
        way[task] = behind.saturating_add(weights.get(task).copied().unwrap_or(1));
    }
    way.into_iter().enumerate().map(|(task, way)| (Reverse(way), task, LISTED)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_way_to_the_end_goes_first() {
        // 0 → 2 → 3 and 1 alone.
        let children = [vec![2], vec![], vec![3], vec![]];
        let tasks = vec![Task::default(); 4];
        let first = |order| {
            let ranks = ranks(&tasks, &children, &order);
            if ranks[0] < ranks[1] { 0 } else { 1 }
        };
        assert_eq!(first(Order::LongestPath { weights: vec![] }), 0);
        assert_eq!(first(Order::LongestPath { weights: vec![1, 9, 1, 1] }), 1);
        assert_eq!(first(Order::Listed), 0);
    }

    #[test]
    fn what_joins_comes_before_its_task_and_after_all_before_it() {
        let children = [vec![], vec![]];
        let tasks = vec![Task::default(); 2];
        let listed = ranks(&tasks, &children, &Order::Listed);
        let joined = [0, 1].map(|number| before(listed[1], number, &Order::Listed));
        assert!(listed[0] < joined[0] && joined[0] < joined[1] && joined[1] < listed[1]);
    }
}
