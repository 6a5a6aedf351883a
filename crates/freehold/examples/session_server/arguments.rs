//! The command line.

use std::time::Duration;

pub const HELP: &str = "\
A chat service on loopback, and clients that keep it busy; then a look whether the heap is empty.

usage: session_server [--seconds N] [--clients N] [--port P]

  --seconds N   how long the clients are busy: 1 to 86400, 10 if not said
  --clients N   clients at a time: 1 to 1000, 32 if not said; each takes three threads
                and two of the files that a process may open (ulimit -n)
  --port P      the port to listen at, any that is free if not said
  --help        this text
";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arguments {
    pub seconds: u64,
    pub clients: u64,
    /// 0: any.
    pub port: u16,
}

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    Run(Arguments),
    Help,
}

impl Arguments {
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Reads the words after the program's name.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
        let mut arguments = Self {
            seconds: 10,
            clients: 32,
            port: 0,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let mut number = |least, most| {
                let value = value.clone().or_else(|| words.next());
                number(&option, value, least, most)
            };
            match option.as_str() {
                "--seconds" => arguments.seconds = number(1, 86_400)?,
                "--clients" => arguments.clients = number(1, 1_000)?,
                "--port" => arguments.port = number(1, 65_535)? as u16,
                "--help" | "-h" => return Ok(Parsed::Help),
                other => return Err(format!("there is no option {other:?}; --help says which there are")),
            }
        }
        Ok(Parsed::Run(arguments))
    }
}

fn number(option: &str, value: Option<String>, least: u64, most: u64) -> Result<u64, String> {
    let value = value.ok_or_else(|| format!("{option} needs a number from {least} to {most}"))?;
    let parsed = value.parse().ok().filter(|number| (least..=most).contains(number));
    parsed.ok_or_else(|| format!("{option} {value:?} is not a number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Parsed, String> {
        Arguments::parse(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let Ok(Parsed::Run(default)) = parse(&[]) else {
            panic!("nothing said is fine")
        };
        assert_eq!(default.seconds, 10);
        let said = Arguments {
            seconds: 3,
            clients: 5,
            port: 7000,
        };
        let both = parse(&["--seconds", "3", "--clients=5", "--port", "7000"]);
        assert_eq!(both, Ok(Parsed::Run(said)));
        assert_eq!(parse(&["--seconds", "3", "--help"]), Ok(Parsed::Help));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(parse(&["--seconds"]).unwrap_err().contains("needs a number from 1"));
        assert!(
            parse(&["--seconds", "soon"])
                .unwrap_err()
                .contains("\"soon\" is not a number")
        );
        assert!(parse(&["--clients", "0"]).unwrap_err().contains("from 1 to 1000"));
        assert!(parse(&["--port", "70000"]).unwrap_err().contains("65535"));
        assert!(
            parse(&["--second", "3"])
                .unwrap_err()
                .contains("no option \"--second\"")
        );
    }
}
