//! Layouts of rkyv's archived containers: their own name and shape, then those of their content.

use rkyv::boxed::ArchivedBox;
use rkyv::collections::btree_map::ArchivedBTreeMap;
use rkyv::collections::btree_set::ArchivedBTreeSet;
use rkyv::collections::swiss_table::{ArchivedHashMap, ArchivedHashSet};
use rkyv::option::ArchivedOption;
use rkyv::string::ArchivedString;
use rkyv::traits::ArchivePointee;
use rkyv::vec::ArchivedVec;

use super::name::Name;
use super::{Layout, Schema};
use crate::Fingerprint;

impl Layout for ArchivedString {
    const LAYOUT: u64 = Fingerprint::new().text("string").size_of::<Self>().finish();
}

impl<T: Layout> Layout for ArchivedVec<T> {
    const LAYOUT: u64 = Fingerprint::new().text("vec").size_of::<Self>().word(T::LAYOUT).finish();
}

/// A vector of any type that can be a dataset can be one as well.
impl<T: Schema> Schema for ArchivedVec<T> {
    const NAME: &'static str = { const { &Name::join(&["vec<", T::NAME, ">"]) }.as_str() };
}

impl Schema for ArchivedVec<ArchivedString> {
    const NAME: &'static str = "vec<text>";
}

impl<T: Layout> Layout for ArchivedOption<T> {
    const LAYOUT: u64 = Fingerprint::new().text("option").size_of::<Self>().word(T::LAYOUT).finish();
}

impl<T: Layout + ArchivePointee + ?Sized> Layout for ArchivedBox<T> {
    const LAYOUT: u64 = Fingerprint::new().text("box").size_of::<Self>().word(T::LAYOUT).finish();
}

impl Layout for str {
    const LAYOUT: u64 = Fingerprint::new().text("str").finish();
}

impl<T: Layout> Layout for [T] {
    const LAYOUT: u64 = Fingerprint::new().text("slice").word(T::LAYOUT).finish();
}

impl<T: Layout, const N: usize> Layout for [T; N] {
    const LAYOUT: u64 = Fingerprint::new().text("array").size_of::<Self>().word(N as u64).word(T::LAYOUT).finish();
}

impl<K: Layout, V: Layout, const E: usize> Layout for ArchivedBTreeMap<K, V, E> {
    const LAYOUT: u64 =
        Fingerprint::new().text("btree map").size_of::<Self>().word(E as u64).word(K::LAYOUT).word(V::LAYOUT).finish();
}

impl<K: Layout, const E: usize> Layout for ArchivedBTreeSet<K, E> {
    const LAYOUT: u64 = Fingerprint::new().text("btree set").size_of::<Self>().word(E as u64).word(K::LAYOUT).finish();
}

/// The layout holds for rkyv's default hasher only: another one places the entries elsewhere.
impl<K: Layout, V: Layout> Layout for ArchivedHashMap<K, V> {
    const LAYOUT: u64 = Fingerprint::new().text("hash map").size_of::<Self>().word(K::LAYOUT).word(V::LAYOUT).finish();
}

/// The layout holds for rkyv's default hasher only: another one places the entries elsewhere.
impl<K: Layout> Layout for ArchivedHashSet<K> {
    const LAYOUT: u64 = Fingerprint::new().text("hash set").size_of::<Self>().word(K::LAYOUT).finish();
}

macro_rules! tuples {
    ($($archived:ident($($item:ident),+);)*) => {$(
        impl<$($item: Layout),+> Layout for rkyv::tuple::$archived<$($item),+> {
            const LAYOUT: u64 =
                Fingerprint::new().text("tuple").size_of::<Self>()$(.word($item::LAYOUT))+.finish();
        }
    )*};
}

tuples! {
    ArchivedTuple1(A);
    ArchivedTuple2(A, B);
    ArchivedTuple3(A, B, C);
    ArchivedTuple4(A, B, C, D);
    ArchivedTuple5(A, B, C, D, E);
    ArchivedTuple6(A, B, C, D, E, F);
    ArchivedTuple7(A, B, C, D, E, F, G);
    ArchivedTuple8(A, B, C, D, E, F, G, H);
}

#[cfg(test)]
mod tests {
    use rkyv::rend::{f64_le, i32_le};

    use super::*;

    #[test]
    fn vectors_bear_the_name_of_their_items() {
        assert_eq!(<ArchivedVec<f64_le> as Schema>::NAME, "vec<f64>");
        assert_eq!(<ArchivedVec<ArchivedVec<i32_le>> as Schema>::NAME, "vec<vec<i32>>");
        assert_eq!(<ArchivedVec<ArchivedString> as Schema>::NAME, "vec<text>");
    }

    #[test]
    fn what_a_container_holds_shows_in_its_layout() {
        let layouts = [
            ArchivedVec::<f64_le>::LAYOUT,
            ArchivedVec::<i32_le>::LAYOUT,
            ArchivedOption::<f64_le>::LAYOUT,
            ArchivedBox::<f64_le>::LAYOUT,
            <[f64_le; 2]>::LAYOUT,
            <[f64_le; 3]>::LAYOUT,
            ArchivedBTreeMap::<i32_le, f64_le>::LAYOUT,
            ArchivedHashMap::<i32_le, f64_le>::LAYOUT,
            rkyv::tuple::ArchivedTuple2::<i32_le, f64_le>::LAYOUT,
            rkyv::tuple::ArchivedTuple2::<f64_le, i32_le>::LAYOUT,
        ];
        let distinct: std::collections::BTreeSet<_> = layouts.iter().collect();
        assert_eq!(distinct.len(), layouts.len());
    }
}
