//! The true binary, killed without warning in the middle of pushes.

use crate::harness::kill_during_pushes;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_relay_keeps_every_acknowledged_batch_and_no_half_one() {
    kill_during_pushes(None).await;
}
