//! Conversations with the server, over real connections, line by line.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use freehold::{Gc, gc, heap};

use crate::protocol::LONGEST_LINE;
use crate::server::{Listener, Server};

/// Somebody at a terminal.
struct Person(BufReader<TcpStream>);

impl Person {
    fn says(&mut self, line: &str) -> &mut Self {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
        self
    }

    #[track_caller]
    fn hears(&mut self, expected: &str) -> &mut Self {
        assert_eq!(self.next_line(), expected);
        self
    }

    /// The next line; empty if the connection has ended.
    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn is_logged_in(&mut self, name: &str) -> &mut Self {
        self.says(&format!("LOGIN {name}")).hears("OK")
    }
}

/// Has a conversation with a server, which then leaves nothing on the heap.
fn converse(conversation: impl FnOnce(&dyn Fn() -> Person)) {
    // One server at a time, since they have one heap.
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let listener = Listener::bind(0).unwrap();
    let server = Gc::new(Server::default());
    let connect = || {
        let connection = TcpStream::connect(listener.address()).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Person(BufReader::new(connection))
    };
    thread::scope(|scope| {
        scope.spawn(|| listener.serve(&server));
        let closing = Closing(&listener);
        conversation(&connect);
        drop(closing);
    });
    drop(server);
    gc::collect();
    assert!(heap::census().is_empty(), "{:?}", heap::census());
}

/// Closes the server, also when a conversation goes wrong.
struct Closing<'a>(&'a Listener);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[test]
fn members_of_a_room_hear_each_other() {
    converse(|connect| {
        let (mut ada, mut bob) = (connect(), connect());
        ada.is_logged_in("ada").says("JOIN tea").hears("OK");
        bob.is_logged_in("bob").says("JOIN tea").hears("OK");
        ada.says("SAY tea with milk").hears("MSG tea ada with milk").hears("OK");
        bob.hears("MSG tea ada with milk");
        bob.says("WHO tea").hears("OK ada bob");
        bob.says("PART tea")
            .hears("OK")
            .says("WHO tea")
            .hears("ERR you are not in tea: JOIN tea");
        ada.says("WHO tea").hears("OK ada").says("QUIT").hears("OK").hears("");
    });
}

#[test]
fn who_joins_hears_the_last_messages_of_a_room_that_somebody_is_in() {
    converse(|connect| {
        let mut ada = connect();
        ada.is_logged_in("ada").says("JOIN tea").hears("OK");
        for number in 0..9 {
            ada.says(&format!("SAY tea {number}"))
                .hears(&format!("MSG tea ada {number}"))
                .hears("OK");
        }
        let mut bob = connect();
        bob.is_logged_in("bob").says("JOIN tea");
        for number in 1..9 {
            bob.hears(&format!("MSG tea ada {number}"));
        }
        bob.hears("OK").says("PART tea").hears("OK");
        // A room that nobody is in is forgotten, and so are its messages.
        ada.says("PART tea").hears("OK").says("JOIN tea").hears("OK");
    });
}

#[test]
fn a_name_is_free_again_when_its_session_is_over() {
    converse(|connect| {
        let (mut ada, mut other) = (connect(), connect());
        other.says("JOIN tea").hears("ERR say who you are first: LOGIN name");
        ada.is_logged_in("ada")
            .says("LOGIN eve")
            .hears("ERR you are ada already");
        other.says("LOGIN ada").hears("ERR somebody else is ada");
        // Breaks off in the middle of a line.
        ada.0.get_mut().write_all(b"JOIN t").unwrap();
        drop(ada);
        while other.says("LOGIN ada").next_line() != "OK" {
            thread::yield_now();
        }
    });
}

#[test]
fn a_line_that_is_too_long_ends_the_session() {
    converse(|connect| {
        let mut ada = connect();
        ada.says("NONSENSE")
            .hears("ERR there is no command \"NONSENSE\": use LOGIN, JOIN, SAY, WHO, PART or QUIT");
        ada.0.get_mut().write_all(&vec![b'a'; LONGEST_LINE + 1]).unwrap();
        ada.hears(&format!("ERR a line has {LONGEST_LINE} bytes at most"))
            .hears("");
    });
}

#[test]
fn sessions_end_with_the_server() {
    let mut left = Vec::new();
    converse(|connect| {
        let mut ada = connect();
        ada.is_logged_in("ada").says("JOIN tea").hears("OK");
        left.push(ada);
    });
    left[0].hears("");
}
