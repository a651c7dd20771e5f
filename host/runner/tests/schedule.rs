//! Laws of the schedule, whatever the graph.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wpipe_runner::{Schedule, Task};

/// Random graphs: task `i` makes dataset `i` and reads datasets of earlier tasks.
fn graphs() -> impl Strategy<Value = (Vec<Task>, BTreeSet<usize>)> {
    (1usize..20).prop_flat_map(|len| {
        let reads = prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), len);
        let kept = prop::collection::btree_set(0..len, 0..len);
        (reads, kept).prop_map(|(reads, kept)| {
            let task = |(index, reads): (usize, Vec<prop::sample::Index>)| {
                let inputs: Vec<_> = if index == 0 { vec![] } else { reads.iter().map(|r| r.index(index)).collect() };
                Task { parents: inputs.clone(), inputs, outputs: vec![index] }
            };
            (reads.into_iter().enumerate().map(task).collect(), kept)
        })
    })
}

proptest! {
    #[test]
    fn any_order_of_events_runs_every_task_once_and_after_its_parents(
        (tasks, kept) in graphs(),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 200),
    ) {
        let mut schedule = Schedule::new(tasks.clone(), &kept);
        let mut choices = choices.into_iter().cycle();
        let (mut running, mut started, mut complete) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut released = BTreeSet::new();
        while !schedule.is_complete() {
            let ready: Vec<_> = schedule.ready().collect();
            let choice = choices.next().unwrap().index(ready.len() + running.len());
            if let Some(&task) = ready.get(choice) {
                prop_assert!(tasks[task].parents.iter().all(|parent| complete.contains(parent)));
                prop_assert!(tasks[task].inputs.iter().all(|input| !released.contains(input)), "read after release");
                prop_assert!(started.insert(task), "started twice");
                schedule.start(task);
                running.push(task);
            } else {
                let task = running.swap_remove(choice - ready.len());
                complete.insert(task);
                for dataset in schedule.complete(task) {
                    prop_assert!(!kept.contains(&dataset));
                    prop_assert!(released.insert(dataset), "released twice");
                }
            }
        }
        prop_assert_eq!(complete.len(), tasks.len());
        let all: BTreeSet<_> = (0..tasks.len()).collect();
        prop_assert_eq!(&released | &kept, all, "in the end only what is kept is in memory");
    }

    #[test]
    fn taking_the_first_ready_task_runs_them_in_execution_order((tasks, kept) in graphs()) {
        let mut schedule = Schedule::new(tasks.clone(), &kept);
        for expected in 0..tasks.len() {
            let task = schedule.next_ready();
            prop_assert_eq!(task, Some(expected));
            schedule.start(expected);
            schedule.complete(expected);
        }
        prop_assert!(schedule.is_complete());
    }

    #[test]
    fn a_dataset_is_released_with_its_last_reader((tasks, kept) in graphs()) {
        let mut schedule = Schedule::new(tasks.clone(), &kept);
        for task in 0..tasks.len() {
            schedule.start(task);
            let released = schedule.complete(task);
            let last_use = |dataset: usize| (0..tasks.len())
                .rfind(|&task| tasks[task].inputs.contains(&dataset) || tasks[task].outputs.contains(&dataset));
            let expected: Vec<_> =
                (0..tasks.len()).filter(|dataset| last_use(*dataset) == Some(task) && !kept.contains(dataset)).collect();
            prop_assert_eq!(released, expected);
        }
    }
}
