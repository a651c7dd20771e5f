//! Hostile guests on partitions: each attack is a clear error, or works and harms nobody.

use std::sync::Arc;

use wpipe_buffer::Buffer;
use wpipe_sandbox::{Argument, Component};

use crate::hostile::{INPUT_SIZES, SHORT, host_is_in_order};
use crate::partitions::produced;
use crate::support::{LIMITS, buffer, call_within, component, engine};

fn inputs(buffers: &[Buffer]) -> Argument {
    Argument::Partitioned(
        buffers.iter().enumerate().map(|(id, buffer)| (id.to_string(), buffer.clone().into())).collect(),
    )
}

fn five(size: usize) -> Vec<Buffer> {
    (1..6).map(|byte| buffer(&vec![byte; size])).collect()
}

fn attacks(hostile: &Component) -> Vec<&str> {
    let names = hostile.signatures().iter().map(|signature| signature.name.as_str());
    names.filter(|name| name.starts_with("partition")).collect()
}

#[test]
fn every_attack_is_a_clear_error_or_makes_what_it_says() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    for size in INPUT_SIZES {
        let buffers = five(size);
        let mut told = String::new();
        for attack in attacks(&hostile) {
            let limits = if attack == "partitions_and_then_for_ever" { SHORT } else { LIMITS };
            let outcome = match call_within(&hostile, attack, vec![inputs(&buffers)], limits, Arc::default()) {
                Ok(outcome) => {
                    let ids: Vec<_> = produced(&outcome).keys().take(5).map(|id| format!("{id:?}")).collect();
                    format!("{} partitions: {}", produced(&outcome).len(), ids.join(", "))
                }
                Err(error) => error.to_string(),
            };
            told.push_str(&format!("{attack}: {outcome}\n"));
            for (byte, buffer) in (1..6).zip(&buffers) {
                assert!(buffer.bytes().unwrap().iter().all(|other| *other == byte), "nobody has changed an input");
            }
            host_is_in_order(&hostile, &buffers[0]);
        }
        insta::assert_snapshot!("partition_attacks", told);
    }
}

#[test]
fn partitions_are_told_apart_in_whatever_order_they_are_let_go_of() {
    let engine = engine();
    let hostile = component(&engine, "hostile");
    for size in INPUT_SIZES {
        let outcome =
            call_within(&hostile, "partitions_in_odd_orders", vec![inputs(&five(size))], LIMITS, Arc::default())
                .unwrap();
        let made: Vec<_> =
            produced(&outcome).iter().map(|(id, buffer)| (id.as_str(), buffer.bytes().unwrap())).collect();
        let whole = |byte| vec![byte; size];
        assert_eq!(made.len(), 4);
        for ((id, bytes), expected) in
            made.iter().zip([("0", whole(1)), ("1", whole(2)), ("3", whole(4)), ("4", vec![5])])
        {
            assert!(*id == expected.0 && *bytes == expected.1, "{id}");
        }
    }
}
