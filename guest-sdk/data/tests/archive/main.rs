//! Tests of archives of derived types: a schema that follows the layout, and checked reading.

mod hostile;
mod models;
mod produce;
mod schema;
