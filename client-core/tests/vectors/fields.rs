//! Reads the fields of a vector: every one demanded in its exact width, none left over.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};

/// How judging a vector can end other than well.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The object is refused.
    Refused,
    /// The object is a fork.
    Fork,
    /// A result is not the recomputed one, or the vector has not the agreed shape.
    Wrong(String),
}

pub(crate) type Judged = Result<(), Problem>;

/// The fields of one vector or of an object inside it.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    read: BTreeSet<&'static str>,
}

pub(crate) fn wrong(what: impl Into<String>) -> Problem {
    Problem::Wrong(what.into())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

fn unhex(value: &Value, name: &str) -> Result<Vec<u8>, Problem> {
    let text = value.as_str().ok_or_else(|| wrong(format!("{name} is no string")))?;
    HEXLOWER.decode(text.as_bytes()).map_err(|_| wrong(format!("{name} is no lower-case hex")))
}

impl<'a> Fields<'a> {
    pub(crate) fn new(value: &'a Value) -> Result<Self, Problem> {
        let map = value.as_object().ok_or_else(|| wrong("not an object"))?;
        Ok(Self { map, read: BTreeSet::new() })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub(crate) fn value(&mut self, name: &'static str) -> Result<&'a Value, Problem> {
        self.read.insert(name);
        self.map.get(name).ok_or_else(|| wrong(format!("{name} is missing")))
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<&'a str, Problem> {
        self.value(name)?.as_str().ok_or_else(|| wrong(format!("{name} is no string")))
    }

    pub(crate) fn bytes(&mut self, name: &'static str) -> Result<Vec<u8>, Problem> {
        unhex(self.value(name)?, name)
    }

    pub(crate) fn array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Problem> {
        self.bytes(name)?.try_into().map_err(|_| wrong(format!("{name} has not {N} bytes")))
    }

    pub(crate) fn u8(&mut self, name: &'static str) -> Result<u8, Problem> {
        Ok(u8::from_be_bytes(self.array(name)?))
    }

    pub(crate) fn u16(&mut self, name: &'static str) -> Result<u16, Problem> {
        Ok(u16::from_be_bytes(self.array(name)?))
    }

    pub(crate) fn u32(&mut self, name: &'static str) -> Result<u32, Problem> {
        Ok(u32::from_be_bytes(self.array(name)?))
    }

    pub(crate) fn u64(&mut self, name: &'static str) -> Result<u64, Problem> {
        Ok(u64::from_be_bytes(self.array(name)?))
    }

    pub(crate) fn list(&mut self, name: &'static str) -> Result<&'a [Value], Problem> {
        Ok(self.value(name)?.as_array().ok_or_else(|| wrong(format!("{name} is no list")))?)
    }

    pub(crate) fn byte_list(&mut self, name: &'static str) -> Result<Vec<Vec<u8>>, Problem> {
        self.list(name)?.iter().map(|value| unhex(value, name)).collect()
    }

    /// Demands that a result is the recomputed one.
    pub(crate) fn result(&mut self, name: &'static str, expected: &[u8]) -> Judged {
        if self.bytes(name)? == expected { Ok(()) } else { Err(wrong(format!("{name} is not {}", hex(expected)))) }
    }

    /// The same for a field that need not be there.
    pub(crate) fn optional_result(&mut self, name: &'static str, expected: &[u8]) -> Judged {
        if self.has(name) { self.result(name, expected) } else { Ok(()) }
    }

    pub(crate) fn finish(self) -> Judged {
        match self.map.keys().find(|name| !self.read.contains(name.as_str())) {
            Some(name) => Err(wrong(format!("{name} is not expected here"))),
            None => Ok(()),
        }
    }
}
