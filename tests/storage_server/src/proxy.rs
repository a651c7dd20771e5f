//! A proxy that fails on purpose.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use crate::Fault;
use crate::http::Message;
use crate::plan::Plan;

/// Passes requests on to a server, and makes those of its plan fail. It stops when it is dropped.
#[derive(Debug)]
pub struct FaultyProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    plan: Mutex<Plan>,
    requests: AtomicUsize,
    faults: AtomicUsize,
    bytes: AtomicUsize,
    stopped: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Shared({})", self.target)
    }
}

impl FaultyProxy {
    /// Starts a proxy in front of the server at `target`.
    ///
    /// # Panics
    ///
    /// Panics if the machine has no port or thread left: that fails the test.
    pub fn start(target: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("a bound port");
        let shared = Arc::new(Shared {
            target,
            plan: Mutex::new(plan),
            requests: AtomicUsize::new(0),
            faults: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(client), shared) = (client, accepting.clone()) else { return };
                // The client notices the faults of a connection.
                thread::spawn(move || shared.serve(client));
            }
        });
        Self { address, shared }
    }

    /// Returns its URL, to be used instead of the server's.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the number of requests that have come.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Returns the number of bytes in the bodies of all answers.
    pub fn bytes(&self) -> usize {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// Returns the number of them that have failed on purpose.
    pub fn faults(&self) -> usize {
        self.shared.faults.load(Ordering::Relaxed)
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(client.try_clone()?);
        while let Some(request) = Message::request(&mut reader)? {
            let (method, target) = request.line();
            self.requests.fetch_add(1, Ordering::Relaxed);
            let fault = (self.plan.lock().unwrap_or_else(PoisonError::into_inner))(&method, &target);
            self.faults.fetch_add(usize::from(fault.is_some()), Ordering::Relaxed);
            match fault {
                None => (&client).write_all(&self.ask(&request, &method)?.bytes())?,
                Some(Fault::RefuseConditions) if !request.is_conditional() => {
                    (&client).write_all(&self.ask(&request, &method)?.bytes())?;
                }
                Some(fault) => return self.fail(fault, client, &request, &method),
            }
        }
        Ok(())
    }

    /// Returns the server's answer.
    fn ask(&self, request: &Message, method: &str) -> io::Result<Message> {
        let mut server = TcpStream::connect(self.target)?;
        server.write_all(&request.bytes())?;
        let answer = Message::response(&mut BufReader::new(server), method)?;
        self.bytes.fetch_add(answer.body.len(), Ordering::Relaxed);
        Ok(answer)
    }

    fn fail(&self, fault: Fault, client: TcpStream, request: &Message, method: &str) -> io::Result<()> {
        match fault {
            Fault::Reset => reset(client),
            Fault::ResetAfter => {
                self.ask(request, method)?;
                reset(client)
            }
            Fault::InternalError => refuse(client, "500 Internal Server Error", "InternalError"),
            Fault::SlowDown => refuse(client, "503 Service Unavailable", "SlowDown"),
            Fault::NoSuchBucket => refuse(client, "404 Not Found", "NoSuchBucket"),
            Fault::RefuseConditions => refuse(client, "501 Not Implemented", "NotImplemented"),
            Fault::Silence => {
                // Waits until the client closes.
                let mut client = client;
                client.read_to_end(&mut Vec::new()).map(drop)
            }
            Fault::Truncated | Fault::ResetWithin => {
                let answer = self.ask(request, method)?;
                let end = answer.head.len() + answer.body.len() / 2;
                if answer.body.is_empty() {
                    return reset(client);
                }
                (&client).write_all(&answer.bytes()[..end])?;
                if fault == Fault::ResetWithin { reset(client) } else { client.shutdown(Shutdown::Both) }
            }
        }
    }
}

/// Closes a connection so that the other side sees a reset.
fn reset(client: TcpStream) -> io::Result<()> {
    Ok(set_socket_linger(&client, Some(Duration::ZERO))?)
}

fn refuse(mut client: TcpStream, status: &str, code: &str) -> io::Result<()> {
    let body = format!("<Error><Code>{code}</Code><Message>on purpose</Message></Error>");
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
