//! What the relay has counted.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

use super::World;

impl World {
    /// The counters' page.
    pub(crate) async fn counters(&self) -> String {
        let address = self.relay.metrics_address.unwrap();
        let answer = self.http.get(format!("http://{address}/metrics")).send().await.unwrap();
        answer.text().await.unwrap()
    }
}

/// How many of each kind the job loop has removed.
pub(crate) async fn removed<const N: usize>(world: &World, kinds: [&'static str; N]) -> Vec<(&'static str, u64)> {
    let text = world.counters().await;
    let count_of = |kind: &str| {
        let line = format!("sotto_removed_total{{kind=\"{kind}\"}} ");
        let number = text.lines().find_map(|found| found.strip_prefix(&line));
        number.map_or(0, |number| number.parse().unwrap())
    };
    kinds.into_iter().map(|kind| (kind, count_of(kind))).collect()
}

/// A secret and what it is, in every form that text could show.
pub(crate) fn forms(secret: &[u8]) -> Vec<String> {
    let mut forms = vec![BASE64URL_NOPAD.encode(secret), BASE64.encode(secret), HEXLOWER.encode(secret)];
    forms.extend(std::str::from_utf8(secret).map(str::to_owned));
    let debug: Vec<String> = secret.iter().map(u8::to_string).collect();
    forms.push(debug.join(", "));
    forms
}
