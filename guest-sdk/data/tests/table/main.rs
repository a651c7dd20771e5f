//! Tests of tables: they come back unchanged, wherever they are built, and hostile ones are refused.

mod building;
mod copying;
mod growing;
mod hostile;
mod layout;
mod nested;
mod numbers;
mod random;
mod reading;
mod round_trip;
mod rows;
mod vectors;
