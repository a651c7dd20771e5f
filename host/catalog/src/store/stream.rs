//! Streams, which are read to their end and written into: pipes, descriptors of this process, terminals, files that the
//! kernel makes up. Such a transfer may take any time, so it happens on a thread of its own. To stop waiting, drop the
//! future; the thread is left to itself.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use object_store::PutPayload;
use tokio::sync::{mpsc, oneshot};

use super::nature::{Nature, Target};

/// The number of bytes that are read at once.
const PIECE: usize = 256 << 10;
/// The number of pieces that wait for their receiver.
const WAITING: usize = 4;
/// The wait if a non-blocking descriptor says "not now".
const NOT_NOW: Duration = Duration::from_millis(5);

/// Reads all that comes, until it ends.
pub(super) fn read(target: Target) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    begin(move || {
        let sent = open_to_read(target).and_then(|mut file| {
            while let Some(piece) = read_piece(&mut file)? {
                if sender.blocking_send(Ok(piece)).is_err() {
                    break;
                }
            }
            Ok(())
        });
        if let Err(error) = sent {
            // Otherwise the receiver is gone.
            let _ = sender.blocking_send(Err(error));
        }
    })?;
    Ok(stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))).boxed())
}

/// Writes `payload` there, behind all earlier content.
pub(super) async fn write(target: Target, payload: PutPayload) -> io::Result<()> {
    let (sender, receiver) = oneshot::channel();
    begin(move || {
        let written =
            open_to_write(target).and_then(|mut file| payload.iter().try_for_each(|bytes| pour(&mut file, bytes)));
        // Otherwise the receiver is gone.
        let _ = sender.send(written);
    })?;
    receiver.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

fn begin(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("wpipe-stream".into()).spawn(work).map(drop)
}

fn open_to_read(Target { path, nature }: Target) -> io::Result<File> {
    match nature {
        // The descriptor itself: a socket, or a pipe of another user, cannot be opened by its path.
        Nature::Descriptor(0) => Ok(io::stdin().as_fd().try_clone_to_owned()?.into()),
        Nature::Descriptor(number) => File::open(descriptor(number)),
        _ => File::open(path),
    }
}

fn open_to_write(Target { path, nature }: Target) -> io::Result<File> {
    match nature {
        Nature::Descriptor(1) => {
            // Text that was printed before comes before.
            io::stdout().flush()?;
            Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
        }
        Nature::Descriptor(2) => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
        Nature::Descriptor(number) => OpenOptions::new().append(true).open(descriptor(number)),
        _ => OpenOptions::new().write(true).open(path),
    }
}

fn descriptor(number: u32) -> PathBuf {
    format!("/proc/self/fd/{number}").into()
}

fn read_piece(file: &mut File) -> io::Result<Option<Bytes>> {
    let mut piece = vec![0; PIECE];
    let length = again(|| file.read(&mut piece))?;
    piece.truncate(length);
    Ok((length > 0).then(|| piece.into()))
}

fn pour(file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match again(|| file.write(bytes))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}

fn again(mut step: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match step() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(NOT_NOW),
            outcome => return outcome,
        }
    }
}
