//! What the relays of this process log, kept for the tests that read it.

use std::sync::{Arc, Mutex, OnceLock};

/// Everything that any relay of this process has logged.
static LOGGED: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();

#[derive(Clone)]
struct LogSink(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for LogSink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Lines of the log that name a request.
pub(crate) fn log_lines_of(request_id: &str) -> Vec<String> {
    let logged = LOGGED.get().unwrap().lock().unwrap();
    String::from_utf8_lossy(&logged).lines().filter(|line| line.contains(request_id)).map(str::to_owned).collect()
}

pub(super) fn keep_log() {
    LOGGED.get_or_init(|| {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let sink = LogSink(Arc::clone(&kept));
        let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing_subscriber::filter::LevelFilter::INFO);
        subscriber.with_writer(move || sink.clone()).init();
        kept
    });
}
