//! A store in memory: for stories, and for a browser session that shall leave nothing behind.
//!
//! Handles share one [`MemoryDisk`]; what was committed is there for the next handle, also after a crash.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Access, Row, Store, StoreBatch, StoreError, Table, Write};

type Rows = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

/// What outlives the handles of a [`MemoryStore`].
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Rc<Disk>);

#[derive(Debug, Default)]
struct Disk {
    rows: RefCell<Rows>,
    room: Cell<Room>,
    access: Cell<Access>,
    /// Commits that it takes before it stops, if it does.
    commits_left: Cell<Option<u32>>,
}

/// Whether a disk takes more rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Room {
    #[default]
    Enough,
    None,
}

/// One opened handle of a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryStore {
    disk: MemoryDisk,
    life: Cell<Life>,
}

/// How long a handle works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Endless,
    #[cfg_attr(not(feature = "test-support"), expect(dead_code, reason = "only tests crash a store in memory"))]
    Commits(u32),
    Over,
}

impl MemoryDisk {
    /// Opens a handle.
    pub fn open(&self) -> MemoryStore {
        MemoryStore { disk: self.clone(), life: Cell::new(Life::Endless) }
    }
}

#[cfg(feature = "test-support")]
impl MemoryDisk {
    /// From now on every commit that sets a row finds no room.
    pub fn fill_up(&self) {
        self.0.room.set(Room::None);
    }

    /// There is room again.
    pub fn make_room(&self) {
        self.0.room.set(Room::Enough);
    }

    /// Takes so many more commits, and none after them until [`Self::go_on`]: whoever writes was killed there.
    pub fn stop_after(&self, n_commits: u32) {
        self.0.commits_left.set(Some(n_commits));
    }

    /// Takes commits again; whether it had come to refuse one.
    pub fn go_on(&self) -> bool {
        self.0.commits_left.take() == Some(0)
    }

    /// From now on it belongs to a newer release, or to this one.
    pub fn allow(&self, access: Access) {
        self.0.access.set(access);
    }

    /// Puts back everything as it was, as whoever restores a backup does.
    pub fn restore(&self, backup: &[(Table, Row)]) {
        let rows = backup.iter().map(|(table, row)| ((*table, row.key.clone()), row.value.clone()));
        *self.0.rows.borrow_mut() = rows.collect();
    }

    /// Everything that is stored, for searches over all bytes.
    pub fn all_rows(&self) -> Vec<(Table, Row)> {
        let rows = self.0.rows.borrow();
        rows.iter().map(|((table, key), value)| (*table, Row { key: key.clone(), value: value.clone() })).collect()
    }

    /// Puts a row behind the back of every handle, as a thief with the disk would.
    pub fn tamper(&self, table: Table, key: &[u8], value: Option<Vec<u8>>) {
        let mut rows = self.0.rows.borrow_mut();
        match value {
            Some(value) => rows.insert((table, key.to_vec()), value),
            None => rows.remove(&(table, key.to_vec())),
        };
    }
}

impl MemoryStore {
    /// Opens a new, empty disk.
    pub fn new() -> Self {
        MemoryDisk::default().open()
    }

    /// The disk, to open it again.
    pub fn disk(&self) -> MemoryDisk {
        self.disk.clone()
    }

    /// Closes the handle after this many more commits: the process was killed between two of them.
    #[cfg(feature = "test-support")]
    pub fn crash_after(&self, n_commits: u32) {
        self.life.set(if n_commits == 0 { Life::Over } else { Life::Commits(n_commits) });
    }

    fn check_writable(&self) -> Result<(), StoreError> {
        self.check_open()?;
        match self.disk.0.commits_left.get() {
            Some(0) => return Err(StoreError::Closed),
            Some(left) => self.disk.0.commits_left.set(Some(left - 1)),
            None => {}
        }
        if self.access() == Access::ReadOnly { Err(StoreError::Newer) } else { Ok(()) }
    }

    fn check_open(&self) -> Result<(), StoreError> {
        if self.life.get() == Life::Over { Err(StoreError::Closed) } else { Ok(()) }
    }

    fn count_commit(&self) {
        match self.life.get() {
            Life::Commits(1) => self.life.set(Life::Over),
            Life::Commits(left) => self.life.set(Life::Commits(left - 1)),
            Life::Endless | Life::Over => {}
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn access(&self) -> Access {
        self.disk.0.access.get()
    }

    async fn load_row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.check_open()?;
        Ok(self.disk.0.rows.borrow().get(&(table, key.to_vec())).cloned())
    }

    async fn read_rows(&self, table: Table, take: &mut dyn FnMut(Row)) -> Result<(), StoreError> {
        self.check_open()?;
        let rows = self.disk.0.rows.borrow();
        let of_table = rows.range((table, Vec::new())..).take_while(|((found, _), _)| *found == table);
        of_table.map(|((_, key), value)| Row { key: key.clone(), value: value.clone() }).for_each(take);
        Ok(())
    }

    async fn commit(&self, batch: StoreBatch) -> Result<(), StoreError> {
        self.check_writable()?;
        let mut rows = self.disk.0.rows.borrow_mut();
        for expected in batch.expectations {
            if rows.get(&(expected.table, expected.key)) != expected.value.as_ref() {
                return Err(StoreError::Moved);
            }
        }
        let adds = batch.writes.iter().any(|write| matches!(write, Write::Put { .. }));
        if adds && self.disk.0.room.get() == Room::None {
            return Err(StoreError::Full);
        }
        for write in batch.writes {
            match write {
                Write::Put { table, row } => rows.insert((table, row.key), row.value),
                Write::Delete { table, key } => rows.remove(&(table, key)),
            };
        }
        drop(rows);
        self.count_commit();
        Ok(())
    }

    async fn erase(&self) -> Result<(), StoreError> {
        self.check_writable()?;
        self.disk.0.rows.borrow_mut().clear();
        self.count_commit();
        Ok(())
    }
}
