//! Numbers and bytes as both databases keep them: integers signed, bytes without a length of their own.

use super::DbError;

/// A number as a column; everything that we count stays far below the sign.
pub(super) fn to_sql(number: u64) -> Result<i64, DbError> {
    i64::try_from(number).map_err(|_| DbError::Corrupt)
}

/// A number from a column.
pub(super) fn from_sql<T: TryFrom<i64>>(number: i64) -> Result<T, DbError> {
    T::try_from(number).map_err(|_| DbError::Corrupt)
}

/// Bytes of a known length from a column.
pub(super) fn fixed<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N], DbError> {
    bytes.try_into().map_err(|_| DbError::Corrupt)
}
