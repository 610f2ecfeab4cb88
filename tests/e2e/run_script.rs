//! `./run`, warm: when everything is built it is ready within seconds, watches the model, and leaves nothing behind.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::run_script::{RunScript, bare_command, send};
use e2e::server::{ask, await_answer, free_port};

/// Everything is built: it only starts.
const MAX_WARM: Duration = Duration::from_secs(20);
/// Longest wait for a word of it after that.
const MAX_WAIT: Duration = Duration::from_mins(1);

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[tokio::test]
async fn run_is_ready_watches_the_model_and_ends_without_a_trace() -> Result<()> {
    let port = free_port()?;
    let mut run = RunScript::start(port)?;
    let ready = format!("Sotto is ready at http://localhost:{port}");
    #[expect(clippy::disallowed_methods, reason = "the bound on time is what is tested")]
    let started = Instant::now();
    run.says(MAX_WARM, |line| line == ready).await?;
    println!("run.ready.warm\t{:.1}\ts", started.elapsed().as_secs_f32());
    for path in ["/", "/healthz", "/readyz"] {
        let answer = ask(port, path).await?;
        assert!(answer.starts_with("HTTP/1.1 2"), "{path}: {answer}");
    }
    assert!(ask(port, "/").await?.contains("sotto-page"), "the page is served");
    assert!(run.data().join("relay.sqlite").exists());

    let is_ready = |about: &str| about.contains(r#""place":"server""#) && about.contains(r#""state":"ready""#);
    await_answer(port, "/v1/about", is_ready).await.context("the model does not become ready")?;
    let first = run.process_of("sotto-model")?;
    send("-KILL", first).await?;
    run.says(MAX_WAIT, |line| line == "run: the model ended and is started again").await?;
    let second = run.await_process("sotto-model", |id| id != first).await?;
    assert_ne!(first, second);

    let processes = run.processes()?;
    assert!(processes.len() >= 3, "run, relay and model: {processes:#?}");
    let ended = run.interrupt().await?;
    assert_eq!(ended.code(), Some(0), "{ended}");
    assert_eq!(run.processes()?, [].into(), "something was left behind");
    assert!(is_free(port), "the port is still taken");
    Ok(())
}

#[tokio::test]
async fn run_can_be_interrupted_while_it_builds_in_the_background_of_a_script() -> Result<()> {
    let port = free_port()?;
    let mut run = RunScript::start_in_background(port)?;
    run.says(MAX_WAIT, |line| line.starts_with("set-up: ") || line.starts_with("run: ")).await?;
    let ended = run.interrupt().await?;
    assert_eq!(ended.code(), Some(0), "{ended}");
    assert_eq!(run.processes()?, [].into(), "something was left behind");
    assert!(is_free(port), "the port is still taken");
    Ok(())
}

#[tokio::test]
async fn run_says_in_one_sentence_that_its_port_is_taken() -> Result<()> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port();
    let output = bare_command()?.args(["--listen", &format!("127.0.0.1:{port}")]).output().await?;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(said, format!("run: port {port} is in use: stop what listens there, or choose another by --listen\n"));
    assert_eq!(String::from_utf8(output.stdout)?, "", "nothing was begun");
    Ok(())
}

#[tokio::test]
async fn run_answers_a_wrong_flag_with_its_usage() -> Result<()> {
    for flags in [&["--port", "8080"][..], &["--listen"], &["--data"], &["--listen", "localhost"]] {
        let output = bare_command()?.args(flags).output().await?;
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains("usage: ./run [--listen 127.0.0.1:PORT] [--data DIR]"), "{flags:?}: {said}");
    }
    let output = bare_command()?.arg("--help").output().await?;
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout)?.contains("usage: ./run"));
    Ok(())
}
