//! A Postgres cluster of its own for a test, thrown away with it.
//!
//! Where Postgres is not installed this fails: a proof that was not made is none.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// A running cluster; it listens on a socket in its folder and nowhere else.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// Starts it on an empty folder.
    pub(crate) fn start() -> Result<Self> {
        let cluster = Self { programs: programs()?, folder: TempDir::with_prefix("sotto-pg-")? };
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(cluster.folder.path()), "")?;
        }
        let make = ["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--no-locale"];
        run(cluster.program("initdb")?.args(make).arg("-D").arg(cluster.storage()), "")?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories={} -c fsync=off -c full_page_writes=off",
            cluster.folder.path().display()
        );
        let log = cluster.folder.path().join("log");
        run(cluster.control()?.arg("-l").arg(log).args(["-w", "-o", &options, "start"]), "")?;
        Ok(cluster)
    }

    fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    /// A server program; it refuses to be run by root.
    fn program(&self, name: &str) -> Result<Command> {
        let path = self.programs.join(name);
        if !is_root()? {
            return Ok(Command::new(path));
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path).current_dir(self.folder.path());
        Ok(command)
    }

    fn control(&self) -> Result<Command> {
        let mut command = self.program("pg_ctl")?;
        command.arg("-D").arg(self.storage());
        Ok(command)
    }

    /// The folder of its socket.
    pub(crate) fn socket(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Makes an empty database.
    pub(crate) fn create_database(&self, name: &str) -> Result<()> {
        let mut createdb = Command::new(self.programs.join("createdb"));
        run(createdb.arg("-h").arg(self.folder.path()).args(["-U", "postgres", name]), "").map(drop)
    }

    /// Everything that a database holds, as its owner would copy it.
    pub(crate) fn dump(&self, name: &str) -> Result<String> {
        let mut dump = Command::new(self.programs.join("pg_dump"));
        run(dump.arg("-h").arg(self.folder.path()).args(["-U", "postgres", name]), "")
    }

    /// Runs statements in one transaction; returns the rows, one a line.
    pub(crate) fn execute(&self, sql: &str) -> Result<Vec<String>> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.arg("-h").arg(self.folder.path()).args(["-U", "postgres", "-d", "postgres"]);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--single-transaction"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--file=-"]);
        Ok(run(&mut psql, sql)?.lines().map(str::to_owned).collect())
    }
}

impl Drop for Cluster {
    #[expect(clippy::print_stderr, reason = "a test that leaves a process behind says so")]
    fn drop(&mut self) {
        let stop = || run(self.control()?.args(["-m", "immediate", "stop"]), "");
        if let Err(error) = stop() {
            eprintln!("the cluster could not be stopped: {error:#}");
        }
    }
}

/// Where the newest Postgres keeps its programs.
fn programs() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten() {
        let path = entry?.path();
        let version = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        found.extend(version.filter(|_| path.join("bin/initdb").is_file()).map(|version| (version, path.join("bin"))));
    }
    let newest = found.into_iter().max();
    newest.map(|(_, path)| path).context("Postgres is not installed: run scripts/set-up check")
}

fn is_root() -> Result<bool> {
    Ok(run(Command::new("id").arg("-u"), "")?.trim() == "0")
}

/// Runs a program to its end; returns what it says, or fails with its complaint.
fn run(command: &mut Command, input: &str) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    // A server that outlives its starter would keep a pipe open.
    let is_server = command.get_args().any(|argument| argument == "start");
    let sink = || if is_server { Stdio::null() } else { Stdio::piped() };
    let mut child = command.stdin(Stdio::piped()).stdout(sink()).stderr(sink()).spawn().context(name.clone())?;
    child.stdin.take().expect("stdin is piped").write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
