//! The published vectors of RFC 9807 (appendix C.1.1 and C.1.2), against the suite as we use it but for Argon2id, which
//! they leave out.

use data_encoding::HEXLOWER;
use opaque_ke::ksf::Identity;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse, Ristretto255, TripleDh,
};
use opaque_sha2::Sha512;

use crate::drawn::{Drawn, N_RANDOM};

struct Published;

impl CipherSuite for Published {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Identity;
}

const PASSWORD: &[u8] = b"CorrectHorseBatteryStaple";
const CONTEXT: &[u8] = b"OPAQUE-POC";
const ENVELOPE_NONCE: &str = "ac13171b2f17bc2c74997f0fce1e1f35bec6b91fe2e12dbd323d23ba7a38dfec";
const BLIND_REGISTRATION: &str = "76cfbfe758db884bebb33582331ba9f159720ca8784a2a070a265d9c2d6abe01";
const BLIND_LOGIN: &str = "6ecc102d2e7a7cf49617aad7bbe188556792d4acd60a1a8a8d2b65d4b0790308";
const CLIENT_KEYSHARE_SEED: &str = "82850a697b42a505f5b68fcdafce8c31f0af2b581f063cf1091933541936304b";
const REGISTRATION_REQUEST: &str = "5059ff249eb1551b7ce4991f3336205bde44a105a032e747d21bf382e75f7a71";
const REGISTRATION_RESPONSE: &str = "7408a268083e03abc7097fc05b587834539065e86fb0c7b6342fcf5e01e5b019b2fe7af9f48cc502d016729d2fe25cdd433f2c4bc904660b2a382c9b79df1a78";
const KE1: &str = "c4dedb0ba6ed5d965d6f250fbe554cd45cba5dfcce3ce836e4aee778aa3cd44dda7e07376d6d6f034cfa9bb537d11b8c6b4238c334333d1f0aebb380cae6a6cc6e29bee50701498605b2c085d7b241ca15ba5c32027dd21ba420b94ce60da326";
const EXPORT_KEY: &str = "1ef15b4fa99e8a852412450ab78713aad30d21fa6966c9b8c9fb3262a970dc62950d4dd4ed62598229b1b72794fc0335199d9f7fcc6eaedde92cc04870e63f16";

struct Vector {
    identifiers: Identifiers<'static>,
    registration_upload: &'static str,
    ke2: &'static str,
    ke3: &'static str,
    session_key: &'static str,
}

const VECTORS: [Vector; 2] = [
    Vector {
        identifiers: Identifiers { client: None, server: None },
        registration_upload: "76a845464c68a5d2f7e442436bb1424953b17d3e2e289ccbaccafb57ac5c36751ac5844383c7708077dea41cbefe2fa15724f449e535dd7dd562e66f5ecfb95864eadddec9db5874959905117dad40a4524111849799281fefe3c51fa82785c5ac13171b2f17bc2c74997f0fce1e1f35bec6b91fe2e12dbd323d23ba7a38dfec634b0f5b96109c198a8027da51854c35bee90d1e1c781806d07d49b76de6a28b8d9e9b6c93b9f8b64d16dddd9c5bfb5fea48ee8fd2f75012a8b308605cdd8ba5",
        ke2: "7e308140890bcde30cbcea28b01ea1ecfbd077cff62c4def8efa075aabcbb47138fe59af0df2c79f57b8780278f5ae47355fe1f817119041951c80f612fdfc6dd6ec60bcdb26dc455ddf3e718f1020490c192d70dfc7e403981179d8073d1146a4f9aa1ced4e4cd984c657eb3b54ced3848326f70331953d91b02535af44d9fedc80188ca46743c52786e0382f95ad85c08f6afcd1ccfbff95e2bdeb015b166c6b20b92f832cc6df01e0b86a7efd92c1c804ff865781fa93f2f20b446c8371b671cd9960ecef2fe0d0f7494986fa3d8b2bb01963537e60efb13981e138e3d4a1c4f62198a9d6fa9170c42c3c71f1971b29eb1d5d0bd733e40816c91f7912cc4a660c48dae03e57aaa38f3d0cffcfc21852ebc8b405d15bd6744945ba1a93438a162b6111699d98a16bb55b7bdddfe0fc5608b23da246e7bd73b47369169c5c90",
        ke3: "4455df4f810ac31a6748835888564b536e6da5d9944dfea9e34defb9575fe5e2661ef61d2ae3929bcf57e53d464113d364365eb7d1a57b629707ca48da18e442",
        session_key: "42afde6f5aca0cfa5c163763fbad55e73a41db6b41bc87b8e7b62214a8eedc6731fa3cb857d657ab9b3764b89a84e91ebcb4785166fbb02cedfcbdfda215b96f",
    },
    Vector {
        identifiers: Identifiers { client: Some(b"alice"), server: Some(b"bob") },
        registration_upload: "76a845464c68a5d2f7e442436bb1424953b17d3e2e289ccbaccafb57ac5c36751ac5844383c7708077dea41cbefe2fa15724f449e535dd7dd562e66f5ecfb95864eadddec9db5874959905117dad40a4524111849799281fefe3c51fa82785c5ac13171b2f17bc2c74997f0fce1e1f35bec6b91fe2e12dbd323d23ba7a38dfec1ac902dc5589e9a5f0de56ad685ea8486210ef41449cd4d8712828913c5d2b680b2b3af4a26c765cff329bfb66d38ecf1d6cfa9e7a73c222c6efe0d9520f7d7c",
        ke2: "7e308140890bcde30cbcea28b01ea1ecfbd077cff62c4def8efa075aabcbb47138fe59af0df2c79f57b8780278f5ae47355fe1f817119041951c80f612fdfc6dd6ec60bcdb26dc455ddf3e718f1020490c192d70dfc7e403981179d8073d1146a4f9aa1ced4e4cd984c657eb3b54ced3848326f70331953d91b02535af44d9fea502150b67fe36795dd8914f164e49f81c7688a38928372134b7dccd50e09f8fed9518b7b2f94835b3c4fe4c8475e7513f20eb97ff0568a39caee3fd6251876f71cd9960ecef2fe0d0f7494986fa3d8b2bb01963537e60efb13981e138e3d4a1c4f62198a9d6fa9170c42c3c71f1971b29eb1d5d0bd733e40816c91f7912cc4a292371e7809a9031743e943fb3b56f51de903552fc91fba4e7419029951c3970b2e2f0a9dea218d22e9e4e0000855bb6421aa3610d6fc0f4033a6517030d4341",
        ke3: "7a026de1d6126905736c3f6d92463a08d209833eb793e46d0f7f15b3e0f62c7643763c02bbc6b8d3d15b63250cae98171e9260f1ffa789750f534ac11a0176d5",
        session_key: "ae7951123ab5befc27e62e63f52cf472d6236cb386c968cc47b7e34f866aa4bc7638356a73cfce92becf39d6a7d32a1861f12130e824241fe6cab34fbd471a57",
    },
];

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

fn drawn(start: &str) -> Drawn {
    let mut random = [0; N_RANDOM];
    random[..32].copy_from_slice(&bytes(start));
    Drawn::new(&random)
}

#[test]
fn a_registration_is_that_of_rfc_9807() {
    for vector in VECTORS {
        let state = [bytes(BLIND_REGISTRATION), bytes(REGISTRATION_REQUEST)].concat();
        let state = ClientRegistration::<Published>::deserialize(&state).unwrap();
        let answer = RegistrationResponse::deserialize(&bytes(REGISTRATION_RESPONSE)).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(vector.identifiers, None);
        let finished = state.finish(&mut drawn(ENVELOPE_NONCE), PASSWORD, answer, parameters).unwrap();
        assert_eq!(HEXLOWER.encode(&finished.message.serialize()), vector.registration_upload);
        assert_eq!(HEXLOWER.encode(&finished.export_key), EXPORT_KEY);
    }
}

#[test]
fn a_sign_in_is_that_of_rfc_9807() {
    for vector in VECTORS {
        // A state is blind ‖ KE1 ‖ the exchange's private key ‖ nonce; a start of our own derives the last two from the seed.
        let (ke1, mut random) = (bytes(KE1), [1; N_RANDOM]);
        random[64..96].copy_from_slice(&bytes(CLIENT_KEYSHARE_SEED));
        random[96..].copy_from_slice(&ke1[32..64]);
        let own = ClientLogin::<Published>::start(&mut Drawn::new(&random), PASSWORD).unwrap();
        assert_eq!(own.message.serialize()[32..], ke1[32..]);
        let state = [&bytes(BLIND_LOGIN), &ke1, &own.state.serialize()[128..]].concat();
        let state = ClientLogin::<Published>::deserialize(&state).unwrap();
        let answer = CredentialResponse::deserialize(&bytes(vector.ke2)).unwrap();
        let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), vector.identifiers, None);
        let finished = state.finish(&mut drawn(ENVELOPE_NONCE), PASSWORD, answer, parameters).unwrap();
        assert_eq!(HEXLOWER.encode(&finished.message.serialize()), vector.ke3);
        assert_eq!(HEXLOWER.encode(&finished.session_key), vector.session_key);
        assert_eq!(HEXLOWER.encode(&finished.export_key), EXPORT_KEY);
    }
}
