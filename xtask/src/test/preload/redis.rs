//! redis: a server under the load of its own benchmark, on loopback; it saves from a forked child, forgets everything, and ends.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::Verdict;
use super::library::{Library, Mode, is_installed};
use crate::error::Error;

/// What the benchmark does.
const LOAD: [&str; 15] = [
    "-q",
    "-n",
    "30000",
    "-c",
    "20",
    "-P",
    "8",
    "-r",
    "10000",
    "-d",
    "200",
    "--threads",
    "2",
    "-t",
    "set,get,incr,lpush,rpop,lrange_100,sadd,hset,spop,zadd,mset",
];

/// A server, which ends with its owner.
struct Server {
    process: Child,
    port: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already is no news.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a server and its benchmark, both with the library.
pub fn judge(library: &Library) -> Result<Verdict, Error> {
    if !["redis-server", "redis-benchmark", "redis-cli"]
        .into_iter()
        .all(is_installed)
    {
        return Ok(Verdict::Missing("apt-get install redis-server redis-tools"));
    }
    let mut server = Server::start(library)?;
    let mut report = String::new();
    for (client, arguments, expected) in [
        ("redis-benchmark", &LOAD[..], "MSET (10 keys):"),
        ("redis-cli", &["bgsave"], "Background saving started"),
        ("redis-benchmark", &LOAD, "MSET (10 keys):"),
        ("redis-cli", &["save"], "OK"),
        (
            "redis-cli",
            &["config", "set", "maxmemory-policy", "allkeys-lru", "maxmemory", "4mb"],
            "OK",
        ),
        ("redis-benchmark", &LOAD, "MSET (10 keys):"),
        ("redis-cli", &["flushall"], "OK"),
        ("redis-cli", &["dbsize"], "0"),
        ("redis-cli", &["memory", "purge"], "OK"),
    ] {
        let answer = server.ask(library, client, arguments)?;
        if !answer.contains(expected) {
            report = format!("{client} {} was answered: {answer}", arguments.join(" "));
            break;
        }
    }
    if report.is_empty() {
        server.ask(library, "redis-cli", &["shutdown", "nosave"])?;
        let status = server
            .process
            .wait()
            .map_err(|error| Error::io("redis-server", error))?;
        if status.success() {
            return Ok(Verdict::Passed("a server and its benchmark".to_owned()));
        }
        report = format!("the server ended with {status}");
    }
    drop(server);
    let log = std::fs::read_to_string(library.log("redis-server")?).unwrap_or_default();
    Ok(Verdict::Failed(format!("{report}\n{log}")))
}

impl Server {
    /// Starts a server with the library and waits until it answers.
    fn start(library: &Library) -> Result<Self, Error> {
        let failed = |error| Error::io("redis-server", error);
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = free.local_addr().map_err(failed)?.port().to_string();
        drop(free);
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--logfile"])
            .arg(library.log("redis-server")?)
            .current_dir(library.directory("redis")?)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        library.preload(&mut command);
        let process = command.spawn().map_err(failed)?;
        let server = Server { process, port };
        for _ in 0..100 {
            if server.ask(library, "redis-cli", &["ping"])?.contains("PONG") {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// What a client that was started with the library prints.
    fn ask(&self, library: &Library, client: &str, arguments: &[&str]) -> Result<String, Error> {
        let mut command = Command::new("timeout");
        command
            .args(["60", client, "-h", "127.0.0.1", "-p", &self.port])
            .args(arguments);
        Ok(library.run(client, Mode::Preloaded, &mut command)?.output)
    }
}
