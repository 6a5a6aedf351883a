//! The protocol: lines of text, a reply to each request, and messages in between.
//!
//! | request | reply |
//! | --- | --- |
//! | `LOGIN name` | `OK` |
//! | `JOIN room` | `OK`, after the room's last messages |
//! | `SAY room text` | `OK`, and the message goes to all members |
//! | `WHO room` | `OK name name …` |
//! | `PART room` | `OK` |
//! | `QUIT` | `OK`, and the connection ends |
//!
//! What cannot be read or done is answered by `ERR` and a reason. A message is `MSG room author text`.

use std::fmt;

/// The longest line, with its end, in bytes.
pub const LONGEST_LINE: usize = 512;

/// The longest name of a user or a room, in bytes.
const LONGEST_NAME: usize = 32;

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    Login(&'a str),
    Join(&'a str),
    Say(&'a str, &'a str),
    Who(&'a str),
    Part(&'a str),
    Quit,
}

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    UnknownCommand(String),
    Missing(&'static str),
    TooMuch(String),
    BadName(String),
    LineTooLong,
    NotUtf8,
    NameTaken(String),
    LoginFirst,
    LoggedInAs(String),
    NotInRoom(String),
}

/// What is answered to a request: `OK` with words behind it, or `ERR`.
pub type Answer = Result<String, Refusal>;

impl<'a> Request<'a> {
    /// Reads a line. Blanks at its ends, and more than one between words, do not matter.
    pub fn parse(line: &'a str) -> Result<Self, Refusal> {
        let (command, rest) = first_word(line);
        let request: fn(&'a str) -> Self = match command {
            "LOGIN" => Self::Login,
            "JOIN" => Self::Join,
            "WHO" => Self::Who,
            "PART" => Self::Part,
            "SAY" => {
                let (room, text) = name(rest)?;
                return match text {
                    "" => Err(Refusal::Missing("a text")),
                    text => Ok(Self::Say(room, text)),
                };
            }
            "QUIT" => return alone(Self::Quit, rest),
            "" => return Err(Refusal::Missing("a command")),
            other => return Err(Refusal::UnknownCommand(other.to_owned())),
        };
        let (name, rest) = name(rest)?;
        alone(request(name), rest)
    }
}

/// The request, if nothing stands behind it.
fn alone<'a>(request: Request<'a>, rest: &str) -> Result<Request<'a>, Refusal> {
    if rest.is_empty() {
        return Ok(request);
    }
    Err(Refusal::TooMuch(rest.to_owned()))
}

/// A name, and what follows it.
fn name(text: &str) -> Result<(&str, &str), Refusal> {
    let (name, rest) = first_word(text);
    let is_fine = |character: char| character.is_ascii_alphanumeric() || "-_#".contains(character);
    if name.is_empty() {
        return Err(Refusal::Missing("a name"));
    }
    if name.len() > LONGEST_NAME || !name.chars().all(is_fine) {
        return Err(Refusal::BadName(name.to_owned()));
    }
    Ok((name, rest))
}

fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

/// The line that answers.
pub fn line(answer: &Answer) -> String {
    match answer {
        Ok(words) if words.is_empty() => "OK".to_owned(),
        Ok(words) => format!("OK {words}"),
        Err(refusal) => format!("ERR {refusal}"),
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand(word) => {
                write!(
                    f,
                    "there is no command {word:?}: use LOGIN, JOIN, SAY, WHO, PART or QUIT"
                )
            }
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::TooMuch(rest) => write!(f, "{rest:?} is too much"),
            Self::BadName(name) => write!(
                f,
                "{name:?} is no name: use up to {LONGEST_NAME} letters, digits, and any of - _ #"
            ),
            Self::LineTooLong => write!(f, "a line has {LONGEST_LINE} bytes at most"),
            Self::NotUtf8 => write!(f, "a line is UTF-8"),
            Self::NameTaken(name) => write!(f, "somebody else is {name}"),
            Self::LoginFirst => write!(f, "say who you are first: LOGIN name"),
            Self::LoggedInAs(name) => write!(f, "you are {name} already"),
            Self::NotInRoom(room) => write!(f, "you are not in {room}: JOIN {room}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        assert_eq!(Request::parse("LOGIN ada"), Ok(Request::Login("ada")));
        assert_eq!(Request::parse("JOIN #tea"), Ok(Request::Join("#tea")));
        assert_eq!(
            Request::parse("SAY tea two  sugars "),
            Ok(Request::Say("tea", "two  sugars"))
        );
        assert_eq!(Request::parse("WHO tea"), Ok(Request::Who("tea")));
        assert_eq!(Request::parse("PART tea"), Ok(Request::Part("tea")));
        assert_eq!(Request::parse("QUIT"), Ok(Request::Quit));
    }

    #[test]
    fn blanks_around_words_do_not_matter() {
        assert_eq!(Request::parse("  JOIN \t tea \r\n"), Ok(Request::Join("tea")));
        assert_eq!(Request::parse("QUIT\r\n"), Ok(Request::Quit));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Request::parse(" "), Err(Refusal::Missing("a command")));
        assert_eq!(Request::parse("LOGIN"), Err(Refusal::Missing("a name")));
        assert_eq!(Request::parse("SAY"), Err(Refusal::Missing("a name")));
        assert_eq!(Request::parse("SAY tea "), Err(Refusal::Missing("a text")));
    }

    #[test]
    fn what_is_too_much_or_unknown_is_shown() {
        assert_eq!(Request::parse("JOIN tea now"), Err(Refusal::TooMuch("now".to_owned())));
        assert_eq!(
            Request::parse("QUIT please"),
            Err(Refusal::TooMuch("please".to_owned()))
        );
        let unknown = Request::parse("login ada").unwrap_err();
        assert_eq!(unknown, Refusal::UnknownCommand("login".to_owned()));
        assert!(unknown.to_string().contains("LOGIN"));
    }

    #[test]
    fn names_are_short_and_plain() {
        let longest = "n".repeat(LONGEST_NAME);
        assert_eq!(Request::parse(&format!("WHO {longest}")), Ok(Request::Who(&longest)));
        for bad in [format!("{longest}n"), "tea/cup".to_owned(), "thé".to_owned()] {
            assert_eq!(Request::parse(&format!("WHO {bad}")), Err(Refusal::BadName(bad)));
        }
    }

    #[test]
    fn answers_are_one_line() {
        assert_eq!(line(&Ok(String::new())), "OK");
        assert_eq!(line(&Ok("ada bob".to_owned())), "OK ada bob");
        assert_eq!(
            line(&Err(Refusal::NameTaken("ada".to_owned()))),
            "ERR somebody else is ada"
        );
        // What a client sent comes back with line ends escaped.
        let refusal = Refusal::UnknownCommand("a\nOK".to_owned());
        assert!(!line(&Err(refusal)).contains('\n'));
    }
}
