//! Which versions of the peers were measured, from the two lock files.

use crate::error::Error;
use crate::workspace::Workspace;

/// The package with the programs on allocators that are built from C++; a workspace of its own.
pub const ALLOCATORS: &str = "crates/freehold-bench/allocators";

/// The peers that are crates.
const PEERS: [&str; 13] = [
    "dumpster",
    "rust-cc",
    "bacon_rajan_cc",
    "gc",
    "boa_gc",
    "gc-arena",
    "arc-swap",
    "crossbeam-queue",
    "dashmap",
    "papaya",
    "mimalloc",
    "tikv-jemallocator",
    "snmalloc-rs",
];

/// One line of Markdown.
pub fn versions(workspace: &Workspace) -> Result<String, Error> {
    let read = |directory: &str| {
        let path = workspace.root().join(directory).join("Cargo.lock");
        std::fs::read_to_string(&path).map_err(|error| Error::io(&path, error))
    };
    let locks = [read("")?, read(ALLOCATORS)?];
    let known: Vec<String> = PEERS
        .iter()
        .filter_map(|name| {
            let version = locks.iter().find_map(|lock| version(lock, name))?;
            Some(format!("{name} {version}"))
        })
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
