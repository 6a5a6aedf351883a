//! `list [NAME...]`: which variants the benchmarks have, by their numbers, and which peers take part in each.

use crate::benchmark::{self, ALL, Benchmark};

/// Prints a line for each variant of the benchmarks of these names, or of all.
pub fn print(names: &[String]) -> Result<(), String> {
    let named: Result<Vec<_>, _> = names.iter().map(|name| benchmark::named(name)).collect();
    let chosen = if names.is_empty() { ALL.to_vec() } else { named? };
    for benchmark in chosen {
        lines(benchmark).for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// `scale 3  mixed, 2 threads: Arc | freehold`.
fn lines(benchmark: &dyn Benchmark) -> impl Iterator<Item = String> {
    let variants = benchmark.variants().into_iter().enumerate();
    variants.map(|(number, title)| {
        let peers = benchmark.peers(number).join(" | ");
        format!("{} {number:<3} {title}: {peers}", benchmark.name())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_listed_by_the_numbers_that_samples_take() {
        let scale = benchmark::named("scale").unwrap();
        let first = lines(scale).next().unwrap();
        assert!(
            first.starts_with("scale 0   small churn, 1 thread: glibc | "),
            "{first}"
        );
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(print(&["unheard-of".to_owned()]).is_err());
    }
}
