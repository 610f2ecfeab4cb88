//! The sections of a WebAssembly module, as far as packing reads and writes them.

use anyhow::{Context, Result, ensure};

/// Magic number and version.
const PREAMBLE: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
/// The part of the name section that names functions.
const FUNCTION_NAMES: u8 = 1;

/// A module in its sections.
pub(super) struct Module {
    sections: Vec<(u8, Vec<u8>)>,
}

impl Module {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let mut rest = Reader(bytes.strip_prefix(PREAMBLE).context("no WebAssembly module begins so")?);
        let mut sections = Vec::new();
        while !rest.0.is_empty() {
            let [id] = rest.take(1)? else { continue };
            sections.push((*id, rest.sized()?.to_vec()));
        }
        Ok(Self { sections })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = PREAMBLE.to_vec();
        for (id, section) in &self.sections {
            bytes.push(*id);
            put_sized(&mut bytes, section);
        }
        bytes
    }

    /// The code of each function, with its length.
    pub(super) fn functions(&self) -> Result<Vec<&[u8]>> {
        let mut rest = Reader(self.section(CODE)?);
        let n_functions = rest.number()?;
        (0..n_functions).map(|_| rest.sized()).collect()
    }

    /// Renames what is imported and exported; `None` leaves a name. Returns how many functions are imported.
    pub(super) fn rename(&mut self, mut rename: impl FnMut(&str) -> Option<String>) -> Result<usize> {
        let mut rest = Reader(self.section(IMPORTS)?);
        let n_imports = rest.number()?;
        let mut section = Vec::new();
        put_number(&mut section, n_imports);
        for _ in 0..n_imports {
            put_sized(&mut section, rest.sized()?);
            put_name(&mut section, rest.sized()?, &mut rename)?;
            // wasm-bindgen imports nothing else; of a function, its kind and type follow.
            ensure!(rest.take(1)? == [0], "something else than a function is imported");
            section.push(0);
            put_number(&mut section, rest.number()?);
        }
        self.replace(IMPORTS, section);

        let mut rest = Reader(self.section(EXPORTS)?);
        let n_exports = rest.number()?;
        let mut section = Vec::new();
        put_number(&mut section, n_exports);
        for _ in 0..n_exports {
            put_name(&mut section, rest.sized()?, &mut rename)?;
            section.extend(rest.take(1)?);
            put_number(&mut section, rest.number()?);
        }
        self.replace(EXPORTS, section);
        Ok(n_imports)
    }

    /// Gives each function a name, by the number of its import or code, in place of all names that were there.
    pub(super) fn name_functions(&mut self, names: &[(usize, String)]) {
        let mut functions = Vec::new();
        put_number(&mut functions, names.len());
        for (function, name) in names {
            put_number(&mut functions, *function);
            put_sized(&mut functions, name.as_bytes());
        }
        let mut section = Vec::new();
        put_sized(&mut section, b"name");
        section.push(FUNCTION_NAMES);
        put_sized(&mut section, &functions);
        self.sections.retain(|(id, bytes)| *id != CUSTOM || !bytes.starts_with(b"\x04name"));
        self.sections.push((CUSTOM, section));
    }

    fn section(&self, wanted: u8) -> Result<&[u8]> {
        let section = self.sections.iter().find(|(id, _)| *id == wanted);
        section.map(|(_, bytes)| bytes.as_slice()).with_context(|| format!("the module has no section {wanted}"))
    }

    fn replace(&mut self, wanted: u8, bytes: Vec<u8>) {
        if let Some((_, section)) = self.sections.iter_mut().find(|(id, _)| *id == wanted) {
            *section = bytes;
        }
    }
}

fn put_name(section: &mut Vec<u8>, name: &[u8], rename: &mut impl FnMut(&str) -> Option<String>) -> Result<()> {
    let name = std::str::from_utf8(name)?;
    put_sized(section, rename(name).as_deref().unwrap_or(name).as_bytes());
    Ok(())
}

/// What has not been read of a section.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes).context("a section ends too early")?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        anyhow::bail!("a number has more than 32 bits")
    }

    /// Bytes after their number.
    fn sized(&mut self) -> Result<&'a [u8]> {
        let n_bytes = self.number()?;
        self.take(n_bytes)
    }
}

fn put_number(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

fn put_sized(bytes: &mut Vec<u8>, sized: &[u8]) {
    put_number(bytes, sized.len());
    bytes.extend(sized);
}
