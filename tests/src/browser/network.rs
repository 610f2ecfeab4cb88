//! The tab's network. It tells the page that it is offline; a service worker's own requests still
//! go through, so true offline is a stopped server.

use anyhow::Result;
use serde_json::json;

use super::Browser;

/// Whether the tab believes that it has a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// As usual.
    Online,
    /// `navigator.onLine` is false and the page's requests fail.
    Offline,
}

impl Browser {
    /// Switches the tab's network.
    pub async fn set_network(&self, network: Network) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        let conditions = json!({
            "offline": network == Network::Offline,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": -1,
        });
        self.devtools("Network.emulateNetworkConditions", conditions).await?;
        Ok(())
    }
}
