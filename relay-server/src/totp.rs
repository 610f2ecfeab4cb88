//! Codes of authenticator apps (RFC 6238): HMAC-SHA-1, six digits, thirty seconds, as every app has them.

use ring::hmac;
use shared_types::limits::{TOTP_STEP_S, TOTP_STEPS_OFF};
use shared_types::password::Code;

const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;

/// The step whose code this is, if it is one of those that count now. All of them are looked at, whichever it is.
pub(crate) fn find_step(secret: &[u8], code: &Code, now_s: u64) -> Option<u64> {
    let typed = number_of(code);
    let now = now_s / TOTP_STEP_S;
    let mut found = None;
    for step in now.saturating_sub(TOTP_STEPS_OFF)..=now + TOTP_STEPS_OFF {
        if Some(code_at(secret, step)) == typed {
            found = Some(step);
        }
    }
    found
}

fn number_of(code: &Code) -> Option<u32> {
    let is_code = code.0.len() == DIGITS && code.0.bytes().all(|digit| digit.is_ascii_digit());
    if is_code { code.0.parse().ok() } else { None }
}

/// What an app with this secret says at a time, for tests that have no app.
#[cfg(any(test, feature = "test-support"))]
pub fn code(secret: &[u8], now_s: u64) -> Code {
    Code(format!("{:06}", code_at(secret, now_s / TOTP_STEP_S)))
}

/// RFC 4226, section 5.3.
fn code_at(secret: &[u8], step: u64) -> u32 {
    truncate(secret, step) % MODULUS
}

fn truncate(secret: &[u8], step: u64) -> u32 {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let chosen = tag.get(offset..).and_then(<[u8]>::first_chunk).expect("a tag of 20 bytes has 4 from any of 16");
    u32::from_be_bytes(*chosen) & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let published = [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ];
        for (now_s, expected) in published {
            assert_eq!(truncate(SECRET, now_s / TOTP_STEP_S) % 100_000_000, expected, "at {now_s}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_not_a_minute_and_a_half() {
        let now_s = 1_000_000_010;
        let at = |seconds: u64| code(SECRET, seconds);
        let step = now_s / TOTP_STEP_S;
        assert_eq!(find_step(SECRET, &at(now_s), now_s), Some(step));
        assert_eq!(find_step(SECRET, &at(now_s - 30), now_s), Some(step - 1));
        assert_eq!(find_step(SECRET, &at(now_s + 30), now_s), Some(step + 1));
        assert_eq!(find_step(SECRET, &at(now_s - 90), now_s), None);
        assert_eq!(find_step(SECRET, &at(now_s + 90), now_s), None);
    }

    #[test]
    fn what_is_no_code_is_none() {
        for typed in ["", "12345", "1234567", "+12345", "12 345", "１２３４５６"] {
            assert_eq!(number_of(&Code(typed.to_owned())), None, "{typed}");
        }
        assert_eq!(number_of(&Code("000042".to_owned())), Some(42));
    }
}
