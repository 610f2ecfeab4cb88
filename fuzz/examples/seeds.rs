//! `cargo run -p fuzz --example seeds -- FOLDER` writes what each corpus begins with to FOLDER/TARGET, and prints the
//! name of every target.

use std::fs;
use std::path::PathBuf;

use shared_types::ids::Hash;

#[expect(clippy::print_stdout, reason = "the script that calls it goes by the names")]
fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(std::io::Error::other("which folder?"));
    };
    for target in fuzz::TARGETS {
        fs::create_dir_all(folder.join(target.name))?;
        println!("{}", target.name);
    }
    for (target, bytes) in fuzz::seeds() {
        fs::write(folder.join(target).join(Hash::of(&[&bytes]).to_base64url()), bytes)?;
    }
    Ok(())
}
