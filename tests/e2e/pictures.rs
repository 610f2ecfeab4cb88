//! A picture of every screen that exists, beside those of the mock-ups: target/pictures/NAME-[phone-]light|dark.png.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::BASE64;
use e2e::browser::Browser;
use e2e::tour::{Look, Theme, walk};

/// Fewer colours than this is a page that was not drawn: even the emptiest one has smoothed letters.
const MIN_COLOURS: u64 = 40;

/// Screens of the mock-ups that exist in the product.
const PICTURED: [&str; 14] = [
    "01-welcome",
    "02-recovery",
    "03-unlock",
    "03b-unlock-offline",
    "04-chat",
    "04b-chat-streaming",
    "04c-chat-list",
    "05-receipt",
    "06-relay",
    "07-security",
    "13-empty",
    "14a-error-relay",
    "14c-error-refused",
    "15-shortcuts",
];

/// Screens of accounts that the mock-ups leave to us.
const OF_ACCOUNTS: [&str; 25] = [
    "sign-in",
    "sign-in-password",
    "join-code",
    "join-words",
    "new-password",
    "new-password-app",
    "new-password-kit",
    "kit-on-paper",
    "recovery-wrong",
    "way-adding",
    "way-adding-password",
    "account-code",
    "newcomer",
    "signing",
    "revoked",
    "way-removing",
    "words-checking",
    "words-making",
    "account-deleting",
    "add-device",
    "add-device-words",
    "unconfirmed",
    "recover-way",
    "recover-words",
    "members",
];

#[tokio::test]
async fn every_screen_has_its_pictures() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pictures");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut taken: BTreeMap<PathBuf, Look> = BTreeMap::new();
    let stops = walk(async |browser, stop| {
        for &device in stop.devices {
            for theme in [Theme::Light, Theme::Dark] {
                let look = Look { device, theme };
                look.take(browser).await?;
                let path = folder.join(format!("{}.png", look.picture(stop)));
                browser.picture(&path).await?;
                taken.insert(path, look);
            }
        }
        Ok(())
    })
    .await?;

    let expected: usize = stops.iter().map(|stop| stop.devices.len() * 2).sum();
    assert_eq!(fs::read_dir(&folder)?.count(), expected, "one picture a device and theme");
    for name in PICTURED.into_iter().chain(OF_ACCOUNTS) {
        assert!(stops.iter().any(|stop| stop.name == name), "{name} was not visited");
    }
    let browser = Browser::open_fresh().await?;
    browser.go("about:blank").await?;
    for (path, look) in &taken {
        let png = fs::read(path).with_context(|| format!("{} was not written", path.display()))?;
        assert_eq!(size_of(&png)?, look.device.size(), "{}", path.display());
        let n_colours = count_colours(&browser, &png).await?;
        assert!(n_colours >= MIN_COLOURS, "{} has {n_colours} colours", path.display());
    }
    println!("pictures\t{}", taken.len());
    Ok(())
}

/// Width and height, from the head of a PNG file.
fn size_of(png: &[u8]) -> Result<(u32, u32)> {
    let number = |at: usize| -> Result<u32> {
        let bytes = png.get(at..at + 4).context("the file is too short for a picture")?;
        Ok(u32::from_be_bytes(bytes.try_into()?))
    };
    Ok((number(16)?, number(20)?))
}

async fn count_colours(browser: &Browser, png: &[u8]) -> Result<u64> {
    let script = format!(
        "(async () => {{
            const picture = new Image();
            picture.src = 'data:image/png;base64,{}';
            await picture.decode();
            const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
            canvas.drawImage(picture, 0, 0);
            const pixels = canvas.getImageData(0, 0, picture.width, picture.height).data;
            return new Set(new Uint32Array(pixels.buffer)).size;
        }})()",
        BASE64.encode(png)
    );
    browser.evaluate(&script).await?.as_u64().context("no number of colours")
}
