//! The machine in general terms: processor, number of cores, operating system, and whether it had other work to do.

/// For example `2 cores (Example CPU), linux`. To be asked before the benchmarks load the machine themselves.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model_name(&cpuinfo).unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let plural = if cores == 1 { "" } else { "s" };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let busy = if is_busy(&load, cores) {
        ", busy with other work meanwhile"
    } else {
        ""
    };
    format!("{cores} core{plural} ({model}), {}{busy}", std::env::consts::OS)
}

/// Whether the average of the last minute leaves no core free.
fn is_busy(loadavg: &str, cores: usize) -> bool {
    loadavg
        .split_whitespace()
        .next()
        .and_then(|load| load.parse::<f64>().ok())
        .is_some_and(|load| load + 1.0 > cores as f64)
}

/// The first `model name` of Linux's list of processors, without its trade marks.
fn model_name(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    let (_, name) = line.split_once(':')?;
    Some(
        name.replace("(R)", "")
            .replace("(TM)", "")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::{is_busy, model_name};

    #[test]
    fn a_machine_without_a_free_core_is_busy() {
        assert!(is_busy("1.70 0.30 0.10 1/99 123\n", 2));
        assert!(!is_busy("0.40 1.70 1.90 1/99 123\n", 2));
        assert!(!is_busy("", 2));
    }

    #[test]
    fn the_model_is_read_from_the_first_processor() {
        let cpuinfo = "processor : 0\nmodel name\t: Example(R) Chip(TM)  X1\nprocessor : 1\nmodel name : Other\n";
        assert_eq!(model_name(cpuinfo).as_deref(), Some("Example Chip X1"));
        assert_eq!(model_name(""), None);
    }
}
