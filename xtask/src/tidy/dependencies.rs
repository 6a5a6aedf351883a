//! Dependencies between the crates point one way: pool ← freehold ← (live capture) → snapshot; cli and python on top.
//!
//! The table says which of our crates each crate may use; cargo's metadata says which it does. A development
//! dependency may point anywhere except at the command, since tests stand outside the layers.

use serde_json::Value;

use super::Finding;

/// A crate, and the crates of this workspace that it may depend on.
const LAYERS: [(&str, &[&str]); 9] = [
    ("freehold-pool", &[]),
    ("freehold-malloc", &["freehold-pool"]),
    ("freehold-snapshot", &[]),
    ("freehold-derive", &[]),
    ("freehold", &["freehold-pool", "freehold-derive", "freehold-snapshot"]),
    ("freehold-python", &["freehold-pool", "freehold-snapshot", "freehold"]),
    (
        "freehold-cli",
        &["freehold-pool", "freehold-snapshot", "freehold", "freehold-python"],
    ),
    (
        "freehold-bench",
        &["freehold-pool", "freehold-snapshot", "freehold", "freehold-derive"],
    ),
    ("xtask", &[]),
];

/// Finds dependencies against the direction, and crates that the table does not know.
pub fn check(metadata: &Value) -> Vec<Finding> {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Value) -> Vec<Finding> {
    let name = package["name"].as_str().unwrap_or("");
    let manifest = if name == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{name}/Cargo.toml")
    };
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == name) else {
        let message = format!("the crate {name} has no place in the layers: add it to xtask/src/tidy/dependencies.rs");
        return vec![Finding::new(&manifest, 1, message)];
    };
    let dependencies = package["dependencies"].as_array().map_or(&[][..], Vec::as_slice);
    dependencies
        .iter()
        .filter_map(|dependency| {
            let used = dependency["name"].as_str()?;
            let is_ours = LAYERS.iter().any(|(layer, _)| *layer == used);
            let is_fine = match dependency["kind"].as_str() {
                Some("dev") => used != "freehold-cli",
                _ => allowed.contains(&used),
            };
            (is_ours && !is_fine).then(|| {
                Finding::new(
                    &manifest,
                    1,
                    format!("{name} may not depend on {used}: dependencies point one way"),
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependency: &str, kind: Option<&str>) -> Value {
        json!({ "packages": [{ "name": name, "dependencies": [{ "name": dependency, "kind": kind }] }] })
    }

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        assert_eq!(check(&package("freehold-pool", "freehold", None)).len(), 1);
        assert_eq!(
            check(&package("freehold-snapshot", "freehold-pool", Some("build"))).len(),
            1
        );
        assert_eq!(check(&package("freehold-bench", "freehold-cli", None)).len(), 1);
        assert_eq!(check(&package("freehold-derive", "freehold-cli", Some("dev"))).len(), 1);
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        assert_eq!(check(&package("freehold-utils", "libc", None)).len(), 1);
    }

    #[test]
    fn the_direction_itself_passes() {
        assert_eq!(check(&package("freehold", "freehold-pool", None)), []);
        assert_eq!(check(&package("freehold-derive", "freehold", Some("dev"))), []);
        assert_eq!(check(&package("freehold-pool", "libc", None)), []);
    }
}
