//! Users: a name, the session that it came by, and the rooms that it is in. Session and user know each other.

use freehold::sync::Mutex;
use freehold::{Gc, Trace};

use crate::room::{Message, Room};
use crate::session::Session;

/// Somebody with a name.
#[derive(Trace)]
pub struct User {
    name: String,
    session: Gc<Session>,
    rooms: Mutex<Vec<Gc<Room>>>,
}

impl User {
    /// The user of a session.
    pub fn new(name: &str, session: &Gc<Session>) -> Gc<Self> {
        Gc::new(Self {
            name: name.to_owned(),
            session: session.clone(),
            rooms: Mutex::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Has the session deliver a message.
    pub fn hear(&self, message: Gc<Message>) {
        self.session.deliver(message);
    }

    /// The room of that name, if the user is in it.
    pub fn room(&self, name: &str) -> Option<Gc<Room>> {
        let rooms = self.rooms.lock();
        rooms.iter().find(|room| room.name() == name).cloned()
    }

    /// Notes that the user is in a room.
    pub fn enters(&self, room: Gc<Room>) {
        self.rooms.lock().push(room);
    }

    /// Notes that the user has left a room, which is returned if there was one of that name.
    pub fn leaves(&self, name: &str) -> Option<Gc<Room>> {
        let mut rooms = self.rooms.lock();
        let at = rooms.iter().position(|room| room.name() == name)?;
        Some(rooms.swap_remove(at))
    }

    /// Notes that the user has left all rooms, which are returned.
    pub fn leaves_all(&self) -> Vec<Gc<Room>> {
        std::mem::take(&mut self.rooms.lock())
    }
}
