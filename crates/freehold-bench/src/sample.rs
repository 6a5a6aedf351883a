//! One sample: a benchmark run once by one peer in a process of its own.
//!
//! `sample BENCHMARK VARIANT PEER SEED SIZE` measures in this process and prints a line of JSON. A peer whose name ends
//! in that of an allocator, or is one, is measured by the sibling program that has it as its global allocator.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::allocator::{self, Allocator};
use crate::benchmark::{self, Benchmark, Job};

/// A sample takes seconds; one that takes this long will never end.
const LIMIT: Duration = Duration::from_secs(300);

/// Has a process of its own take a sample. `peer` is the full name, with the allocator.
pub fn spawn(benchmark: &dyn Benchmark, peer: &str, job: &Job) -> Result<Value, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let program = own.with_file_name(allocator::program(peer));
    let mut command = Command::new(&program);
    let size = if job.is_large { "large" } else { "quick" };
    command.args(["sample", benchmark.name(), &job.variant.to_string()]);
    command.args([job.peer.as_str(), &job.seed.to_string(), size]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command
        .spawn()
        .map_err(|error| format!("{} did not start: {error}", program.display()))?;
    let output = wait(child)?;
    serde_json::from_str(&output).map_err(|_| "printed no figures".to_owned())
}

/// What the process printed; one that is not done in time is ended, since a peer may wait for itself for ever.
fn wait(mut child: Child) -> Result<String, String> {
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        if begin.elapsed() > LIMIT {
            // It may have ended this very moment; then there is nothing left to end.
            let _ = child.kill();
            return Err(format!("not done after {} s", LIMIT.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    // A few lines fit the pipes, so the process never waited to write them.
    let read = |pipe: Option<&mut dyn Read>| -> Result<String, String> {
        let mut text = String::new();
        if let Some(pipe) = pipe {
            pipe.read_to_string(&mut text).map_err(|error| error.to_string())?;
        }
        Ok(text)
    };
    let output = read(child.stdout.as_mut().map(|pipe| pipe as &mut dyn Read))?;
    let complaint = read(child.stderr.as_mut().map(|pipe| pipe as &mut dyn Read))?;
    if status.success() {
        return Ok(output);
    }
    Err(match complaint.lines().next() {
        Some(line) if !line.trim().is_empty() => line.trim_start_matches("freehold-bench: ").to_owned(),
        _ => format!("ended with {status}"),
    })
}

/// `sample BENCHMARK VARIANT PEER SEED SIZE`: measures in this process and prints the figures.
pub fn take(words: &[String], allocator: Allocator) -> Result<(), String> {
    let [name, variant, peer, seed, size] = words else {
        return Err("sample needs BENCHMARK VARIANT PEER SEED SIZE".to_owned());
    };
    let number = |word: &str| word.parse::<u64>().map_err(|_| format!("{word:?} is not a number"));
    let job = Job {
        variant: usize::try_from(number(variant)?).unwrap_or(0),
        peer: peer.clone(),
        seed: number(seed)?,
        is_large: size == "large",
        allocator,
    };
    println!("{}", benchmark::named(name)?.measure(&job)?.to_json());
    Ok(())
}
