//! Creating an object under a free name: of several who try, one succeeds.
//!
//! Files are linked to their names, which fails if there is one. Buckets are asked by a condition (`If-None-Match: *`
//! and its likes). Uploads in parts know none, so the name is claimed before by a small object beside it, which goes
//! afterwards. A server that rejects conditions is asked before for an object of the name. There, and with servers that
//! ignore conditions, writers are kept apart by the names of versions, which are unique.

use std::hash::{BuildHasher, RandomState};

use http::StatusCode;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, Result};

use super::staged::Publishing;
use super::tally::{Failure, Tally};
use super::transfer::{Interrupted, ONE_REQUEST, send};

/// The outcome of a creation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Created {
    /// The object is there, with this mark of the store.
    Put(Option<String>),
    /// Another object was there.
    Taken,
}

/// Puts `payload` at `key`, whole or not at all, if nothing is there.
pub(super) async fn create(
    store: &dyn ObjectStore,
    key: &Key,
    payload: PutPayload,
    is_local: bool,
    how: Publishing,
) -> Result<Created> {
    if is_local {
        return match send(store, key, payload, is_local, Publishing { is_new: true, ..how }).await {
            Ok(mark) => Ok(Created::Put(mark)),
            Err(Error::AlreadyExists { .. }) => Ok(Created::Taken),
            Err(error) => Err(error),
        };
    }
    if payload.content_length() <= ONE_REQUEST {
        return put_if_nothing_is_there(store, key, payload).await;
    }
    let claim = beside(key);
    let chance = RandomState::new().hash_one(key).to_le_bytes().to_vec();
    if put_if_nothing_is_there(store, &claim, chance.into()).await? == Created::Taken {
        return Ok(Created::Taken);
    }
    let outcome = match is_there(store, key).await {
        Ok(true) => Ok(Created::Taken),
        Ok(false) => send(store, key, payload, is_local, how).await.map(Created::Put),
        Err(error) => Err(error),
    };
    // One that stays keeps the name from being used again, and nobody reads it.
    let _ = store.delete(&claim).await;
    outcome
}

/// Returns the key of a claim to `key`: no version, and no name that any other program lists.
fn beside(key: &Key) -> Key {
    let (folder, name) = key.as_ref().split_at(key.as_ref().rfind('/').map_or(0, |slash| slash + 1));
    let claim = format!("{folder}.{name}.claim");
    // Keys are taken as they are; `from` would encode them twice.
    Key::parse(&claim).unwrap_or_else(|_| Key::from(claim))
}

async fn put_if_nothing_is_there(store: &dyn ObjectStore, key: &Key, payload: PutPayload) -> Result<Created> {
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match store.put_opts(key, payload.clone(), options).await {
        Ok(put) => Ok(Created::Put(put.e_tag)),
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => whose(store, key, &payload).await,
        Err(error) if knows_no_conditions(&error) => {
            if is_there(store, key).await? {
                return whose(store, key, &payload).await;
            }
            store.put(key, payload).await.map(|put| Created::Put(put.e_tag))
        }
        Err(error) => Err(error),
    }
}

/// Checks whether the object there has the wanted content: an answer may have got lost.
async fn whose(store: &dyn ObjectStore, key: &Key, payload: &PutPayload) -> Result<Created> {
    let found = match store.get(key).await {
        Ok(found) => found,
        // The other writer has not finished.
        Err(Error::NotFound { .. }) => return Err(Interrupted::Contended.into()),
        Err(error) => return Err(error),
    };
    let has_failed = Tally::current().is_some_and(|tally| tally.failures() > 0);
    if !has_failed || found.meta.size != payload.content_length() as u64 {
        return Ok(Created::Taken);
    }
    let mark = found.meta.e_tag.clone();
    let content = found.bytes().await?;
    let is_ours = content.iter().eq(payload.iter().flatten());
    Ok(if is_ours { Created::Put(mark) } else { Created::Taken })
}

async fn is_there(store: &dyn ObjectStore, key: &Key) -> Result<bool> {
    match store.head(key).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn knows_no_conditions(error: &Error) -> bool {
    let status = match Tally::current().and_then(|tally| tally.last()) {
        Some(Failure::Refused { status, .. }) => Some(status),
        _ => None,
    };
    matches!(error, Error::NotImplemented { .. } | Error::NotSupported { .. })
        || status == Some(StatusCode::NOT_IMPLEMENTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_lies_beside_what_it_claims() {
        assert_eq!(beside(&Key::from("a/x.csv/1/x.csv")).as_ref(), "a/x.csv/1/.x.csv.claim");
        assert_eq!(beside(&Key::parse("ä%41/x").expect("a key")).as_ref(), "ä%41/.x.claim");
        assert_eq!(beside(&Key::from("x")).as_ref(), ".x.claim");
    }
}
