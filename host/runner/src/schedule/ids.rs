//! Ids of the schedule: an index has a type, so that a task cannot be taken for a dataset.

wpipe_pipeline::ids! {
    /// A call to be made, by its place among the tasks of a schedule or of a batch.
    TaskId,
    /// A whole dataset, or a batch's part of one, by its place among the entries of a schedule or of a batch.
    EntryId,
    /// A batch of tasks and entries that has joined a schedule.
    BatchId,
    /// A resource with a limited amount.
    ResourceId,
    /// A slice of a multipipeline.
    SliceId,
    /// A slice that is being worked on, among those that are at once.
    LaneId,
    /// The work on a slice between two points at which it is seen as a whole.
    StageId,
    /// A partition, by its place in its slice.
    PartId,
}
