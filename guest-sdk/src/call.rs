//! One call of a node: the arguments come from the host, and are taken one by one in the order of the signature.

use std::vec;

use serde::de::DeserializeOwned;
use wpipe_data::Produce;

use crate::contract::{Buffer, OutputPort};
use crate::input::Input;
use crate::output::Output;
use crate::partitions::{Partitioned, PartitionedOutput, Partitions};

/// An argument as the host gives it.
#[derive(Debug)]
pub enum Argument {
    /// A dataset.
    Single(Buffer),
    /// A partitioned dataset: ids and buffers.
    Partitioned(Vec<(String, Buffer)>),
    /// JSON text.
    Parameter(String),
}

/// The remaining arguments and outputs of a call.
#[derive(Debug)]
pub struct Call {
    arguments: vec::IntoIter<Argument>,
    outputs: vec::IntoIter<OutputPort>,
}

impl Call {
    /// Makes a call, in the order of the signature.
    pub fn new(arguments: Vec<Argument>, outputs: Vec<OutputPort>) -> Self {
        Self { arguments: arguments.into_iter(), outputs: outputs.into_iter() }
    }

    /// Takes the next argument, a dataset.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or is not available.
    pub fn input(&mut self, name: &'static str) -> Result<Input, String> {
        match self.arguments.next() {
            Some(Argument::Single(buffer)) => Input::new(name, buffer),
            other => Err(misfit("input", name, "one dataset", other.as_ref())),
        }
    }

    /// Takes the next argument, a partitioned dataset.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or has an id twice.
    pub fn partitions<T: ?Sized>(&mut self, name: &'static str) -> Result<Partitions<T>, String> {
        match self.arguments.next() {
            Some(Argument::Partitioned(buffers)) => Partitions::new(name, buffers),
            other => Err(misfit("input", name, "partitions", other.as_ref())),
        }
    }

    /// Takes the next argument, a parameter.
    ///
    /// # Errors
    ///
    /// Fails if it is none, or does not fit the type.
    pub fn parameter<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, String> {
        match self.arguments.next() {
            Some(Argument::Parameter(json)) => {
                serde_json::from_str(&json).map_err(|error| format!("the parameter `{name}` does not fit: {error}"))
            }
            other => Err(misfit("parameter", name, "JSON text", other.as_ref())),
        }
    }

    /// Takes the next output.
    ///
    /// # Errors
    ///
    /// Fails if the host gave fewer.
    pub fn output<T: ?Sized>(&mut self, name: &'static str) -> Result<Output<T>, String> {
        Ok(Output::new(name, self.port(name)?))
    }

    /// Takes the next output, which is partitioned.
    ///
    /// # Errors
    ///
    /// Fails if the host gave fewer.
    pub fn partitioned_output<T: ?Sized>(&mut self, name: &'static str) -> Result<PartitionedOutput<T>, String> {
        Ok(PartitionedOutput::new(name, self.port(name)?))
    }

    /// Writes a returned value to the next output, and drops it.
    ///
    /// # Errors
    ///
    /// Fails if the host gave fewer, or has no room for the value.
    pub fn write<T: Produce>(&mut self, name: &'static str, value: T) -> Result<(), String> {
        self.output::<T>(name)?.put(&value).map_err(String::from)
    }

    /// Writes returned partitions to the next output, and drops each once it is written.
    ///
    /// # Errors
    ///
    /// Fails if the host gave fewer outputs or has no room, or if an id occurs twice.
    pub fn write_partitions<T: Produce>(&mut self, name: &'static str, value: Partitioned<T>) -> Result<(), String> {
        let output = self.partitioned_output::<T>(name)?;
        value.into_iter().try_for_each(|(id, value)| output.put(&id, &value)).map_err(String::from)
    }

    fn port(&mut self, name: &str) -> Result<OutputPort, String> {
        self.outputs.next().ok_or_else(|| format!("the host gave no output `{name}`"))
    }
}

fn misfit(role: &str, name: &str, expected: &str, given: Option<&Argument>) -> String {
    let given = match given {
        Some(Argument::Single(_)) => "one dataset",
        Some(Argument::Partitioned(_)) => "partitions",
        Some(Argument::Parameter(_)) => "JSON text",
        None => "nothing",
    };
    format!("the {role} `{name}` takes {expected}, and the host gave {given}")
}
