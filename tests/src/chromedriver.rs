//! One chromedriver as a child process on a free port, ended with everything it started.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

/// How often chromedriver is started: the free port that it finds may be taken before it listens, and then it ends.
const MAX_STARTS: usize = 5;
/// How long a browser may take to end.
const MAX_END: Duration = Duration::from_secs(20);

/// A browser that chromedriver started.
pub(crate) struct BrowserProcess {
    /// Its process id.
    pub(crate) id: u32,
    /// A word of its command line that no other process has: ids are used again.
    pub(crate) mark: String,
}

/// A running chromedriver.
pub struct ChromeDriver {
    child: Child,
    port: u16,
    browser: Option<BrowserProcess>,
    // Closing it would end chromedriver at its next word.
    _words: BufReader<ChildStdout>,
}

impl ChromeDriver {
    /// Starts chromedriver and waits until it says where it listens.
    pub fn start() -> Result<Self> {
        (1..MAX_STARTS).find_map(|_| Self::start_once().ok()).map_or_else(Self::start_once, Ok)
    }

    fn start_once() -> Result<Self> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver did not start: run scripts/set-up check")?;
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut words = BufReader::new(stdout);
        let port = match listening_port(&mut words) {
            Ok(port) => port,
            Err(error) => {
                signal("-TERM", child.id());
                child.wait()?;
                return Err(error);
            }
        };
        Ok(Self { child, port, browser: None, _words: words })
    }

    /// Makes sure that this browser does not outlive chromedriver.
    pub(crate) fn owns(&mut self, browser: BrowserProcess) {
        self.browser = Some(browser);
    }

    /// Waits until the browser that quits is gone.
    pub(crate) async fn await_browsers_end(&self) -> Result<()> {
        let Some(browser) = &self.browser else { bail!("chromedriver did not say which process the browser is") };
        let gone = async {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            while browser.is_running() {
                pace.tick().await;
            }
        };
        tokio::time::timeout(MAX_END, gone).await.context("the browser did not end")
    }

    /// The address that a WebDriver session connects to.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for ChromeDriver {
    #[expect(clippy::print_stderr, reason = "a test that leaves a process behind says so")]
    fn drop(&mut self) {
        signal("-TERM", self.child.id());
        if let Err(error) = self.child.wait() {
            eprintln!("chromedriver could not be awaited: {error}");
        }
        // A session that was not quit leaves its browser; what it did not write yet is not asked for.
        if let Some(browser) = self.browser.take().filter(BrowserProcess::is_running) {
            signal("-KILL", browser.id);
        }
    }
}

impl BrowserProcess {
    fn is_running(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/cmdline", self.id)).is_ok_and(|words| words.contains(&self.mark))
    }
}

#[expect(clippy::print_stderr, reason = "a test that leaves a process behind says so")]
fn signal(name: &str, id: u32) {
    if let Err(error) = Command::new("kill").args([name, &id.to_string()]).stderr(Stdio::null()).status() {
        eprintln!("process {id} could not be ended: {error}");
    }
}

fn listening_port(words: &mut impl BufRead) -> Result<u16> {
    let mut line = String::new();
    while words.read_line(&mut line)? > 0 {
        if let Some((_, port)) = line.trim_end().trim_end_matches('.').rsplit_once("successfully on port ") {
            return port.parse().context("chromedriver named no port");
        }
        line.clear();
    }
    bail!("chromedriver ended before it listened")
}
