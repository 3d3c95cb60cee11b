//! What this process has used, as the kernel accounts for it, and the line that the harness reads.

use std::time::Instant;

pub struct Usage {
    cpu_seconds: f64,
    moment: Instant,
}

fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 * 1e-6
}

pub fn now() -> Usage {
    // SAFETY: getrusage fills in all of the structure that it is given.
    let used = unsafe {
        let mut used = std::mem::zeroed::<libc::rusage>();
        libc::getrusage(libc::RUSAGE_SELF, &mut used);
        used
    };
    Usage { cpu_seconds: seconds(used.ru_utime) + seconds(used.ru_stime), moment: Instant::now() }
}

pub fn report(before: &Usage, calls: i64, messages: i64) {
    let after = now();
    println!(
        "{{\"calls\": {calls}, \"messages\": {messages}, \"seconds\": {:.6}, \"cpu_seconds\": {:.6}}}",
        (after.moment - before.moment).as_secs_f64(),
        after.cpu_seconds - before.cpu_seconds
    );
}
