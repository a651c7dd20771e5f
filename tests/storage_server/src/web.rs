//! A web server whose answers a test decides.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::http::Message;

/// Returns the answer to a request of this method and target, from the status line on.
pub type Answer = dyn Fn(&str, &str) -> Vec<u8> + Send + Sync;

/// A server of one connection a request, which stops when it is dropped.
pub struct WebServer {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl std::fmt::Debug for WebServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebServer({})", self.address)
    }
}

impl WebServer {
    /// Sends the result of `answer` unchanged, and closes the connection.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no port or thread left: that fails the test.
    pub fn start(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("a bound port");
        let stopped = Arc::new(AtomicBool::new(false));
        let (has_stopped, answer): (_, Arc<Answer>) = (stopped.clone(), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming() {
                if has_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), answer) = (client, answer.clone()) else { return };
                // The client notices the faults of a connection.
                thread::spawn(move || serve(client, &*answer));
            }
        });
        Self { address, stopped }
    }

    /// Returns its URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut client: TcpStream, answer: &Answer) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(request) = Message::request(&mut reader)? else { return Ok(()) };
    let (method, target) = request.line();
    client.write_all(&answer(&method, &target))?;
    client.shutdown(Shutdown::Write)?;
    // Closed with something unread, the connection would be reset.
    io::copy(&mut reader, &mut io::sink()).map(drop)
}
