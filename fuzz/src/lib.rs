//! Every parser of bytes that a stranger can send or store, each as a function of bytes that must not panic, and that
//! gives back what it has read where its form allows one spelling only.

mod core;
mod seeds;
mod shared;

pub use seeds::seeds;

/// One parser.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Names it, its corpus and its figures.
    pub name: &'static str,
    /// Feeds it.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// All of them.
pub const TARGETS: [Target; 15] = [
    target("batch", shared::batch),
    target("code", core::code),
    target("envelope", core::envelope),
    target("frames", core::frames),
    target("hand_over", shared::hand_over),
    target("log", shared::log),
    target("log_entry", shared::log_entry),
    target("markdown", core::markdown),
    target("page", shared::page),
    target("public_key", shared::public_key),
    target("records", core::records),
    target("rows", core::rows),
    target("signature_input", shared::signature_input),
    target("statement", shared::statement),
    target("words", core::words),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parser_stands_its_seeds_and_what_was_found_before() {
        let seeds = seeds();
        for (name, bytes) in &seeds {
            let target = TARGETS.iter().find(|target| target.name == name);
            let run = target.unwrap_or_else(|| panic!("nothing is named {name}")).run;
            run(bytes);
            // Cut, doubled, and with one bit bent anywhere near the start, where heads and lengths stand.
            run(&bytes[..bytes.len() / 2]);
            run(&[bytes.as_slice(), bytes].concat());
            for bit in 0..bytes.len().min(6) * 8 {
                let mut bent = bytes.clone();
                bent[bit / 8] ^= 1 << (bit % 8);
                run(&bent);
            }
        }
        assert!(seeds.len() > 1000, "{}", seeds.len());
    }

    #[test]
    fn every_target_has_seeds() {
        let seeds = seeds();
        for target in TARGETS {
            let n_seeds = seeds.iter().filter(|(name, _)| name == target.name).count();
            assert!(n_seeds > 0, "{} begins with nothing", target.name);
        }
    }
}
