//! The machine in general terms: processor, number of cores, operating system.

/// For example `2 cores of an Example CPU, Linux`.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model_name(&cpuinfo).unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let plural = if cores == 1 { "" } else { "s" };
    format!("{cores} core{plural} ({model}), {}", std::env::consts::OS)
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
    use super::model_name;

    #[test]
    fn the_model_is_read_from_the_first_processor() {
        let cpuinfo = "processor : 0\nmodel name\t: Example(R) Chip(TM)  X1\nprocessor : 1\nmodel name : Other\n";
        assert_eq!(model_name(cpuinfo).as_deref(), Some("Example Chip X1"));
        assert_eq!(model_name(""), None);
    }
}
