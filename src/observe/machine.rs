//! What this machine grants a run.

use std::fs;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// The wall clock. It names runs and ages; it never reaches data.
#[allow(clippy::disallowed_methods)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Today in a zone: the logical date of a run that is told none.
pub fn today(zone: Tz) -> NaiveDate {
    now().with_timezone(&zone).date_naive()
}

pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Bytes that this process may use: the machine's, or less where a control group says so.
pub fn memory() -> u64 {
    let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?.to_owned();
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
    });
    let groups = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let granted = groups.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok()).min();
    // Where neither can be read, what any machine that runs this has.
    let total = total.unwrap_or(4 << 30);
    granted.map_or(total, |granted| granted.min(total))
}

/// The most memory this process has had so far, in bytes.
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
