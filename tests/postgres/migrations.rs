//! Postgres takes every migration, on a cluster of its own that is thrown away.
//!
//! Where Postgres is not installed this fails: a proof that was not made is none.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

const LARGEST: &str = "9223372036854775807";

/// A running cluster; it listens on a socket in its folder and nowhere else.
struct Cluster {
    programs: PathBuf,
    folder: TempDir,
}

impl Cluster {
    fn start() -> Result<Self> {
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

    /// Runs statements in one transaction; returns the rows, one a line.
    fn execute(&self, sql: &str) -> Result<Vec<String>> {
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

/// Every migration in order: its name and statements.
fn migrations() -> Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the package is a folder of the workspace")?;
    let mut migrations = Vec::new();
    for entry in fs::read_dir(root.join("migrations/postgres"))? {
        let path = entry?.path();
        let name = path.file_name().context("a migration has a name")?.to_string_lossy().into_owned();
        migrations.push((name, fs::read_to_string(path)?));
    }
    migrations.sort();
    Ok(migrations)
}

/// Names of the tables that statements make, in order.
fn tables(sql: &str) -> Vec<&str> {
    sql.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_whitespace().next()).collect()
}

/// A row for a table: the same id in every column of bytes, the largest number in every other.
fn row(cluster: &Cluster, table: &str, id: &str) -> Result<String> {
    let types = cluster.execute(&format!(
        "SELECT data_type FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
    ))?;
    ensure!(!types.is_empty(), "{table} has no columns");
    let value = |kind: &String| match kind.as_str() {
        "bytea" => Ok(format!("'\\x{id}'")),
        "bigint" => Ok(LARGEST.to_owned()),
        other => Err(anyhow::anyhow!("{table} has a column of type {other}")),
    };
    let values: Vec<String> = types.iter().map(value).collect::<Result<_>>()?;
    Ok(format!("INSERT INTO {table} VALUES ({});", values.join(", ")))
}

#[test]
fn postgres_takes_every_migration_and_keeps_its_rules() -> Result<()> {
    let cluster = Cluster::start()?;
    let migrations = migrations()?;
    for (name, sql) in &migrations {
        cluster.execute(sql).with_context(|| name.clone())?;
    }
    let made: Vec<&str> = migrations.iter().flat_map(|(_, sql)| tables(sql)).collect();
    let mut expected = made.clone();
    expected.sort_unstable();
    let listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    assert_eq!(cluster.execute(listed)?, expected);
    assert!(made.len() >= 11, "{made:?}");

    for table in &made {
        let first = row(&cluster, table, "01")?;
        cluster.execute(&first).with_context(|| format!("{table} takes a row"))?;
        assert!(cluster.execute(&first).is_err(), "{table} takes the same row again");
        if *table != "accounts" {
            let orphan = row(&cluster, table, "02")?;
            assert!(cluster.execute(&orphan).is_err(), "{table} takes a row of an account that does not exist");
        }
        assert_eq!(cluster.execute(&format!("SELECT count(*) FROM {table}"))?, ["1"]);
    }
    assert_eq!(cluster.execute("SELECT position FROM envelopes")?, [LARGEST]);
    Ok(())
}
