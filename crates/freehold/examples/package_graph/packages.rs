//! Packages and what they depend on, read from Debian's status file or from the list beside this example.
//!
//! A status file is paragraphs of `Field: value` lines, continued by lines that begin with a blank
//! (deb-control(5)). Of alternatives (`a | b`) the first that is installed counts, under its own name or one that an
//! installed package provides. The list has one `name: dependency ...` a line.

use std::collections::{HashMap, HashSet};
use std::fmt;

const STATUS: &str = "/var/lib/dpkg/status";
const LIST: &str = include_str!("../data/packages.txt");

/// One package, with the indices of those that it needs.
pub struct Package {
    pub name: String,
    pub depends: Vec<usize>,
}

/// All packages of a system.
pub struct Packages {
    source: String,
    pub all: Vec<Package>,
}

impl Packages {
    /// Reads the status file of the machine, or the list that comes with the example.
    pub fn of_this_machine() -> Self {
        Self::read(STATUS).unwrap_or_else(|_| Self::from_list(LIST))
    }

    /// Reads a status file.
    pub fn read(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        let packages = Self::from_status(path, &text);
        if packages.all.is_empty() {
            return Err(format!(
                "{path} lists no installed package: it should be a copy of {STATUS}"
            ));
        }
        Ok(packages)
    }

    fn from_status(source: &str, text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(fields);
        let installed: Vec<_> = paragraphs
            .filter(|fields| {
                fields
                    .get("Status")
                    .is_some_and(|status| status.ends_with(" installed"))
            })
            .filter(|fields| fields.contains_key("Package"))
            .collect();
        let mut index = HashMap::new();
        for (at, fields) in installed.iter().enumerate() {
            for provided in relations(fields, "Provides").into_iter().flatten() {
                index.entry(provided).or_insert(at);
            }
        }
        // A package's own name wins over one that another provides.
        index.extend(
            installed
                .iter()
                .enumerate()
                .map(|(at, fields)| (fields["Package"].as_str(), at)),
        );
        let all = installed.iter().enumerate().map(|(at, fields)| {
            let groups = relations(fields, "Pre-Depends")
                .into_iter()
                .chain(relations(fields, "Depends"));
            let needed = groups.filter_map(|group| group.into_iter().find_map(|name| index.get(name).copied()));
            Package {
                name: fields["Package"].clone(),
                depends: distinct(needed, at),
            }
        });
        Self {
            source: source.to_owned(),
            all: all.collect(),
        }
    }

    fn from_list(text: &str) -> Self {
        let lines = || {
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(|line| line.split_once(':'))
        };
        let index: HashMap<&str, usize> = lines().enumerate().map(|(at, (name, _))| (name, at)).collect();
        let all = lines().enumerate().map(|(at, (name, depends))| {
            let needed = depends.split_whitespace().filter_map(|name| index.get(name).copied());
            Package {
                name: name.to_owned(),
                depends: distinct(needed, at),
            }
        });
        Self {
            source: "the list of a Debian 12 system".to_owned(),
            all: all.collect(),
        }
    }

    /// Packages that need themselves by way of others.
    fn on_cycles(&self) -> usize {
        (0..self.all.len())
            .filter(|&package| self.needs(package).contains(&package))
            .count()
    }

    fn needs(&self, package: usize) -> HashSet<usize> {
        let mut seen = HashSet::new();
        let mut pending = self.all[package].depends.clone();
        while let Some(next) = pending.pop() {
            if seen.insert(next) {
                pending.extend(&self.all[next].depends);
            }
        }
        seen
    }
}

impl fmt::Display for Packages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edges: usize = self.all.iter().map(|package| package.depends.len()).sum();
        let cyclic = self.on_cycles();
        write!(
            f,
            "{} packages, {edges} dependencies, {cyclic} packages need themselves ({})",
            self.all.len(),
            self.source
        )
    }
}

/// The fields of one paragraph, continuation lines joined.
fn fields(paragraph: &str) -> HashMap<&str, String> {
    let mut fields: HashMap<&str, String> = HashMap::new();
    let mut last = "";
    for line in paragraph.lines() {
        if line.starts_with([' ', '\t']) {
            fields.entry(last).or_default().push_str(line);
        } else if let Some((name, value)) = line.split_once(':') {
            last = name;
            fields.insert(name, value.trim().to_owned());
        }
    }
    fields
}

/// The groups of alternatives in a field like `a (>= 1), b | c:any`, names alone.
fn relations<'a>(fields: &'a HashMap<&str, String>, field: &str) -> Vec<Vec<&'a str>> {
    let groups = fields.get(field).map_or("", String::as_str).split(',');
    let name = |relation: &'a str| relation.split(['(', ':']).next().unwrap_or("").trim();
    groups
        .map(|group| group.split('|').map(name).filter(|name| !name.is_empty()).collect())
        .collect()
}

/// Each index once, without the package itself.
fn distinct(indices: impl Iterator<Item = usize>, own: usize) -> Vec<usize> {
    let mut seen = HashSet::from([own]);
    indices.filter(|index| seen.insert(*index)).collect()
}
