//! `wpipe catalog`

mod command;
mod create;
mod resolve;
mod stored;

pub(crate) use command::catalog;
