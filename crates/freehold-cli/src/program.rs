//! What is to be run, as the user wrote it after `freehold run`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::error::Error;

/// The program, for people and for file names; the command line itself goes to the interpreter as it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// `service.py`, `-m package` or `-c`.
    pub title: String,
    /// What its snapshot is called.
    pub stem: String,
}

impl Program {
    /// Recognises `words`; refuses what Python would not find.
    pub fn parse(words: &[OsString]) -> Result<Program, Error> {
        let first = words.first().ok_or_else(Error::no_program)?;
        match option(first) {
            Some(('m', attached)) => {
                let module = argument(attached, words, "-m")?;
                Ok(Program {
                    title: format!("-m {module}"),
                    stem: module,
                })
            }
            Some(('c', attached)) => {
                argument(attached, words, "-c")?;
                Ok(Program {
                    title: "-c".to_owned(),
                    stem: "command".to_owned(),
                })
            }
            Some(_) => Err(Error::option(first)),
            None if first == "-" => Ok(Program {
                title: "-".to_owned(),
                stem: "stdin".to_owned(),
            }),
            None => script(Path::new(first)),
        }
    }
}

/// The letter of a short option and what is attached to it, as in `-mjson.tool`.
fn option(word: &OsStr) -> Option<(char, &str)> {
    let text = word.to_str()?.strip_prefix('-')?;
    let letter = text.chars().next()?;
    Some((letter, &text[letter.len_utf8()..]))
}

fn argument(attached: &str, words: &[OsString], option: &'static str) -> Result<String, Error> {
    if !attached.is_empty() {
        return Ok(attached.to_owned());
    }
    let next = words.get(1).ok_or_else(|| Error::no_argument(option))?;
    Ok(next.to_string_lossy().into_owned())
}

fn script(path: &Path) -> Result<Program, Error> {
    if !path.exists() {
        return Err(Error::no_script(path));
    }
    if path.is_dir() && !path.join("__main__.py").exists() {
        return Err(Error::no_main(path));
    }
    let name = |part: Option<&OsStr>| part.unwrap_or(OsStr::new("program")).to_string_lossy().into_owned();
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(Program {
        title: name(absolute.file_name()),
        stem: name(absolute.file_stem()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Program, Error> {
        Program::parse(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn modules_and_code_may_be_attached_or_apart() {
        for words in [&["-m", "json.tool", "-h"][..], &["-mjson.tool"]] {
            assert_eq!(parse(words).unwrap().title, "-m json.tool");
        }
        assert_eq!(parse(&["-c", "pass"]).unwrap().stem, "command");
    }

    #[test]
    fn wrong_usage_is_told_apart_from_a_program() {
        for words in [&["--quite", "x.py"][..], &["-m"], &["-x"], &["/nonexistent.py"], &["/"]] {
            assert_eq!(parse(words).unwrap_err().exit_code(), 2, "{words:?}");
        }
    }
}
