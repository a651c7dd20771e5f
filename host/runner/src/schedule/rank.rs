//! The order of ready tasks.

use std::cmp::Reverse;

use typed_index_collections::{TiSlice, TiVec, ti_vec};

use super::ids::TaskId;
use super::plan::Order;

/// The smaller rank goes first: the longer way to the end, then the earlier place in the list, then the earlier join
/// before that place.
pub(super) type Rank = (Reverse<u64>, TaskId, u64);

/// The place of a task that was listed from the beginning: behind all that joined before it.
const LISTED: u64 = u64::MAX;

/// Returns the rank of the `number`th task that joins before a task of the rank `of`.
pub(super) fn before((Reverse(way), place, _): Rank, number: u64, order: &Order) -> Rank {
    let own = u64::from(*order != Order::Listed);
    (Reverse(way.saturating_add(own)), place, number)
}

/// Returns the rank of every task, by its children.
pub(super) fn ranks(children: &TiSlice<TaskId, Vec<TaskId>>, order: &Order) -> TiVec<TaskId, Rank> {
    let mut way: TiVec<TaskId, u64> = ti_vec![0; children.len()];
    if let Order::LongestPath { weights } = order {
        // Children stand behind their parents, so that their ranks are known already.
        for task in children.keys().rev() {
            let behind = children[task].iter().map(|&child| way[child]).max().unwrap_or(0);
            way[task] = behind.saturating_add(weights.get(task).copied().unwrap_or(1));
        }
    }
    way.into_iter_enumerated().map(|(task, way)| (Reverse(way), task, LISTED)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn children<const N: usize>(children: [&[usize]; N]) -> TiVec<TaskId, Vec<TaskId>> {
        children.into_iter().map(|children| children.iter().copied().map(TaskId::new).collect()).collect()
    }

    #[test]
    fn the_longest_way_to_the_end_goes_first() {
        // 0 → 2 → 3 and 1 alone.
        let children = children([&[2], &[], &[3], &[]]);
        let first = |order| {
            let ranks = ranks(&children, &order);
            if ranks[TaskId::new(0)] < ranks[TaskId::new(1)] { 0 } else { 1 }
        };
        assert_eq!(first(Order::LongestPath { weights: ti_vec![] }), 0);
        assert_eq!(first(Order::LongestPath { weights: ti_vec![1, 9, 1, 1] }), 1);
        assert_eq!(first(Order::Listed), 0);
    }

    #[test]
    fn what_joins_comes_before_its_task_and_after_all_before_it() {
        let listed = ranks(&children([&[], &[]]), &Order::Listed);
        let joined = [0, 1].map(|number| before(listed[TaskId::new(1)], number, &Order::Listed));
        assert!(listed[TaskId::new(0)] < joined[0] && joined[0] < joined[1] && joined[1] < listed[TaskId::new(1)]);
    }
}
