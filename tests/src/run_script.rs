//! `./run` as a person starts it: its words, its processes, its end.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::canary::random_word;

/// How long it may take to end.
const MAX_END: Duration = Duration::from_secs(20);
/// Every process that it starts has this in its environment.
const MARK: &str = "SOTTO_STARTED_BY";

/// A started `./run`.
pub struct RunScript {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    mark: String,
    data: TempDir,
}

impl RunScript {
    /// Starts it on a port of loopback, with empty data.
    pub fn start(port: u16) -> Result<Self> {
        Self::start_by(bare_command()?, port)
    }

    /// The same in the background of a script, where jobs are born with Ctrl-C ignored.
    pub fn start_in_background(port: u16) -> Result<Self> {
        let mut shell = in_bare_environment(Command::new("bash"));
        shell.args(["-c", "trap '' INT; exec \"$0\" \"$@\""]).arg(script()?);
        Self::start_by(shell, port)
    }

    fn start_by(mut command: Command, port: u16) -> Result<Self> {
        let data = TempDir::new()?;
        let mark = random_word("run");
        let mut child = command
            .args(["--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data.path())
            .env(MARK, &mark)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .context("./run did not start")?;
        let lines = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
        Ok(Self { child, lines, mark, data })
    }

    /// Where it keeps its data.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Reads on until it says a line of which this is true.
    pub async fn says(&mut self, within: Duration, fits: impl Fn(&str) -> bool) -> Result<String> {
        let mut said = Vec::new();
        let reading = async {
            while let Some(line) = self.lines.next_line().await? {
                if fits(&line) {
                    return Ok(line);
                }
                said.push(line);
            }
            bail!("it ended")
        };
        let read = tokio::time::timeout(within, reading).await;
        read.context("it took too long").flatten().with_context(|| format!("./run said only {said:#?}"))
    }

    /// What it started and has not ended, with itself: process ids and command lines.
    pub fn processes(&self) -> Result<BTreeMap<u32, String>> {
        let wanted = format!("{MARK}={}", self.mark);
        let mut found = BTreeMap::new();
        for entry in fs::read_dir("/proc")? {
            let path = entry?.path();
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.parse().ok()) else { continue };
            // A process may end while it is looked at.
            let read = |name: &str| fs::read(path.join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let (Ok(environment), Ok(words)) = (read("environ"), read("cmdline")) else { continue };
            if environment.split('\0').any(|variable| variable == wanted) {
                found.insert(id, words.replace('\0', " "));
            }
        }
        Ok(found)
    }

    /// The one process whose program has this name.
    pub fn process_of(&self, program: &str) -> Result<u32> {
        let all = self.processes()?;
        let is_of = |words: &str| words.split(' ').next().is_some_and(|first| first.ends_with(program));
        let ids: Vec<u32> = all.iter().filter(|(_, words)| is_of(words)).map(|(id, _)| *id).collect();
        let [id] = ids.as_slice() else { bail!("one {program} was expected: {all:#?}") };
        Ok(*id)
    }

    /// Waits for one process of a program, such as one that is started again.
    pub async fn await_process(&self, program: &str, fits: impl Fn(u32) -> bool) -> Result<u32> {
        let found = async {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            loop {
                pace.tick().await;
                if let Ok(id) = self.process_of(program)
                    && fits(id)
                {
                    return id;
                }
            }
        };
        tokio::time::timeout(MAX_END, found).await.with_context(|| format!("there is no {program}"))
    }

    /// Presses Ctrl-C and waits for the end.
    pub async fn interrupt(&mut self) -> Result<ExitStatus> {
        send("-INT", self.child.id().context("./run has ended before")?).await?;
        self.end().await
    }

    /// Waits for the end.
    pub async fn end(&mut self) -> Result<ExitStatus> {
        tokio::time::timeout(MAX_END, self.child.wait()).await.context("./run does not end")?.map_err(Into::into)
    }
}

impl Drop for RunScript {
    /// What a failed test leaves behind ends with it.
    fn drop(&mut self) {
        for id in self.processes().unwrap_or_default().into_keys() {
            // It may have ended by itself.
            drop(std::process::Command::new("kill").args(["-KILL", &id.to_string()]).status());
        }
    }
}

/// `./run` without a word, in an environment that knows nothing of the test that starts it.
pub fn bare_command() -> Result<Command> {
    Ok(in_bare_environment(Command::new(script()?)))
}

fn script() -> Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package is a folder of the workspace")?;
    Ok(root.join("run"))
}

/// Without what cargo tells a test and what ./check tells the browser tests; what changes how crates are built stays.
fn in_bare_environment(mut command: Command) -> Command {
    let of_test =
        ["CARGO_BIN", "CARGO_CRATE", "CARGO_MANIFEST", "CARGO_PKG", "CARGO_PRIMARY", "LD_LIBRARY_PATH", "SOTTO_"];
    for (name, _) in std::env::vars().filter(|(name, _)| name != "SOTTO_CACHE") {
        if of_test.iter().any(|start| name.starts_with(start)) {
            command.env_remove(name);
        }
    }
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Sends a signal to a process.
pub async fn send(signal: &str, process_id: u32) -> Result<()> {
    let sent = Command::new("kill").args([signal, &process_id.to_string()]).status().await?;
    if !sent.success() {
        bail!("process {process_id} cannot be signalled");
    }
    Ok(())
}
