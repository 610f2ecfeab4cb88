//! Rules of the signed formats, provoked from outside the crate.

#[cfg(test)]
mod actors;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod log_bends;
#[cfg(test)]
mod log_rules;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod public_keys;
