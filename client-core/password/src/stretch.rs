//! Argon2id (RFC 9106) with costs that are fixed in code: whoever guesses pays them for each guess.

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::errors::InternalError;
use opaque_ke::generic_array::{ArrayLength, GenericArray};
use opaque_ke::ksf::Ksf;
use zeroize::Zeroizing;

/// Memory, KiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over it.
const PASSES: u32 = 3;
/// Lanes.
const LANES: u32 = 1;
/// What OPAQUE stretches is no password but output of its OPRF, other for every account: RFC 9807 gives it no salt.
const OPAQUE_SALT: [u8; 16] = [0; 16];

/// Stretches what OPAQUE asks for.
#[derive(Debug, Default)]
pub(crate) struct Stretch;

impl Ksf for Stretch {
    fn hash<L: ArrayLength<u8>>(&self, input: GenericArray<u8, L>) -> Result<GenericArray<u8, L>, InternalError> {
        let mut output = GenericArray::default();
        argon2id(&input, &OPAQUE_SALT, &mut output).map_err(|_| InternalError::KsfError)?;
        Ok(output)
    }
}

/// Stretches a password for a device's own use; `None` if there is no memory for it.
pub fn stretch(password: &[u8], salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
    let mut output = Zeroizing::new([0; 32]);
    argon2id(password, salt, output.as_mut_slice()).ok()?;
    Some(output)
}

fn argon2id(input: &[u8], salt: &[u8], output: &mut [u8]) -> Result<(), argon2::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(output.len()))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(input, salt, output)
}

#[cfg(test)]
mod tests {
    use argon2::{AssociatedData, ParamsBuilder};

    use super::*;

    #[test]
    fn argon2id_is_that_of_rfc_9106() {
        let mut params = ParamsBuilder::new();
        params.m_cost(32).t_cost(3).p_cost(4).output_len(32).data(AssociatedData::new(&[4; 12]).unwrap());
        let argon2 =
            Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params.build().unwrap()).unwrap();
        let mut tag = [0; 32];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(data_encoding::HEXLOWER.encode(&tag), expected);
    }

    #[test]
    fn the_costs_are_64_mib_three_passes_and_one_lane() {
        let params = Params::new(64 * 1024, 3, 1, Some(32)).unwrap();
        let mut expected = [0; 32];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(b"password", &[7; 16], &mut expected).unwrap();
        assert_eq!(*stretch(b"password", &[7; 16]).unwrap(), expected);
        assert_ne!(*stretch(b"password", &[8; 16]).unwrap(), expected);
    }
}
