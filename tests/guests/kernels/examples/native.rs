//! The kernels natively, in a process of their own: `bench guest` builds it as components are built.
//!
//! Takes the files of a text, of numbers and of a table, and a count of rounds. For each kernel that a line of standard input names, it
//! says what the kernel returned and how many nanoseconds that took.
#![expect(clippy::print_stdout, reason = "this is its answer")]

use std::error::Error;
use std::hint::black_box;
use std::io::{Write as _, stdin, stdout};
use std::time::Instant;

use wpipe_sdk::{AlignedBytes, Table};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("four arguments: a text, numbers, a table, and a count of rounds");
    let text = std::fs::read_to_string(next()?)?;
    let numbers = std::fs::read(next()?)?;
    let numbers: Vec<f64> = numbers.as_chunks().0.iter().copied().map(f64::from_le_bytes).collect();
    let mut table = AlignedBytes::new();
    table.extend_from_slice(&std::fs::read(next()?)?);
    let table = Table::view(&table)?;
    let rounds: u64 = next()?.parse()?;
    let (text, numbers) = (text.as_str(), numbers.as_slice());
    for kernel in stdin().lines() {
        let kernel = kernel?;
        let started = Instant::now();
        let returned = match kernel.as_str() {
            "parse" => guest_kernels::parse(black_box(text)),
            "hash" => guest_kernels::hash(black_box(text)),
            "sort" => guest_kernels::sort(black_box(numbers)),
            "sum" => guest_kernels::sum(black_box(numbers)),
            "group" => guest_kernels::group(black_box(numbers)),
            "allocate" => guest_kernels::allocate(black_box(rounds)),
            "write" => guest_kernels::write(black_box(text)),
            "rows" => guest_kernels::rows(black_box(&table))?,
            "columns" => guest_kernels::columns(black_box(&table))?,
            "write_rows" => guest_kernels::write_rows(black_box(rounds))?,
            "write_columns" => guest_kernels::write_columns(black_box(rounds))?,
            _ => return Err(format!("no kernel is called `{kernel}`").into()),
        };
        let returned = black_box(returned);
        println!("{returned} {}", started.elapsed().as_nanos());
        stdout().flush()?;
    }
    Ok(())
}
