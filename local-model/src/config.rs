//! The flags of `sotto-model`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use thiserror::Error;

/// Answers chat completions with a small language model, for programs on this machine only.
#[derive(Debug, Parser)]
#[command(name = "sotto-model", version)]
pub(crate) struct Config {
    /// Address to listen on; must be of this machine (127.0.0.1 or [::1]); port 0 takes a free one
    #[arg(long, env = "SOTTO_MODEL_LISTEN", default_value = "127.0.0.1:8091", value_parser = loopback)]
    pub(crate) listen: SocketAddr,

    /// The model: a GGUF file of SmolLM2-135M-Instruct
    #[arg(long, env = "SOTTO_MODEL_FILE", value_name = "FILE")]
    pub(crate) model: PathBuf,
}

/// Why an address is not listened on.
#[derive(Debug, Error)]
enum ListenError {
    #[error("not an address with a port, such as 127.0.0.1:8091")]
    Malformed,
    #[error("this server is for programs on this machine only: the address must be 127.0.0.1 or [::1]")]
    NotLoopback,
}

fn loopback(text: &str) -> Result<SocketAddr, ListenError> {
    let address: SocketAddr = text.parse().map_err(|_| ListenError::Malformed)?;
    if address.ip().is_loopback() { Ok(address) } else { Err(ListenError::NotLoopback) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from([&["sotto-model", "--model", "file"], flags].concat())
    }

    #[test]
    fn an_address_of_this_machine_is_taken() {
        assert_eq!(parse(&["--listen", "127.0.0.1:0"]).unwrap().listen, "127.0.0.1:0".parse().unwrap());
        assert_eq!(parse(&["--listen", "[::1]:90"]).unwrap().listen, "[::1]:90".parse().unwrap());
    }

    #[test]
    fn an_address_that_others_reach_is_refused() {
        for address in ["0.0.0.0:80", "192.168.0.2:80", "[::]:80", "8080", "localhost"] {
            assert!(parse(&["--listen", address]).is_err(), "{address}");
        }
    }

    #[test]
    fn unknown_flags_are_refused() {
        assert!(parse(&["--public"]).is_err());
    }
}
