//! Which versions of the peers were measured, from Cargo.lock.

use crate::error::Error;
use crate::workspace::Workspace;

/// The peers that are crates.
const PEERS: [&str; 7] = [
    "dumpster",
    "rust-cc",
    "bacon_rajan_cc",
    "gc",
    "boa_gc",
    "gc-arena",
    "mimalloc",
];

/// One line of Markdown.
pub fn versions(workspace: &Workspace) -> Result<String, Error> {
    let path = workspace.root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))?;
    let known: Vec<String> = PEERS
        .iter()
        .filter_map(|name| Some(format!("{name} {}", version(&lock, name)?)))
        .collect();
    Ok(format!("Versions: {}.\n", known.join(", ")))
}

/// The line after the package's name.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\n"))?;
    rest.strip_prefix("version = \"")?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn the_version_follows_the_name() {
        let lock = "[[package]]\nname = \"gc\"\nversion = \"0.5.1\"\n\n[[package]]\nname = \"libc\"\n";
        assert_eq!(version(lock, "gc"), Some("0.5.1"));
        assert_eq!(version(lock, "libc"), None);
        assert_eq!(version(lock, "g"), None);
    }
}
