//! Ids of the schedule: an index has a type, so that a task cannot be taken for what it reads.

wpipe_pipeline::ids! {
    /// A call to be made, by its place among the tasks of a schedule or of a batch.
    TaskId,
    /// A whole dataset, or what a batch has of one, by its place among the entries of a schedule or of a batch.
    EntryId,
    /// A batch of tasks and entries that has joined a schedule.
    BatchId,
    /// Something of which there is a certain amount.
    ResourceId,
    /// A slice of a multipipeline.
    SliceId,
    /// A slice that is being worked on, of those that are at once.
    LaneId,
    /// What is done with a slice between two points at which it is seen as a whole.
    StageId,
    /// A partition, by its place in its slice.
    PartId,
}
