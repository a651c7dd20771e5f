//! Damaged files and damaged buffers: errors, never a panic, and never a table that contradicts itself.

use proptest::prelude::*;
use serde_json::json;
use wpipe_catalog::DataError;
use wpipe_data::{Date, Table, Timestamp, to_archive};

use crate::support::*;

/// The damage that bytes may take on their way.
#[derive(Debug, Clone)]
enum Damage {
    Cut(prop::sample::Index),
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Zero(prop::sample::Index, usize),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Flip(at, mask) => *at.get_mut(bytes) ^= mask,
            Self::Insert(at, byte) => bytes.insert(at.index(bytes.len()), *byte),
            Self::Zero(at, length) => {
                let start = at.index(bytes.len());
                let end = (start + length).min(bytes.len());
                bytes[start..end].fill(0);
            }
        }
    }
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<prop::sample::Index>;
    let one = prop_oneof![
        index().prop_map(Damage::Cut),
        (index(), 1_u8..).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        (index(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        (index(), 1_usize..64).prop_map(|(at, length)| Damage::Zero(at, length)),
    ];
    prop::collection::vec(one, 1..4)
}

fn table() -> Table<'static> {
    Table::from_columns([
        ("x", vec![Some(1.5), None, Some(-2.5)].into()),
        ("n", vec![1_i64, 2, 3].into()),
        ("name", vec![Some("a"), Some("b,\"c\""), None].into()),
        ("day", vec![Date(1), Date(2), Date(3)].into()),
        ("at", vec![Timestamp(1), Timestamp(2), Timestamp(3)].into()),
        ("ok", vec![true, false, true].into()),
    ])
    .expect("columns of one length")
}

/// Loads damaged content; a codec that panicked says so by its error, which is no excuse here.
fn survives(kind: &str, schema: (&str, u64), good: &[u8], damages: &[Damage]) -> Result<(), TestCaseError> {
    let root = Root::new();
    let mut bytes = good.to_vec();
    damages.iter().for_each(|damage| damage.apply(&mut bytes));
    root.write("data", &bytes);
    match load(&root.open(kind, "data", json!({})), schema) {
        Ok(buffer) if schema == TABLE => {
            // Readers of an archive check it.
            if kind != "archive" {
                let _ = format!("{:?}", table_of(&buffer));
            }
        }
        Ok(_) => {}
        Err(error) => prop_assert!(!error.to_string().contains("gave up"), "{}", error),
    }
    Ok(())
}

fn saved(kind: &str) -> Vec<u8> {
    let root = Root::new();
    save(&root.open(kind, "data", json!({})), &buffer_of(&table()), TABLE).expect("saved");
    std::fs::read(root.path("data")).expect("a file")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_csv_makes_it_panic(damages in damages()) {
        survives("csv", TABLE, &saved("csv"), &damages)?;
    }

    #[test]
    fn no_json_makes_it_panic(damages in damages()) {
        survives("json", TABLE, &saved("json"), &damages)?;
    }

    #[test]
    fn no_parquet_makes_it_panic(damages in damages()) {
        survives("parquet", TABLE, &saved("parquet"), &damages)?;
    }

    #[test]
    fn no_arrow_file_makes_it_panic(damages in damages()) {
        survives("arrow", TABLE, &saved("arrow"), &damages)?;
    }

    #[test]
    fn no_archive_makes_it_panic(damages in damages()) {
        survives("archive", TABLE, &saved("archive"), &damages)?;
    }

    #[test]
    fn no_text_makes_it_panic(damages in damages()) {
        survives("text", TEXT, "grün und länger".as_bytes(), &damages)?;
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in ["csv", "json", "parquet", "arrow"] {
            survives(kind, TABLE, &bytes, &[])?;
        }
    }

    #[test]
    fn no_table_of_a_guest_makes_it_panic(damages in damages()) {
        let mut bytes = to_archive(&table()).expect("an archive").to_vec();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        let root = Root::new();
        for kind in ["csv", "json", "parquet", "arrow"] {
            match save(&root.open(kind, "data", json!({})), &buffer(&bytes), TABLE) {
                Ok(_) => {}
                Err(error) => {
                    let told = matches!(error, DataError::Encode { .. }) && !error.to_string().contains("gave up");
                    prop_assert!(told, "{}", error);
                }
            }
        }
    }
}
