//! Tests on hostile bytes: a derived type's view is an error, or valid to the last field.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rkyv::Archived;
use wpipe_data::{AlignedBytes, View, ViewError, rkyv, to_archive};

use crate::models::{Model, model};

fn read(bytes: &[u8]) {
    if let Ok(model) = <Archived<Model> as View>::view(bytes) {
        let _ = format!("{model:?}");
    }
    let _ = <[f64] as View>::view(bytes).map(|values| values.iter().sum::<f64>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn flipped_bytes_do_not_panic(flips in vec((any::<Index>(), 1_u8..), 1..4)) {
        let mut archive = to_archive(&model())?;
        for (at, flip) in flips {
            *at.get_mut(archive.as_mut_slice()) ^= flip;
        }
        read(&archive);
    }

    #[test]
    fn truncated_archives_do_not_panic(cut in any::<Index>()) {
        let archive = to_archive(&model())?;
        read(&archive[..cut.index(archive.len())]);
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in vec(any::<u8>(), 0..200)) {
        let mut archive = AlignedBytes::new();
        archive.extend_from_slice(&bytes);
        read(&archive);
    }
}

#[test]
fn errors_tell_truncation_and_misalignment_apart() -> Result<(), Box<dyn std::error::Error>> {
    let error = <[f64] as View>::view(&[0; 3]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: a `vec<f64>` takes at least 8 bytes, there are 3");

    let mut archive = AlignedBytes::new();
    archive.push(0);
    archive.extend_from_slice(&to_archive(&vec![1.0])?);
    let error = <[f64] as View>::view(&archive[1..]).unwrap_err();
    assert_eq!(error, ViewError::Misaligned { schema: "vec<f64>", needed: 4 });

    let mut archive = to_archive(&vec![1.0])?;
    let length = archive.len() - 4;
    archive[length] = 200;
    let error = <[f64] as View>::view(&archive).unwrap_err();
    assert!(error.to_string().starts_with("not a valid `vec<f64>`: "), "{error}");
    Ok(())
}
