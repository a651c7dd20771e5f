//! What archives of derived types promise: a schema that follows the layout, and checked reading.

mod hostile;
mod models;
mod produce;
mod schema;
