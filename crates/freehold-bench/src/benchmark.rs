//! What a benchmark is, and the list of all.
//!
//! A benchmark has variants and peers that take part, the first of whom the others are compared with. It measures one peer in
//! one variant at a time, in the process that it is called in, and reports figures by name.

mod alloc;
mod backlog;
mod clone;
mod collect;
mod deref;
mod graph;
mod growth;
mod list;
mod mixed;
mod new;
mod pause;
mod repeat;
mod scale;
mod structure;
mod trees;

use serde_json::{Value, json};

use crate::allocator::Allocator;

/// A benchmark.
pub trait Benchmark: Sync {
    /// What it is called by on the command line.
    fn name(&self) -> &'static str;

    /// What is done, in one word or a few, for each variant.
    fn variants(&self) -> Vec<String>;

    /// Who takes part in that variant. The first is the baseline, whom the others are compared with. A name may end in
    /// that of an allocator, as `, mimalloc`, or be one.
    fn peers(&self, variant: usize) -> &'static [&'static str];

    /// How many samples are taken of each peer unless the command line says.
    fn rounds(&self) -> u64 {
        9
    }

    /// Takes one sample.
    fn measure(&self, job: &Job) -> Result<Report, String>;
}

/// Every benchmark, in the order in which they run.
pub const ALL: [&dyn Benchmark; 13] = [
    &mixed::Mixed,
    &clone::Clone,
    &deref::Deref,
    &new::New,
    &collect::Collect,
    &pause::Pause,
    &backlog::Backlog,
    &growth::Growth,
    &trees::Trees,
    &list::List,
    &graph::Graph,
    &alloc::Alloc,
    &scale::Scale,
];

/// The benchmark of that name.
pub fn named(name: &str) -> Result<&'static dyn Benchmark, String> {
    let known = ALL.iter().find(|benchmark| benchmark.name() == name);
    known.copied().ok_or_else(|| {
        let names: Vec<_> = ALL.iter().map(|benchmark| benchmark.name()).collect();
        format!("there is no benchmark {name:?}; there are: {}", names.join(", "))
    })
}

/// One sample to be taken.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which of the variants.
    pub variant: usize,
    /// Whose turn it is, without the allocator.
    pub peer: String,
    /// Where the random numbers begin.
    pub seed: u64,
    /// Ten times the size, for heaps that are to be large.
    pub is_large: bool,
    /// The global allocator of this process.
    pub allocator: Allocator,
}

/// How a figure is stated in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Divided by the baseline's.
    Ratio,
    /// As it is.
    Value,
    /// In both ways.
    Both,
}

impl Show {
    fn word(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Value => "value",
            Self::Both => "both",
        }
    }
}

/// One figure of a sample.
pub struct Figure {
    metric: &'static str,
    unit: &'static str,
    show: Show,
    value: f64,
}

impl Figure {
    /// A figure by name.
    pub fn new(metric: &'static str, unit: &'static str, show: Show, value: f64) -> Self {
        Self {
            metric,
            unit,
            show,
            value,
        }
    }
}

/// What a sample came to.
#[derive(Default)]
pub struct Report {
    /// The figures, in the order of their columns.
    pub figures: Vec<Figure>,
    /// What a reader should know of this peer.
    pub note: Option<String>,
}

impl Report {
    /// Figures without a note.
    pub fn of(figures: impl Into<Vec<Figure>>) -> Self {
        Self {
            figures: figures.into(),
            note: None,
        }
    }

    /// As it is passed between processes.
    pub fn to_json(&self) -> Value {
        let figures = self.figures.iter().map(|figure| {
            json!({
                "metric": figure.metric, "unit": figure.unit, "show": figure.show.word(), "value": figure.value,
            })
        });
        json!({ "figures": figures.collect::<Value>(), "note": self.note })
    }
}

/// Threads for the variants that use all cores; two at least.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benchmarks_are_found_by_name_and_others_refused() {
        for benchmark in ALL {
            assert_eq!(named(benchmark.name()).unwrap().name(), benchmark.name());
            assert!(!benchmark.variants().is_empty());
        }
        assert!(named("unheard-of").is_err_and(|message| message.contains("mixed, clone")));
    }

    #[test]
    fn every_variant_has_a_baseline() {
        for benchmark in ALL {
            let variants = 0..benchmark.variants().len();
            assert!(variants.into_iter().all(|variant| !benchmark.peers(variant).is_empty()));
        }
    }
}
