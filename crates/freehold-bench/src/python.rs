//! CPython as a peer: a script run by `python3`, which prints its figures as one line of JSON.

use std::process::Command;

use serde_json::Value;

/// The peer's side of the benchmarks, in its language.
const SCRIPT: &str = include_str!("../python/peer.py");

/// What the script printed.
pub struct Answer(Value);

impl Answer {
    /// A number by name.
    pub fn figure(&self, name: &str) -> Result<f64, String> {
        let figure = self.0[name].as_f64();
        figure.ok_or_else(|| format!("the Python script printed no {name:?}"))
    }

    /// Numbers by name.
    pub fn figures(&self, name: &str) -> Vec<f64> {
        let list = self.0[name].as_array().into_iter().flatten();
        list.filter_map(Value::as_f64).collect()
    }

    /// Which CPython it was, as a note.
    pub fn version(&self) -> String {
        format!("version {}", self.0["version"].as_str().unwrap_or("unknown"))
    }
}

/// Runs the script with these arguments.
pub fn run(arguments: &[&str]) -> Result<Answer, String> {
    let mut command = Command::new("python3");
    command.args(["-I", "-c", SCRIPT]).args(arguments);
    let output = command
        .output()
        .map_err(|error| format!("left out: python3 did not start ({error})"))?;
    if !output.status.success() {
        return Err(format!("left out: python3 ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout)
        .map(Answer)
        .map_err(|_| "the Python script printed no figures".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without a Python there is nothing to test.
    #[test]
    fn the_script_does_both_benchmarks() {
        if Command::new("python3").arg("--version").output().is_err() {
            return;
        }
        for shape in ["chain", "tree", "graph"] {
            let answer = run(&["collect", shape, "2000", "1"]).unwrap();
            assert!(answer.figure("live").unwrap() > 0.0 && answer.figure("dead").unwrap() > 0.0);
            assert!(answer.figure("found").unwrap() >= 2000.0, "{shape}");
        }
        let answer = run(&["backlog", "0.3", "1000", "10"]).unwrap();
        assert!(answer.figure("made").unwrap() > 1000.0);
        assert!(!answer.figures("garbage").is_empty());
        assert!(answer.figure("none").is_err());
    }
}
