//! Decides how many threads calculate, and leaves one core to everything else.
//!
//! candle's threads wait for each other in a busy loop after every matrix. When the machine has other work
//! for their cores, one waits whole time slices for another: on two busy cores two threads wrote one token a
//! second where a single thread wrote fourteen. candle takes the number from the environment only, and only
//! before its first calculation, so the program starts itself again with the number set (same process id).

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread::available_parallelism;

/// Where candle looks first; who starts the program may set it and is then obeyed.
const CANDLE_THREADS: &str = "CANDLE_NUM_THREADS";

/// Where the libraries under candle look.
const RAYON_THREADS: &str = "RAYON_NUM_THREADS";

/// More do not make a model of this size faster.
const MAX_THREADS: usize = 4;

/// Makes sure that the number of threads is set; gives the reason why that was not possible.
pub(crate) fn settle() -> io::Result<()> {
    if env::var_os(CANDLE_THREADS).is_some() {
        return Ok(());
    }
    let n_threads = threads_for(available_parallelism()?.get()).to_string();
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let mut again = Command::new(env::current_exe()?);
    Err(again.args(arguments).env(CANDLE_THREADS, &n_threads).env(RAYON_THREADS, &n_threads).exec())
}

fn threads_for(n_cores: usize) -> usize {
    n_cores.saturating_sub(1).clamp(1, MAX_THREADS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_core_is_left_to_others_where_there_are_several() {
        assert_eq!([1, 2, 3, 5, 64].map(threads_for), [1, 1, 2, 4, 4]);
    }
}
