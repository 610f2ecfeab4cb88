//! Notices between relay processes, by `LISTEN` and `NOTIFY`.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use sqlx::postgres::{PgListener, PgPool};
use tokio::time::Instant;

use super::Connection;
use crate::db::{DbError, Notice};

const CHANNEL: &str = "sotto_events";
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Tells every process that listens.
pub(super) async fn announce(connection: &mut Connection, text: &str) -> Result<(), DbError> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(connection).await?;
    Ok(())
}

/// What is announced from now on; a lost connection is made again, and told as something missed.
pub(super) async fn listen(pool: PgPool) -> Result<BoxStream<'static, Notice>, DbError> {
    let first = connect(&pool).await?;
    let notices = stream::unfold((pool, Some(first)), |(pool, mut listener)| async move {
        loop {
            let Some(open) = &mut listener else {
                listener = connect(&pool).await.ok();
                if listener.is_some() {
                    return Some((Notice::Missed, (pool, listener)));
                }
                tokio::time::sleep_until(Instant::now() + RECONNECT_PAUSE).await;
                continue;
            };
            match open.try_recv().await {
                Ok(Some(notice)) => return Some((Notice::Told(notice.payload().to_owned()), (pool, listener))),
                Ok(None) => return Some((Notice::Missed, (pool, listener))),
                Err(_) => listener = None,
            }
        }
    });
    Ok(notices.boxed())
}

async fn connect(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}
