//! The `process_*` metrics, read from `/proc/self` at each scrape. Where there is no `/proc`, they are left out.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Linux reports CPU time to user space in hundredths of a second on every architecture.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug)]
pub struct ProcessCollector {
    started_s: f64,
}

impl ProcessCollector {
    pub fn new() -> Self {
        let started_s = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0.0, |age| age.as_secs_f64());
        Self { started_s }
    }
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        gauge(
            &mut encoder,
            "process_start_time_seconds",
            "When the process started, as Unix time",
            self.started_s,
        )?;
        if let Some(seconds) = cpu_seconds() {
            let counter = ConstCounter::new(seconds);
            let metric = encoder.encode_descriptor(
                "process_cpu_seconds",
                "User and system CPU time spent",
                None,
                prometheus_client::metrics::MetricType::Counter,
            )?;
            counter.encode(metric)?;
        }
        if let Some(status) = read("/proc/self/status") {
            for (name, help, field, unit) in [
                (
                    "process_resident_memory_bytes",
                    "Resident memory",
                    "VmRSS:",
                    1024.0,
                ),
                (
                    "process_virtual_memory_bytes",
                    "Virtual memory",
                    "VmSize:",
                    1024.0,
                ),
                ("process_threads", "Threads of the process", "Threads:", 1.0),
            ] {
                if let Some(value) = number_after(&status, field) {
                    gauge(&mut encoder, name, help, value * unit)?;
                }
            }
        }
        if let Ok(entries) = fs::read_dir("/proc/self/fd") {
            let count = u32::try_from(entries.count()).unwrap_or(u32::MAX);
            gauge(
                &mut encoder,
                "process_open_fds",
                "Open file descriptors",
                f64::from(count),
            )?;
        }
        if let Some(limit) =
            read("/proc/self/limits").and_then(|limits| number_after(&limits, "Max open files"))
        {
            gauge(
                &mut encoder,
                "process_max_fds",
                "Limit of open file descriptors",
                limit,
            )?;
        }
        Ok(())
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: f64,
) -> Result<(), std::fmt::Error> {
    let metric =
        encoder.encode_descriptor(name, help, None, prometheus_client::metrics::MetricType::Gauge)?;
    ConstGauge::new(value).encode(metric)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn number_after(text: &str, label: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15 of `/proc/self/stat`, counted after the command name, which may itself hold spaces.
fn cpu_seconds() -> Option<f64> {
    let stat = read("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_after_its_label() {
        let text = "Name:\tvitrine\nVmRSS:\t   45312 kB\n";
        assert_eq!(number_after(text, "VmRSS:"), Some(45312.0));
        assert_eq!(number_after(text, "VmSwap:"), None);
    }
}
