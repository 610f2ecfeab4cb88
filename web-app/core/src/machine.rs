//! What the core takes from its worker: clock, timer, randomness, address, the lock of the profile.

use client_core::client::Platform;
use client_core::randomness::MachineRandomness;
use client_core::store::device_key::device_mac;
use client_core::time::Timestamp;
use client_core::view::storage::BrowserStorage;
use futures_util::future::LocalBoxFuture;
use js_sys::{Date, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::SharedWorkerGlobalScope;

use crate::{highlighter, password, reader};

/// The one core of a profile holds this lock from before its first read to its end.
const PROFILE_LOCK: &str = "sotto-core";

#[wasm_bindgen]
extern "C" {
    /// The Web Locks of this origin; `web-sys` keeps them behind a flag for unstable interfaces.
    type LockManager;

    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: LockManager;

    /// What the browser keeps of this origin; where the page is not secure there is none.
    type StorageManager;

    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = storage)]
    static STORAGE: Option<StorageManager>;

    #[wasm_bindgen(method, catch)]
    fn estimate(this: &StorageManager) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn persisted(this: &StorageManager) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn request(this: &LockManager, name: &str, options: &Object, hold: &Function) -> Promise;
}

/// How a core comes to the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// When every core before it has ended.
    InTurn,
    /// Only if no other core has it now.
    IfFree,
    /// At once: the core that has it ends.
    Now,
}

/// The profile, held.
pub(crate) struct Profile {
    let_go: Function,
    /// Ends when another core has taken the profile.
    pub(crate) lost: LocalBoxFuture<'static, ()>,
}

impl Profile {
    /// The next core may have it.
    pub(crate) fn let_go(&self) {
        self.let_go.call0(&JsValue::NULL).expect("a promise can be kept");
    }
}

/// Whether the tabs of this browser share one worker.
pub(crate) fn is_shared() -> bool {
    Reflect::has(&js_sys::global(), &"onconnect".into()).unwrap_or(false)
}

pub(crate) fn scope() -> SharedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

pub(crate) fn now() -> Timestamp {
    // Milliseconds since 1970 are whole and positive in any browser that is not set to a time before.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "Date.now() is a whole number of ms")]
    Timestamp(Date::now() as u64)
}

pub(crate) fn platform() -> Platform {
    Platform {
        now: Box::new(now),
        wait_ms: Box::new(|ms| Box::pin(wait_ms(ms))),
        rng: Box::new(MachineRandomness::new()),
        highlight: std::rc::Rc::new(|code| Box::pin(highlighter::read(code))),
        read_code: std::rc::Rc::new(|frame| Box::pin(reader::read(frame))),
        password: std::rc::Rc::new(|task| Box::pin(password::run(task))),
        device_mac: std::rc::Rc::new(|device| Box::pin(device_mac(device))),
        storage: std::rc::Rc::new(|| Box::pin(ask_storage())),
        host: scope().location().hostname(),
    }
}

async fn ask_storage() -> Option<BrowserStorage> {
    let (estimate, persisted) =
        STORAGE.with(|storage| storage.as_ref().map(|storage| (storage.estimate(), storage.persisted())))?;
    let estimate = JsFuture::from(estimate.ok()?).await.ok()?;
    let persisted = JsFuture::from(persisted.ok()?).await.ok()?;
    Some(BrowserStorage {
        used_bytes: whole(&estimate, "usage")?,
        quota_bytes: whole(&estimate, "quota")?,
        persisted: persisted.is_truthy(),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the browser counts whole bytes")]
fn whole(of: &JsValue, field: &str) -> Option<u64> {
    Reflect::get(of, &field.into()).ok()?.as_f64().map(|number| number as u64)
}

pub(crate) async fn wait_ms(ms: u64) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |done: Function, _| {
        scope().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms).expect("a worker has timers");
    });
    JsFuture::from(promise).await.expect("a timer does not fail");
}

/// Takes the profile, and keeps other cores waiting until it is let go; `None` if another core has it.
pub(crate) async fn hold_profile(claim: Claim) -> Option<Profile> {
    let options = Object::new();
    let option = match claim {
        Claim::InTurn => None,
        Claim::IfFree => Some("ifAvailable"),
        Claim::Now => Some("steal"),
    };
    if let Some(option) = option {
        Reflect::set(&options, &option.into(), &JsValue::TRUE).expect("an object takes a field");
    }
    let mut let_go = None;
    let until_end = Promise::new(&mut |done: Function, _| let_go = Some(done));
    let mut request = None;
    let granted = Promise::new(&mut |granted: Function, _| {
        let until_end = until_end.clone();
        let hold = Closure::once_into_js(move |lock: JsValue| {
            granted.call1(&JsValue::NULL, &lock).expect("a promise can be kept");
            until_end
        });
        request = Some(LOCKS.with(|locks| locks.request(PROFILE_LOCK, &options, hold.unchecked_ref())));
    });
    let lock = JsFuture::from(granted).await.expect("a lock is granted in the end");
    let (request, let_go) = (request?, let_go?);
    // The request fails when another core takes the lock; kept, it ends with this core.
    let lost = async move {
        if JsFuture::from(request).await.is_ok() {
            std::future::pending::<()>().await;
        }
    };
    (!lock.is_null()).then(|| Profile { let_go, lost: Box::pin(lost) })
}
