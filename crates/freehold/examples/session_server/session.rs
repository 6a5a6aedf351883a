//! Sessions: a connection, the user behind it, and a queue of lines to be written to it.
//!
//! A session has two threads. One reads requests and carries them out; whatever is to be written, by this session or by
//! others, goes into the queue, which the other thread empties. So nobody waits for somebody else's connection.

use std::fmt;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use freehold::lockfree::Queue;
use freehold::sync::{Event, Mutex, OnceLock};
use freehold::{Gc, Trace};

use crate::protocol::{self, Answer, LONGEST_LINE, Refusal, Request};
use crate::room::{Message, Room};
use crate::server::Server;
use crate::user::User;

/// Lines that may wait for a client who does not read; then the session is over.
const MOST_WAITING: usize = 10_000;

/// One connection.
#[derive(Trace)]
pub struct Session {
    number: u64,
    server: Gc<Server>,
    user: OnceLock<Gc<User>>,
    outgoing: Queue<Outgoing>,
    waiting: AtomicUsize,
    /// There is something to write, or nothing will be any more.
    ready: Event,
    is_over: AtomicBool,
    /// Taken when the session ends, so that the connection does not wait for a collection to be closed.
    connection: Mutex<Option<Arc<TcpStream>>>,
}

/// A line to be written.
#[derive(Trace)]
enum Outgoing {
    Answer(String),
    Message(Gc<Message>),
}

impl Session {
    pub fn new(number: u64, server: &Gc<Server>, connection: &Arc<TcpStream>) -> Gc<Self> {
        Gc::new(Self {
            number,
            server: server.clone(),
            user: OnceLock::new(),
            outgoing: Queue::new(),
            waiting: AtomicUsize::new(0),
            ready: Event::new(),
            is_over: AtomicBool::new(false),
            connection: Mutex::new(Some(connection.clone())),
        })
    }

    pub fn number(&self) -> u64 {
        self.number
    }

    /// Puts a message into the queue.
    pub fn deliver(&self, message: Gc<Message>) {
        self.push(Outgoing::Message(message));
    }

    fn push(&self, line: Outgoing) {
        // Relaxed: a limit, which need not be exact.
        if self.is_over.load(Ordering::Relaxed) {
            return;
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return self.hang_up();
        }
        self.outgoing.push(line);
        self.ready.set();
    }

    /// Breaks the connection off; both threads will notice.
    pub fn hang_up(&self) {
        if let Some(connection) = &*self.connection.lock() {
            // It may be broken already.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// Reads requests until the client is gone, and carries them out.
    pub fn read(session: &Gc<Self>, connection: &TcpStream) {
        let mut reader = BufReader::new(connection);
        let mut line = Vec::with_capacity(LONGEST_LINE);
        // A connection that fails is one that ended.
        while read_line(&mut reader, &mut line).is_ok_and(|is_line| is_line) {
            let request = std::str::from_utf8(&line).map_err(|_| Refusal::NotUtf8);
            let request = if line.len() > LONGEST_LINE {
                Err(Refusal::LineTooLong)
            } else {
                request.and_then(Request::parse)
            };
            let is_last = matches!(request, Ok(Request::Quit) | Err(Refusal::LineTooLong));
            let answer = request.and_then(|request| Self::carry_out(session, request));
            session.push(Outgoing::Answer(protocol::line(&answer)));
            if is_last {
                break;
            }
        }
        Self::end(session);
    }

    /// Leaves what the session was part of. User and session go on to hold each other.
    fn end(session: &Gc<Self>) {
        if let Some(user) = session.user.get() {
            for room in user.leaves_all() {
                session.server.dismiss(user, &room);
            }
            session.server.log_out(user);
        }
        session.server.forget(session);
        // Release pairs with the Acquire of `write`: the last answer is in the queue.
        session.is_over.store(true, Ordering::Release);
        session.ready.set();
    }

    fn carry_out(session: &Gc<Self>, request: Request<'_>) -> Answer {
        let server = &session.server;
        if let Request::Login(name) = request {
            return Self::log_in(session, name);
        }
        if request == Request::Quit {
            return Ok(String::new());
        }
        let user = session.user.get().ok_or(Refusal::LoginFirst)?;
        let own = |room: &str| user.room(room).ok_or_else(|| Refusal::NotInRoom(room.to_owned()));
        match request {
            Request::Join(room) if user.room(room).is_some() => {}
            Request::Join(room) => user.enters(server.admit(user, room)),
            Request::Say(room, text) => Room::say(&own(room)?, user, text),
            Request::Who(room) => return Ok(own(room)?.names()),
            Request::Part(room) => {
                own(room)?;
                user.leaves(room).iter().for_each(|room| server.dismiss(user, room));
            }
            Request::Login(_) | Request::Quit => {}
        }
        Ok(String::new())
    }

    fn log_in(session: &Gc<Self>, name: &str) -> Answer {
        if let Some(user) = session.user.get() {
            return Err(Refusal::LoggedInAs(user.name().to_owned()));
        }
        let user = User::new(name, session);
        if !session.server.log_in(&user) {
            return Err(Refusal::NameTaken(name.to_owned()));
        }
        // Only this thread sets it, and it was not set.
        let _ = session.user.set(user);
        Ok(String::new())
    }

    /// Writes what is in the queue until the session is over, and ends the connection.
    pub fn write(&self, connection: &TcpStream) {
        // A connection that fails is one that ended.
        let _ = self.write_all(&mut BufWriter::new(connection));
        self.hang_up();
        drop(self.connection.lock().take());
        // Nobody will read it, and messages lead to users who have gone.
        self.outgoing.drain().for_each(drop);
    }

    fn write_all(&self, writer: &mut impl Write) -> io::Result<()> {
        loop {
            self.ready.wait();
            self.ready.clear();
            // Acquire pairs with the Release of `end`.
            let is_over = self.is_over.load(Ordering::Acquire);
            for line in self.outgoing.drain() {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                writeln!(writer, "{line}")?;
            }
            writer.flush()?;
            if is_over {
                return Ok(());
            }
        }
    }
}

/// Reads a line, or of a longer one as much as shows that it is too long. `false`: there is none; half a line is none.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    reader.take(LONGEST_LINE as u64 + 1).read_until(b'\n', line)?;
    Ok(line.ends_with(b"\n") || line.len() > LONGEST_LINE)
}

impl fmt::Display for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(line) => f.write_str(line),
            Self::Message(message) => message.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_or_are_none() {
        let mut reader = &b"QUIT\n\nhalf"[..];
        let mut line = Vec::new();
        assert!(read_line(&mut reader, &mut line).unwrap() && line == b"QUIT\n");
        assert!(read_line(&mut reader, &mut line).unwrap() && line == b"\n");
        assert!(!read_line(&mut reader, &mut line).unwrap());
        assert!(!read_line(&mut reader, &mut line).unwrap());
    }

    #[test]
    fn no_line_is_read_to_the_end_of_the_world() {
        let mut line = Vec::new();
        assert!(read_line(&mut io::BufReader::new(io::repeat(b'a')), &mut line).unwrap());
        assert_eq!(line.len(), LONGEST_LINE + 1);
    }
}
