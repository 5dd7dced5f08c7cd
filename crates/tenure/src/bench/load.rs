//! The load client's engine: many keep-alive connections on one thread, one request under way on each.
//!
//! Closed loop: a connection sends its next request when its answer is complete. What to send and what an answer
//! means is a [`Script`]'s business. Invariants: every request sent is either answered or counted as lost; after the
//! deadline nothing new is sent and what is under way is awaited.
//! Deliberately not here: TLS; the bench measures the server, over loopback.

use super::wire::{Answer, read_answer};
use crate::clock;
use hdrhistogram::Histogram;
use rustix::event::{Timespec, epoll};
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::fd::OwnedFd,
    time::{Duration, Instant},
};

/// How long answers are awaited after the deadline.
const DRAIN: Duration = Duration::from_secs(15);

/// What the connections say and hear. Times are nanoseconds since the epoch given to [`drive`].
pub trait Script {
    /// Appends the next request of a connection; `false`: this connection has nothing more to say.
    fn next(&mut self, connection: usize, now: u64, request: &mut Vec<u8>) -> bool;
    /// An answer came; `sent` is when its request was written.
    fn answered(&mut self, connection: usize, status: u16, body: &[u8], sent: u64, got: u64);
    /// The connection broke with a request under way that was never answered.
    fn lost(&mut self, _connection: usize, _sent: u64) {}
}

/// What one drive counted.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Nanoseconds from request written to answer complete.
    pub latency: Histogram<u64>,
    /// Answers.
    pub answers: u64,
    /// Answers with status 500 and above.
    pub faults: u64,
    /// Answers with status 4xx.
    pub refusals: u64,
    /// Requests without an answer: connection broken or time over.
    pub lost: u64,
    /// First request to last answer.
    pub elapsed: Duration,
    /// First fault or broken connection, for the report.
    pub first_problem: Option<String>,
}

impl Tally {
    fn new() -> Tally {
        // 1 µs to 2 minutes at 3 digits; the bounds are constants, so this can't fail.
        let latency = Histogram::new_with_bounds(1_000, 120_000_000_000, 3)
            .unwrap_or_else(|_| unreachable!());
        Tally {
            latency,
            answers: 0,
            faults: 0,
            refusals: 0,
            lost: 0,
            elapsed: Duration::ZERO,
            first_problem: None,
        }
    }

    /// Answers per second.
    pub fn rate(&self) -> f64 {
        self.answers as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

struct Connection {
    stream: TcpStream,
    outgoing: Vec<u8>,
    written: usize,
    incoming: Vec<u8>,
    filled: usize,
    sent: u64,
    waiting: bool,
    open: bool,
}

/// A running drive.
struct Drive<'a, S> {
    poll: OwnedFd,
    epoch: Instant,
    deadline: u64,
    script: &'a mut S,
    tally: Tally,
    under_way: usize,
    last_answer: u64,
}

/// Opens `connections` connections one after another.
///
/// # Errors
/// The server does not accept them.
pub fn connect(address: SocketAddr, connections: usize) -> io::Result<Vec<TcpStream>> {
    (0..connections)
        .map(|_| {
            let stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            Ok(stream)
        })
        .collect()
}

/// Lets every connection run its script until `length` has passed or the script ends. Times are counted from `epoch`,
/// so that several drives can be checked together.
///
/// # Errors
/// The kernel refuses the epoll set; broken connections are counted, not errors.
pub fn drive<S: Script>(
    epoch: Instant,
    streams: Vec<TcpStream>,
    length: Duration,
    script: &mut S,
) -> io::Result<Tally> {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let mut connections: Vec<Connection> = streams.into_iter().map(Connection::new).collect();
    for (index, connection) in connections.iter().enumerate() {
        epoll::add(
            &poll,
            &connection.stream,
            epoll::EventData::new_u64(index as u64),
            epoll::EventFlags::IN,
        )?;
    }
    let start = nanoseconds(clock::monotonic().duration_since(epoch));
    let mut drive = Drive {
        poll,
        epoch,
        deadline: start.saturating_add(nanoseconds(length)),
        script,
        tally: Tally::new(),
        under_way: 0,
        last_answer: 0,
    };
    for (index, connection) in connections.iter_mut().enumerate() {
        drive.send(index, connection);
    }
    let mut events = Vec::with_capacity(1024);
    while drive.under_way > 0 {
        let now = drive.now();
        if now > drive.deadline.saturating_add(nanoseconds(DRAIN)) {
            break;
        }
        events.clear();
        let patience = Timespec { tv_sec: 1, tv_nsec: 0 };
        match epoll::wait(&drive.poll, rustix::buffer::spare_capacity(&mut events), Some(&patience))
        {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
            if let Some(connection) = connections.get_mut(index) {
                drive.ready(index, connection);
            }
        }
    }
    drive.tally.lost += drive.under_way as u64;
    drive.tally.elapsed = Duration::from_nanos(drive.last_answer.saturating_sub(start));
    Ok(drive.tally)
}

impl<S: Script> Drive<'_, S> {
    fn now(&self) -> u64 {
        nanoseconds(clock::monotonic().duration_since(self.epoch))
    }

    /// Lets the script say the next thing on an idle connection.
    fn send(&mut self, index: usize, connection: &mut Connection) {
        let now = self.now();
        connection.outgoing.clear();
        connection.written = 0;
        if now >= self.deadline || !self.script.next(index, now, &mut connection.outgoing) {
            return;
        }
        connection.sent = now;
        connection.waiting = true;
        self.under_way += 1;
        self.write(index, connection);
    }

    fn write(&mut self, index: usize, connection: &mut Connection) {
        while connection.written < connection.outgoing.len() {
            match connection.stream.write(&connection.outgoing[connection.written..]) {
                Ok(0) => return self.broken(index, connection, "closed while writing"),
                Ok(count) => connection.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return self.watch(
                        index,
                        connection,
                        epoll::EventFlags::IN | epoll::EventFlags::OUT,
                    );
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.broken(index, connection, &error.to_string()),
            }
        }
    }

    fn watch(&mut self, index: usize, connection: &mut Connection, flags: epoll::EventFlags) {
        if let Err(error) = epoll::modify(
            &self.poll,
            &connection.stream,
            epoll::EventData::new_u64(index as u64),
            flags,
        ) {
            self.broken(index, connection, &error.to_string());
        }
    }

    fn ready(&mut self, index: usize, connection: &mut Connection) {
        if !connection.open {
            return;
        }
        if connection.written < connection.outgoing.len() {
            self.write(index, connection);
            if connection.open && connection.written == connection.outgoing.len() {
                self.watch(index, connection, epoll::EventFlags::IN);
            }
        }
        match connection.receive() {
            Ok(true) => {}
            Ok(false) => return self.broken(index, connection, "closed by the server"),
            Err(error) => return self.broken(index, connection, &error.to_string()),
        }
        match read_answer(&connection.incoming[..connection.filled]) {
            Ok(Some(answer)) => self.answered(index, connection, answer),
            Ok(None) => {}
            Err(problem) => self.broken(index, connection, &problem),
        }
    }

    fn answered(&mut self, index: usize, connection: &mut Connection, answer: Answer) {
        let got = self.now();
        let body = &connection.incoming[answer.body_start..answer.body_end];
        self.tally.answers += 1;
        self.tally.latency.saturating_record(got.saturating_sub(connection.sent));
        self.last_answer = got;
        match answer.status {
            500.. => {
                self.tally.faults += 1;
                let text = || {
                    format!(
                        "{}: {}",
                        answer.status,
                        String::from_utf8_lossy(&body[..body.len().min(200)])
                    )
                };
                self.tally.first_problem.get_or_insert_with(text);
            }
            400..500 => self.tally.refusals += 1,
            _ => {}
        }
        self.script.answered(index, answer.status, body, connection.sent, got);
        connection.incoming.copy_within(answer.body_end..connection.filled, 0);
        connection.filled -= answer.body_end;
        connection.waiting = false;
        self.under_way -= 1;
        if answer.closes {
            return self.broken(index, connection, "closed after an answer");
        }
        self.send(index, connection);
    }

    fn broken(&mut self, index: usize, connection: &mut Connection, problem: &str) {
        if connection.waiting {
            self.under_way -= 1;
            self.tally.lost += 1;
            self.script.lost(index, connection.sent);
            self.tally
                .first_problem
                .get_or_insert_with(|| format!("connection {index}: {problem}"));
        }
        connection.waiting = false;
        connection.open = false;
        // A closed socket would be reported ready for ever; the peer may be gone already, so failures mean nothing.
        let _ = epoll::delete(&self.poll, &connection.stream);
        let _ = connection.stream.shutdown(std::net::Shutdown::Both);
    }
}

impl Connection {
    fn new(stream: TcpStream) -> Connection {
        Connection {
            stream,
            outgoing: Vec::with_capacity(1024),
            written: 0,
            incoming: vec![0; 4096],
            filled: 0,
            sent: 0,
            waiting: false,
            open: true,
        }
    }

    /// Reads what has come; `false` at the end of the stream.
    fn receive(&mut self) -> io::Result<bool> {
        loop {
            if self.filled == self.incoming.len() {
                self.incoming.resize(self.filled * 2, 0);
            }
            match self.stream.read(&mut self.incoming[self.filled..]) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.filled += count;
                    // A buffer not filled is a socket drained: no second call to learn that.
                    if self.filled < self.incoming.len() {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Says "GET /" a number of times per connection.
    struct Polite {
        left: Vec<u32>,
        bodies: Vec<String>,
        lost: u32,
    }

    impl Script for Polite {
        fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
            if self.left[connection] == 0 {
                return false;
            }
            self.left[connection] -= 1;
            request.extend_from_slice(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
            true
        }

        fn answered(&mut self, _: usize, _: u16, body: &[u8], sent: u64, got: u64) {
            assert!(sent <= got);
            self.bodies.push(String::from_utf8_lossy(body).into_owned());
        }

        fn lost(&mut self, _: usize, _: u64) {
            self.lost += 1;
        }
    }

    /// Answers `answers` requests on each of two connections, in small pieces, then hangs up.
    fn server(answers: u32) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        std::thread::spawn(move || -> io::Result<()> {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept()?;
                std::thread::spawn(move || -> io::Result<()> {
                    let mut request = [0; 64];
                    for _ in 0..answers {
                        if stream.read(&mut request)? == 0 {
                            break;
                        }
                        for piece in ["HTTP/1.1 200 OK\r\ncontent-", "length: 5\r\n\r\nhe", "llo"] {
                            stream.write_all(piece.as_bytes())?;
                        }
                    }
                    Ok(())
                });
            }
            Ok(())
        });
        Ok(address)
    }

    #[test]
    fn every_request_is_answered_or_counted_as_lost() -> io::Result<()> {
        for (answers, expected) in [(3, (6, 0)), (2, (4, 2))] {
            let mut script = Polite { left: vec![3, 3], bodies: Vec::new(), lost: 0 };
            let streams = connect(server(answers)?, 2)?;
            let epoch = clock::monotonic();
            let tally = drive(epoch, streams, Duration::from_secs(30), &mut script)?;
            assert_eq!((tally.answers, tally.lost), expected);
            assert!(script.bodies.iter().all(|body| body == "hello"));
            assert_eq!(u64::from(script.lost), tally.lost);
        }
        Ok(())
    }
}
