//! The load: clients that log in, join rooms, talk, and go; a third of them properly, the others by breaking off, some in the
//! middle of a line. Then they come back under another name.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long a reply may take; on a machine with other work to do, longer than anyone would wait.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the clients have seen so far. Relaxed throughout: figures, read now and then.
#[derive(Default)]
pub struct Tally {
    pub requests: AtomicU64,
    pub messages: AtomicU64,
    pub opened: AtomicU64,
    pub ended: AtomicU64,
    pub broken_off: AtomicU64,
    /// The longest time until a reply, in nanoseconds, since somebody took it.
    pub slowest: AtomicU64,
    /// Sessions that went otherwise than they should have.
    pub failed: AtomicU64,
}

/// One client after the other, until the time is over; names begin with `number`.
pub fn keep_busy(server: SocketAddr, number: u64, rooms: u64, end: Instant, tally: &Tally) {
    let mut random = Random(number);
    for life in 0.. {
        if Instant::now() >= end {
            return;
        }
        tally.opened.fetch_add(1, Ordering::Relaxed);
        let outcome = Client::connect(server, tally).and_then(|mut client| {
            let name = format!("user-{number}-{life}");
            client.live(&name, rooms, end, &mut random)
        });
        tally.ended.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = outcome {
            tally.failed.fetch_add(1, Ordering::Relaxed);
            eprintln!("session_server: user-{number}-{life}: {error}");
            thread::sleep(Duration::from_millis(100));
        }
    }
}

struct Client<'a> {
    connection: BufReader<TcpStream>,
    line: String,
    tally: &'a Tally,
}

impl<'a> Client<'a> {
    fn connect(server: SocketAddr, tally: &'a Tally) -> io::Result<Self> {
        let connection = TcpStream::connect(server)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            connection: BufReader::new(connection),
            line: String::new(),
            tally,
        })
    }

    /// All that one user does.
    fn live(&mut self, name: &str, rooms: u64, end: Instant, random: &mut Random) -> io::Result<()> {
        self.request(&format!("LOGIN {name}"))?;
        let mut joined = Vec::new();
        for _ in 0..1 + random.below(3) {
            self.join(&mut joined, rooms, random)?;
        }
        for step in 0..50 + random.below(150) {
            if Instant::now() >= end {
                break;
            }
            let room = joined[random.below(joined.len() as u64) as usize];
            match random.below(20) {
                0 => {
                    self.request(&format!("PART room-{room}"))?;
                    joined.retain(|other| *other != room);
                    self.join(&mut joined, rooms, random)?;
                }
                1 | 2 => self.request(&format!("WHO room-{room}"))?,
                _ => self.request(&format!("SAY room-{room} this is my {step}. word"))?,
            }
        }
        match random.below(3) {
            0 => return self.request("QUIT"),
            1 => self.connection.get_mut().write_all(b"SAY room-0 I have much to")?,
            _ => {}
        }
        self.tally.broken_off.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn join(&mut self, joined: &mut Vec<u64>, rooms: u64, random: &mut Random) -> io::Result<()> {
        let room = random.below(rooms);
        if !joined.contains(&room) {
            joined.push(room);
        }
        self.request(&format!("JOIN room-{room}"))
    }

    /// Sends a request and reads up to its reply, which must be `OK`.
    fn request(&mut self, request: &str) -> io::Result<()> {
        let begin = Instant::now();
        self.connection.get_mut().write_all(format!("{request}\n").as_bytes())?;
        loop {
            self.line.clear();
            if self.connection.read_line(&mut self.line)? == 0 {
                return Err(io::Error::other(format!(
                    "no reply to {request:?}: the connection ended"
                )));
            }
            if self.line.starts_with("MSG ") {
                self.tally.messages.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let nanoseconds = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.tally.slowest.fetch_max(nanoseconds, Ordering::Relaxed);
            self.tally.requests.fetch_add(1, Ordering::Relaxed);
            if self.line.starts_with("OK") {
                return Ok(());
            }
            return Err(io::Error::other(format!(
                "{request:?} was answered by {:?}",
                self.line.trim_end()
            )));
        }
    }
}

/// Knuth's linear congruential generator; the high bits are random enough to draw from.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
