//! Settled fingerprints: if one changes, existing archives and components are refused from then on.
//!
//! They are checked while compiling, so that
//! `cargo check -p wpipe-data --test golden --target wasm32-unknown-unknown` shows that guests compute the same.

use std::collections::BTreeMap;

use rkyv::{Archive, Serialize};
use wpipe_data::{Data, Schema, Table, View, rkyv};

#[derive(Archive, Serialize, wpipe_sdk_macros::Data)]
#[data(crate = wpipe_data)]
struct Model {
    name: String,
    weights: Vec<f64>,
    classes: BTreeMap<String, u32>,
    activation: Activation,
    bias: Option<(f32, bool)>,
}

#[derive(Archive, Serialize, wpipe_sdk_macros::Data)]
#[data(crate = wpipe_data)]
enum Activation {
    Identity,
    Leaky(f32),
    Clamped { low: i64, high: i64 },
}

const fn fingerprint<T: Data>() -> u64 {
    <T::Archived as Schema>::FINGERPRINT
}

const _: () = assert!(fingerprint::<Model>() == 0x4747_87f5_3704_ecfe);
const _: () = assert!(fingerprint::<Activation>() == 0x45cc_ba35_7fe9_827b);
const _: () = assert!(fingerprint::<Vec<f64>>() == 0x2fd3_e740_c98e_7c8d);
const _: () = assert!(<str as View>::FINGERPRINT == 0);
const _: () = assert!(<[u8] as View>::FINGERPRINT == 0);
const _: () = assert!(<Table as View>::FINGERPRINT == 0x4e28_bed6_f344_6e59);

#[test]
fn the_types_are_written() -> Result<(), Box<dyn std::error::Error>> {
    let activations = vec![Activation::Identity, Activation::Leaky(0.1), Activation::Clamped { low: 0, high: 1 }];
    for activation in activations {
        let (name, weights, classes) = (String::new(), Vec::new(), BTreeMap::new());
        wpipe_data::to_archive(&Model { name, weights, classes, activation, bias: None })?;
    }
    Ok(())
}
