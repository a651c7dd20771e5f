//! The sandbox against guests of every kind: whatever they do, they end with their own error, and the host goes on.

mod describing;
mod endless;
mod hostile;
mod hostile_partitions;
mod loading;
mod partitions;
mod returning;
mod support;
mod wasi;
