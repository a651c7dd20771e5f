//! Tests of names and fingerprints: different for different layouts, the same on both ends of an edge.

use rkyv::Archived;
use rkyv::vec::ArchivedVec;
use wpipe_data::{Data, Produce, Schema, Table, View, rkyv};

use crate::models::Model;

/// Makes a module for each variation, as the type's own name is part of its fingerprint.
macro_rules! variation {
    ($module:ident { $($item:tt)* }) => {
        mod $module {
            use rkyv::{Archive, Serialize};
            use wpipe_data::rkyv;

            #[derive(Archive, Serialize, wpipe_sdk_macros::Data)]
            #[data(crate = wpipe_data)]
            $($item)*
        }
    };
}

variation!(plain { pub(super) struct Point { x: f64, y: f64 } });
variation!(renamed_field { pub(super) struct Point { x: f64, z: f64 } });
variation!(other_type { pub(super) struct Point { x: f64, y: i64 } });
variation!(other_order { pub(super) struct Point { y: f64, x: f64 } });
variation!(renamed_type { pub(super) struct Place { x: f64, y: f64 } });
variation!(positional { pub(super) struct Point(f64, f64); });
variation!(optional { pub(super) struct Point { x: f64, y: Option<f64> } });
variation!(boxed { pub(super) struct Point { x: f64, #[rkyv(with = rkyv::with::AsBox)] y: f64 } });
variation!(one_variant { #[expect(dead_code, reason = "only its layout matters")] pub(super) enum Point { A(f64), B } });
variation!(other_variants { #[expect(dead_code, reason = "only its layout matters")] pub(super) enum Point { B, A(f64) } });
variation!(tagged { #[repr(u8)] #[expect(dead_code, reason = "only its layout matters")] pub(super) enum Point { B = 1, A(f64) = 3 } });

#[test]
fn every_change_of_a_type_changes_its_fingerprint() {
    let fingerprints = [
        fingerprint::<plain::Point>(),
        fingerprint::<renamed_field::Point>(),
        fingerprint::<other_type::Point>(),
        fingerprint::<other_order::Point>(),
        fingerprint::<renamed_type::Place>(),
        fingerprint::<positional::Point>(),
        fingerprint::<optional::Point>(),
        fingerprint::<boxed::Point>(),
        fingerprint::<one_variant::Point>(),
        fingerprint::<other_variants::Point>(),
        fingerprint::<tagged::Point>(),
    ];
    for (at, fingerprint) in fingerprints.iter().enumerate() {
        assert!(!fingerprints[..at].contains(fingerprint), "number {at}");
    }
}

const fn fingerprint<T: Data>() -> u64 {
    <T::Archived as Schema>::FINGERPRINT
}

#[test]
fn names_are_what_errors_show() {
    assert_eq!(<Archived<Model> as Schema>::NAME, "Model");
    assert_eq!(<Vec<Model> as Produce>::NAME, "vec<Model>");
    assert_eq!(<ArchivedVec<Archived<Model>> as View>::NAME, "vec<Model>");
    assert_eq!(<Vec<String> as Produce>::NAME, "vec<text>");
    assert_eq!(<Vec<u8> as Produce>::NAME, "bytes");
    assert_eq!(<String as Produce>::NAME, "text");
}

#[test]
fn producers_and_viewers_agree() {
    assert_eq!(<Model as Produce>::FINGERPRINT, <Archived<Model> as View>::FINGERPRINT);
    assert_eq!(<Vec<i32> as Produce>::FINGERPRINT, <[i32] as View>::FINGERPRINT);
    assert_eq!(<f64 as Produce>::FINGERPRINT, <f64 as View>::FINGERPRINT);
    assert_eq!(<String as Produce>::FINGERPRINT, <str as View>::FINGERPRINT);
    assert_eq!(<Vec<u8> as Produce>::FINGERPRINT, <[u8] as View>::FINGERPRINT);
    assert_eq!(<Table as Produce>::FINGERPRINT, <Table as View>::FINGERPRINT);
}
