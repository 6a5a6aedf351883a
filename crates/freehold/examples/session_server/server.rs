//! The server: who is there, by name, and the threads that serve them.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use freehold::lockfree::Map;
use freehold::{Gc, Trace};

use crate::room::Room;
use crate::session::Session;
use crate::user::User;

/// Users and rooms by name, and sessions by number. Everything on the server leads to everything else from here.
#[derive(Default, Trace)]
pub struct Server {
    users: Map<String, Gc<User>>,
    rooms: Map<String, Gc<Room>>,
    sessions: Map<u64, Gc<Session>>,
}

impl Server {
    /// Enters a user, unless there is another of that name.
    pub fn log_in(&self, user: &Gc<User>) -> bool {
        let mut is_new = false;
        self.users.update(user.name().to_owned(), |present| {
            is_new = present.is_none();
            Some(present.unwrap_or(user).clone())
        });
        is_new
    }

    /// Forgets a user.
    pub fn log_out(&self, user: &User) {
        self.users.remove(user.name());
    }

    /// Lets a user into the room of that name, which is made if there is none.
    pub fn admit(&self, user: &Gc<User>, name: &str) -> Gc<Room> {
        loop {
            let room = self.room(name);
            if room.admit(user) {
                return room;
            }
            self.forget_room(&room);
        }
    }

    fn room(&self, name: &str) -> Gc<Room> {
        match self.rooms.get(name) {
            Some(room) => room.value().clone(),
            None => self
                .rooms
                .get_or_insert_with(name.to_owned(), || Room::new(name))
                .value()
                .clone(),
        }
    }

    /// Lets a user go from a room, and forgets the room if that was the last.
    pub fn dismiss(&self, user: &Gc<User>, room: &Gc<Room>) {
        if room.dismiss(user) {
            self.forget_room(room);
        }
    }

    /// Forgets a closed room; another of its name may be there already.
    fn forget_room(&self, room: &Gc<Room>) {
        self.rooms.update(room.name().to_owned(), |present| {
            present.filter(|present| !Gc::ptr_eq(present, room)).cloned()
        });
    }

    /// Forgets a session.
    pub fn forget(&self, session: &Session) {
        self.sessions.remove(&session.number());
    }
}

/// The port that the server listens at.
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    is_closing: AtomicBool,
}

impl Listener {
    /// Takes a port of the loopback interface; 0: any that is free.
    pub fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            is_closing: AtomicBool::new(false),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves whoever connects, until [`close`](Self::close); returns when all sessions have ended.
    pub fn serve(&self, server: &Gc<Server>) {
        thread::scope(|scope| {
            for (number, connection) in (0..).zip(self.listener.incoming()) {
                // Acquire pairs with the Release of `close`.
                if self.is_closing.load(Ordering::Acquire) {
                    break;
                }
                let Ok(connection) = connection.map(Arc::new) else {
                    // The client is gone already, or too many files are open; then there are fewer soon.
                    thread::sleep(Duration::from_millis(10));
                    continue;
                };
                // Lines are short, and each is waited for.
                let _ = connection.set_nodelay(true);
                let session = Session::new(number, server, &connection);
                server.sessions.insert(number, session.clone());
                let (writer, written) = (session.clone(), connection.clone());
                scope.spawn(move || writer.write(&written));
                scope.spawn(move || Session::read(&session, &connection));
            }
            server.sessions.iter().for_each(|session| session.hang_up());
        });
    }

    /// Lets nobody in any more, and ends all sessions.
    pub fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        // The thread that waits for connections gets one; if it fails, that thread has had another reason to look.
        if let Ok(connection) = TcpStream::connect(self.address) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}
