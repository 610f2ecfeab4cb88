//! The chat list as a tab keeps it: newest first.

use client_core::view::ChatRowView;

/// Puts a row where its chat belongs now.
pub(super) fn put_row(rows: &mut Vec<ChatRowView>, row: ChatRowView) {
    rows.retain(|old| old.id != row.id);
    let place = rows.partition_point(|old| old.changed_ms > row.changed_ms);
    rows.insert(place, row);
}
