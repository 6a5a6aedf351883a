//! A chat service on loopback whose objects refer to each other in cycles, and clients that keep it busy.
//!
//! `cargo run --release --example session_server [-- --seconds N] [--clients N] [--port P]`. Sessions, users, rooms and messages
//! are objects of the shared heap, which hold each other through freehold's locks, queues and maps (`server`, `session`,
//! `user`, `room`). When a client goes, properly or not, the server takes it out of its maps and does nothing
//! else: user and session hold each other, a room and its messages too, and the collector finds them. The clients are
//! threads of this program (`load`). Each second it says what was done, what is on the heap, and who waited how long.
//! In the end the server stops and the heap must be empty; if it is not, the exit code is 1.

mod arguments;
#[cfg(test)]
mod conversation;
mod figures;
mod load;
mod progress;
mod protocol;
mod room;
mod server;
mod session;
mod user;

use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use arguments::{Arguments, HELP, Parsed};
use figures::grouped;
use freehold::{Gc, gc, heap};
use load::Tally;
use server::{Listener, Server};

fn main() -> ExitCode {
    let outcome = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Parsed::Run(arguments)) => run(&arguments),
        Ok(Parsed::Help) => Ok(HELP.to_owned()),
        Err(message) => {
            eprintln!("session_server: {message}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("session_server: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a text. Who has closed standard output does not want to read it.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let Arguments { seconds, clients, port } = *arguments;
    let listener = Listener::bind(port).map_err(|error| {
        format!("cannot listen at port {port} of loopback: {error}; without --port, any that is free is taken")
    })?;
    say(&format!(
        "{} at {} for {seconds} s\n\n",
        counted(clients, "client"),
        listener.address()
    ));
    let tally = Tally::default();
    serve(&listener, arguments, &tally);
    // The server's objects hold each other, and nothing else holds them.
    gc::collect();
    outcome(&tally)
}

/// Runs the server and its clients until the time is over and all are gone.
fn serve(listener: &Listener, arguments: &Arguments, tally: &Tally) {
    let server = Gc::new(Server::default());
    let begin = Instant::now();
    let end = begin + arguments.duration();
    thread::scope(|scope| {
        scope.spawn(|| listener.serve(&server));
        thread::scope(|scope| {
            for number in 0..arguments.clients {
                // Some rooms are empty at any time.
                scope.spawn(move || load::keep_busy(listener.address(), number, arguments.clients, end, tally));
            }
            // Who has closed standard output does not want to see it.
            let _ = progress::show(tally, begin, end);
        });
        listener.close();
    });
}

/// What is to be said at the end, of a heap that should be empty and clients that should be content.
fn outcome(tally: &Tally) -> Result<String, String> {
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let left: usize = heap::census().iter().map(|row| row.objects).sum();
    if left > 0 {
        let rows: Vec<_> = heap::census()
            .iter()
            .map(|row| format!("{} × {}", row.objects, row.type_name))
            .collect();
        return Err(format!("the heap is not empty: {}", rows.join(", ")));
    }
    if count(&tally.failed) > 0 {
        return Err(format!("{} went wrong", counted(count(&tally.failed), "session")));
    }
    let stats = gc::stats();
    let [opened, broken_off, requests, messages] =
        [&tally.opened, &tally.broken_off, &tally.requests, &tally.messages].map(count);
    Ok(format!(
        "\nThe heap is empty.\n  \
         {} ({} broken off), {}, {}\n  \
         {} on cycles freed by {}\n  \
         no thread waited longer than {} ms for the collector\n",
        counted(opened, "session"),
        grouped(broken_off),
        counted(requests, "request"),
        counted(messages, "message"),
        counted(stats.collected, "object"),
        counted(stats.collections, "collection"),
        figures::milliseconds(stats.pauses.longest()),
    ))
}

/// `1 client`, `2,000 clients`.
fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}
