//! How long something takes, on a machine that does other work too.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long each figure is measured for.
const PATIENCE: Duration = Duration::from_millis(600);

/// How long this thread has run; of the wall's clock where the system does not say.
pub fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat");
    let first = text
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok());
    let wall = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    };
    first.map_or_else(wall, Duration::from_nanos)
}

/// Processor time of all threads so far, as Linux counts it in hundredths of a second.
pub fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").expect("Linux counts processor time");
    let fields: Vec<&str> = text.split_whitespace().collect();
    let hundredths = |at: usize| fields[at].parse::<f64>().expect("a count");
    (hundredths(13) + hundredths(14)) / 100.0
}

/// The shortest of many runs, in seconds.
pub fn best<T>(mut run: impl FnMut() -> T) -> f64 {
    let began = Instant::now();
    let mut best = f64::INFINITY;
    let mut runs = 0;
    while runs < 3 || began.elapsed() < PATIENCE {
        let start = Instant::now();
        std::hint::black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
        runs += 1;
    }
    best
}
