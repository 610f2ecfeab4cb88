//! A camera that sees a film: the browser plays a file as if a device were before it.

use std::path::Path;

use anyhow::{Context, Result};
use data_encoding::BASE64;

use super::{Browser, Profile};
use crate::screen::Place;

/// Size of the film, points.
const WIDTH: usize = 640;
const HEIGHT: usize = 480;

impl Browser {
    /// Opens Chromium on a fresh profile; its camera sees the film of this file, which is read when the camera is
    /// turned on. Nobody is asked whether it may be.
    pub async fn open_before_camera(film: &Path) -> Result<Self> {
        let flags = [
            "--use-fake-ui-for-media-stream".to_owned(),
            "--use-fake-device-for-media-stream".to_owned(),
            format!("--use-file-for-fake-video-capture={}", film.display()),
        ];
        Self::open_with(Profile::fresh()?, &flags).await
    }

    /// A film of a part of what this browser shows now, held before a camera.
    pub async fn film_of(&self, place: Place) -> Result<Vec<u8>> {
        let picture = BASE64.encode(&self.driver.screenshot_as_png().await?);
        let Place { x, y, width, height } = place;
        let grey = self
            .evaluate(&format!(
                "(async () => {{
                    const png = Uint8Array.from(atob('{picture}'), (letter) => letter.charCodeAt(0));
                    const bitmap = await createImageBitmap(new Blob([png], {{ type: 'image/png' }}));
                    const brush = new OffscreenCanvas({WIDTH}, {HEIGHT}).getContext('2d');
                    brush.fillStyle = 'gray';
                    brush.fillRect(0, 0, {WIDTH}, {HEIGHT});
                    const side = {HEIGHT} * 0.8;
                    brush.drawImage(bitmap, {x}, {y}, {width}, {height}, ({WIDTH} - side) / 2, {HEIGHT} * 0.1, side, side);
                    const points = brush.getImageData(0, 0, {WIDTH}, {HEIGHT}).data;
                    let text = '';
                    for (let at = 0; at < points.length; at += 4) text += String.fromCharCode(points[at + 1]);
                    return btoa(text);
                }})()"
            ))
            .await?;
        let luma = BASE64.decode(grey.as_str().context("no picture")?.as_bytes())?;
        let mut film = format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n").into_bytes();
        // It is played again and again.
        for _ in 0..10 {
            film.extend_from_slice(b"FRAME\n");
            film.extend_from_slice(&luma);
            film.resize(film.len() + luma.len() / 2, 128);
        }
        Ok(film)
    }
}
