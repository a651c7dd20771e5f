//! A format at work: from the content of a place to a buffer, and back.

use std::sync::Arc;

use object_store::PutPayload;
use wpipe_buffer::{Buffer, Readers, Transports};

use crate::DataError;
use crate::destination::{Destination, Stop};
use crate::fault::Fault;
use crate::format::{self, Checked, Format, Identity, Stored};
use crate::progress::{Phase, Progress};
use crate::source::Source;
use crate::store::{Done, Place, Publishing};

/// A format, and the material of buffers.
#[derive(Debug)]
pub(crate) struct Codec {
    format: Box<dyn Format>,
    transports: Transports,
    /// The most memory that decoded content may take, in bytes.
    memory: u64,
}

/// The target that an object is decoded to.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) schema: Identity,
    pub(crate) readers: Readers,
    /// The most memory that it may take, in bytes, if it is not the catalog's.
    pub(crate) memory: Option<u64>,
}

impl Codec {
    pub(crate) fn new(format: Box<dyn Format>, transports: &Transports, memory: u64) -> Self {
        Self { format, transports: transports.clone(), memory }
    }

    /// Returns the manifest's `type`.
    pub(crate) fn kind(&self) -> &'static str {
        self.format.kind()
    }

    /// Returns the way in which objects are published.
    pub(crate) fn publishing(&self) -> Publishing {
        Publishing { read_only: self.format.read_only(), ..Publishing::default() }
    }

    /// Fails if everything in this format has another schema than `other`.
    pub(crate) fn agree(&self, other: &Identity, location: &str) -> Result<(), DataError> {
        self.format.schema().map_or(Ok(()), |own| own.agree(other, location))
    }

    /// Fetches the content of `place`, or what of it is read, to be decoded for these readers; of content of an unknown
    /// size, `most` bytes.
    pub(crate) async fn fetch(&self, place: &Place, readers: Readers, most: u64) -> Result<Done<Source>, DataError> {
        if self.format.reads_parts() {
            let wanted = |stored: &Stored| self.format.wanted_parts(stored);
            if let Some(parts) = place.get_parts(&self.destination(readers), &wanted).await? {
                return Ok(parts);
            }
        }
        self.fetch_all(place, readers, most).await
    }

    async fn fetch_all(&self, place: &Place, readers: Readers, most: u64) -> Result<Done<Source>, DataError> {
        // Decoded content is needed once, on the heap.
        let to = match self.format.is_verbatim() {
            true => Destination { most, ..self.destination(readers) },
            false => Destination { transports: Transports::copy(), most, ..self.destination(Readers::Several) },
        };
        place.get(&to).await
    }

    /// Decodes the content of `place`.
    pub(crate) async fn decode(
        self: &Arc<Self>,
        source: Source,
        wanted: Wanted,
        place: &Place,
    ) -> Result<Buffer, DataError> {
        let is_in_parts = source.parts().is_some();
        match self.decode_once(source, wanted.clone(), place).await {
            // Something else of it is needed after all, or it tells its fault.
            Err(_) if is_in_parts => {
                let whole = self.fetch_all(place, wanted.readers, self.memory).await?.value;
                self.decode_once(whole, wanted, place).await
            }
            decoded => decoded,
        }
    }

    async fn decode_once(
        self: &Arc<Self>,
        mut source: Source,
        wanted: Wanted,
        place: &Place,
    ) -> Result<Buffer, DataError> {
        let of_place = |fault| DataError::decode(place.location(), fault);
        if place.is_read_only() && !self.format.is_verbatim() && source.is_page().map_err(of_place)? {
            let fault = Fault::new(format!("the server sent a web page, not {}", self.kind()));
            return Err(of_place(
                fault.help("open the URL in a browser: it may want you to log in, or be another one"),
            ));
        }
        let codec = self.clone();
        let mut to = self.destination(wanted.readers);
        to.memory = wanted.memory.unwrap_or(to.memory);
        // Held while somebody waits for the result.
        let _stopping = to.stop.on_drop();
        to.progress.begin(Phase::Decoding, None);
        let decoding = move || codec.format.load(source, &wanted.schema, &to);
        in_background(decoding).await.map_err(|refusal| match refusal {
            format::Refusal::Fault(fault) => DataError::decode(place.location(), fault),
            format::Refusal::Schema(mismatch) => mismatch.at(place.location()),
        })
    }

    /// Reads the content of `place` to the end, and returns its faults and its number of bytes.
    pub(crate) async fn check(self: &Arc<Self>, place: &Place) -> Result<(Checked, u64), DataError> {
        let source = self.fetch_all(place, Readers::Several, self.memory).await?.value;
        let bytes = source.size();
        let codec = self.clone();
        let checking = move || codec.format.check(source, &codec.destination(Readers::Several));
        let checked = in_background(checking).await.map_err(|fault| DataError::decode(place.location(), fault))?;
        Ok((checked, bytes))
    }

    /// Returns the payload for `location`.
    pub(crate) async fn encode(
        self: &Arc<Self>,
        buffer: &Buffer,
        schema: Identity,
        location: &str,
    ) -> Result<PutPayload, DataError> {
        Progress::current().begin(Phase::Encoding, None);
        let (codec, buffer) = (self.clone(), buffer.clone());
        let payload = in_background(move || codec.format.save(&buffer, &schema)).await;
        payload.map_err(|fault| DataError::encode(location, fault))
    }

    /// Fails if nothing can be stored in the codec's format.
    pub(crate) fn check_savable(&self, location: &str) -> Result<(), DataError> {
        self.format.check_savable().map_err(|fault| DataError::encode(location, fault))
    }

    fn destination(&self, readers: Readers) -> Destination {
        let (transports, stop, progress) = (self.transports.clone(), Stop::default(), Progress::current());
        Destination { transports, readers, memory: self.memory, most: u64::MAX, stop, progress }
    }
}

/// Fails if nothing can be put at `place`.
pub(crate) fn check_writable(place: &Place) -> Result<(), DataError> {
    if !place.is_read_only() {
        return Ok(());
    }
    Err(DataError::Store {
        location: place.location().to_owned(),
        action: "written",
        reason: "web servers are read from only".to_owned(),
        help: Some("store the dataset as a file or in a bucket".to_owned()),
    })
}

/// Runs work in the background. Decoding and encoding take a processor and block, so they run on threads that may wait.
/// A codec that panics on hostile content fails its own dataset only.
async fn in_background<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Fault::new(format!("the codec gave up: {error}")).into()))
}
