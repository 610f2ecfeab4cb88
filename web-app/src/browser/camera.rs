//! The camera: its picture in a video, and single grey pictures for the core. Nothing of it is kept or sent.

use client_core::view::hand_over::CameraFrame;
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, DomException, HtmlCanvasElement, HtmlVideoElement, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

/// Longest side of a picture that is handed over, points: enough for a code that fills a third of it.
const MAX_SIDE: u32 = 640;

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraTrouble {
    /// The person, or the browser, does not allow it.
    Refused,
    /// There is none.
    Missing,
    /// It is there and gives none.
    Busy,
}

/// A camera that is on.
#[derive(Clone)]
pub struct Camera {
    stream: MediaStream,
    video: HtmlVideoElement,
    canvas: HtmlCanvasElement,
}

impl Camera {
    /// Turns the camera on and shows what it sees.
    pub async fn open(video: HtmlVideoElement) -> Result<Self, CameraTrouble> {
        let navigator = web_sys::window().ok_or(CameraTrouble::Missing)?.navigator();
        // Where the page is not secure there is none.
        let devices = navigator.media_devices().ok().filter(|devices| !devices.is_undefined());
        let devices = devices.ok_or(CameraTrouble::Missing)?;
        let wanted = MediaStreamConstraints::new();
        wanted.set_video(&away_from_the_person());
        let asked = devices.get_user_media_with_constraints(&wanted).map_err(|_| CameraTrouble::Missing)?;
        let stream: MediaStream = JsFuture::from(asked).await.map_err(|error| trouble_of(&error))?.unchecked_into();
        let document = web_sys::window().and_then(|window| window.document()).ok_or(CameraTrouble::Missing)?;
        let canvas = document.create_element("canvas").map_err(|_| CameraTrouble::Busy)?.unchecked_into();
        video.set_src_object(Some(&stream));
        let camera = Self { stream, video, canvas };
        if let Ok(playing) = camera.video.play() {
            // A picture that does not move yet moves when it can.
            drop(JsFuture::from(playing).await);
        }
        Ok(camera)
    }

    /// What it sees now, in grey; none before the first picture.
    pub fn frame(&self) -> Option<CameraFrame> {
        let (width, height) = (self.video.video_width(), self.video.video_height());
        let longest = width.max(height);
        if longest == 0 {
            return None;
        }
        let shorten = |side: u32| (side * MAX_SIDE / longest.max(MAX_SIDE)).max(1);
        let (width, height) = (shorten(width), shorten(height));
        self.canvas.set_width(width);
        self.canvas.set_height(height);
        let context: CanvasRenderingContext2d = self.canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let (w, h) = (f64::from(width), f64::from(height));
        context.draw_image_with_html_video_element_and_dw_and_dh(&self.video, 0.0, 0.0, w, h).ok()?;
        let points = context.get_image_data(0.0, 0.0, w, h).ok()?.data();
        let luma = points.chunks_exact(4).map(|point| {
            let light =
                point.iter().zip([77_u32, 150, 29]).map(|(part, weight)| u32::from(*part) * weight).sum::<u32>();
            u8::try_from(light >> 8).unwrap_or(u8::MAX)
        });
        Some(CameraFrame { width, height, luma: luma.collect() })
    }

    /// Turns it off.
    pub fn close(&self) {
        for track in self.stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
        self.video.set_src_object(None);
    }
}

/// The camera that looks away from the person, where there are two.
fn away_from_the_person() -> JsValue {
    let video = Object::new();
    Reflect::set(&video, &"facingMode".into(), &"environment".into()).expect("an object takes a field");
    video.into()
}

fn trouble_of(error: &JsValue) -> CameraTrouble {
    let name = error.dyn_ref::<DomException>().map(DomException::name).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "SecurityError" => CameraTrouble::Refused,
        "NotFoundError" | "OverconstrainedError" => CameraTrouble::Missing,
        _ => CameraTrouble::Busy,
    }
}
