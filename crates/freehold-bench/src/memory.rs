//! Resident memory of this process, as Linux states it.

/// Bytes resident now, and the most that ever were; zeros where the system does not say.
pub fn resident() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    (field(&status, "VmRSS:"), field(&status, "VmHWM:"))
}

fn field(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kibibytes_are_read_by_name() {
        assert_eq!(field("VmHWM:\t  20 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), 12 * 1024);
        assert_eq!(field("", "VmRSS:"), 0);
    }
}
