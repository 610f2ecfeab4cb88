//! The peer: nginx as a proxy that does not buffer, from the distribution's package, unpacked into the cache folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::process::{await_port, free_port};
use crate::peers::{MissingPeer, folder};

const PACKAGE: &str = "nginx";

/// A running nginx.
pub(super) struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    /// Its port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Told to stop it ends its workers too; killed it would leave them. One that has ended by itself needs neither.
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

/// Whether it is installed.
pub(crate) fn is_there() -> Result<bool> {
    Ok(program()?.is_some())
}

/// Fetches the package and unpacks it; nothing is installed into the system and nothing is started.
pub(crate) fn prepare() -> Result<()> {
    let target = folder()?.join("nginx");
    fs::create_dir_all(&target)?;
    let download = Command::new("apt-get").args(["download", PACKAGE]).current_dir(&target).output();
    let download = download.context("apt-get did not start: it brings nginx")?;
    ensure!(download.status.success(), "{PACKAGE} could not be fetched: {}", String::from_utf8_lossy(&download.stderr));
    let mut packages = fs::read_dir(&target)?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let package = packages.find(|path| path.extension().is_some_and(|ending| ending == "deb"));
    let package = package.context("apt-get left no package")?;
    let status = Command::new("dpkg-deb").arg("-x").arg(&package).arg(&target).status()?;
    ensure!(status.success() && is_there()?, "{} is not what was expected", package.display());
    Ok(())
}

/// The system's own, or the one in the cache folder.
fn program() -> Result<Option<PathBuf>> {
    let places = [PathBuf::from("/usr/sbin/nginx"), folder()?.join("nginx/usr/sbin/nginx")];
    Ok(places.into_iter().find(|place| place.is_file()))
}

/// Starts it in front of a provider, with its files in a folder.
pub(super) async fn start(files: &Path, provider_port: u16) -> Result<Result<Nginx, MissingPeer>> {
    let Some(program) = program()? else {
        return Ok(Err(MissingPeer { name: PACKAGE, version: "of the distribution", bench: "relay" }));
    };
    let port = free_port()?;
    let at = files.display();
    let settings = format!(
        "daemon off; master_process on; worker_processes auto; pid {at}/pid; error_log {at}/error.log;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi; uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi;\n\
         upstream provider {{ server 127.0.0.1:{provider_port}; keepalive 16; }}\n\
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://provider; proxy_buffering off;\n\
         proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }}\n}}\n"
    );
    let file = files.join("nginx.conf");
    fs::write(&file, settings)?;
    let mut command = Command::new(program);
    command.arg("-p").arg(files).arg("-c").arg(&file).arg("-e").arg(files.join("error.log"));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let nginx = Nginx { child, port };
    await_port(port).await.context("nginx did not start")?;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Server: nginx"), "nginx says {answer}");
    Ok(Ok(nginx))
}
