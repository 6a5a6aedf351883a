//! Rooms, and the messages in them. A room knows its members and its last messages; a message knows its room and its author:
//! cycles, which nobody takes apart when the last member has gone.

use std::collections::VecDeque;
use std::fmt;

use freehold::sync::{Mutex, RwLock};
use freehold::{Gc, Trace};

use crate::user::User;

/// Messages that a room remembers.
const REMEMBERED: usize = 8;

/// A place where users hear each other.
#[derive(Trace)]
pub struct Room {
    name: String,
    members: RwLock<Members>,
    last_messages: Mutex<VecDeque<Gc<Message>>>,
}

#[derive(Default, Trace)]
struct Members {
    users: Vec<Gc<User>>,
    /// The last one has gone; who wants to join needs another room of this name.
    is_closed: bool,
}

/// What somebody said.
#[derive(Trace)]
pub struct Message {
    room: Gc<Room>,
    author: Gc<User>,
    text: String,
}

impl Room {
    /// A room without members.
    pub fn new(name: &str) -> Gc<Self> {
        Gc::new(Self {
            name: name.to_owned(),
            members: RwLock::default(),
            last_messages: Mutex::default(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets a user in, who gets the last messages, and from then on all others. `false`: the room is closed.
    pub fn admit(&self, user: &Gc<User>) -> bool {
        let mut members = self.members.write();
        if members.is_closed {
            return false;
        }
        members.users.push(user.clone());
        for message in &*self.last_messages.lock() {
            user.hear(message.clone());
        }
        true
    }

    /// Lets a user go, and says whether that has closed the room.
    pub fn dismiss(&self, user: &Gc<User>) -> bool {
        let mut members = self.members.write();
        members.users.retain(|member| !Gc::ptr_eq(member, user));
        members.is_closed = members.users.is_empty();
        members.is_closed
    }

    /// Tells all members, the author too.
    pub fn say(room: &Gc<Self>, author: &Gc<User>, text: &str) {
        let message = Gc::new(Message {
            room: room.clone(),
            author: author.clone(),
            text: text.to_owned(),
        });
        // Nobody joins meanwhile: who does later finds the message among the last.
        let members = room.members.read();
        room.remember(message.clone());
        for member in &members.users {
            member.hear(message.clone());
        }
    }

    fn remember(&self, message: Gc<Message>) {
        let mut last = self.last_messages.lock();
        if last.len() == REMEMBERED {
            last.pop_front();
        }
        last.push_back(message);
    }

    /// The members' names.
    pub fn names(&self) -> String {
        let members = self.members.read();
        let names: Vec<_> = members.users.iter().map(|user| user.name()).collect();
        names.join(" ")
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MSG {} {} {}", self.room.name, self.author.name(), self.text)
    }
}
