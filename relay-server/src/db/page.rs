//! Makes a page of batches out of rows, the same for every database.

use shared_types::limits::MAX_PAGE_BYTES;
use shared_types::sync::{BatchParcel, Cursor, PageBody};

use super::DbError;
use super::columns::from_sql;

/// What a batch takes on the wire beside its own bytes, at most.
const FRAME_BYTES: usize = 4096;

/// A batch as a row.
pub(super) struct PageRow {
    /// Its place in the account.
    pub(super) position: i64,
    /// Bytes of batch and envelopes.
    pub(super) n_bytes: usize,
    /// The signed batch.
    pub(super) batch: Vec<u8>,
}

/// Position of its batch, index of its leaf, and an envelope.
pub(super) type PageEnvelope = (i64, i64, Vec<u8>);

/// The page after which nothing stands.
pub(super) fn empty(after: u64) -> PageBody {
    PageBody { next: Cursor(after), more: false, parcels: Vec::new() }
}

/// Cuts rows to what one page holds, the first always; tells whether more were there.
pub(super) fn cut(rows: &mut Vec<PageRow>, max_batches: usize) -> bool {
    let mut n_bytes = 0;
    let fits = |row: &&PageRow| {
        n_bytes += row.n_bytes + FRAME_BYTES;
        n_bytes <= MAX_PAGE_BYTES
    };
    let n_fitting = rows.iter().take_while(fits).count().max(1).min(max_batches);
    let more = rows.len() > n_fitting;
    rows.truncate(n_fitting);
    more
}

/// Puts envelopes to their batches; both are ordered by position.
pub(super) fn assemble(
    after: u64,
    more: bool,
    rows: Vec<PageRow>,
    envelopes: Vec<PageEnvelope>,
) -> Result<PageBody, DbError> {
    let next = rows.last().map_or(Ok(after), |row| from_sql(row.position))?;
    let mut found = envelopes.into_iter().peekable();
    let mut parcels = Vec::with_capacity(rows.len());
    for row in rows {
        let mut parcel = BatchParcel { batch: row.batch, envelopes: Vec::new() };
        while let Some((_, index, envelope)) = found.next_if(|(position, ..)| *position <= row.position) {
            parcel.envelopes.push((from_sql(index)?, envelope));
        }
        parcels.push(parcel);
    }
    Ok(PageBody { next: Cursor(next), more, parcels })
}
