//! A key that this browser profile keeps and gives to nobody: WebCrypto uses it, and no script can read it. It lies in a
//! database of its own, because it is no row that the core could seal.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use rexie::{ObjectStore, Rexie, TransactionMode};
use shared_types::ids::DeviceId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

const DATABASE: &str = "sotto-device";
const STORE: &str = "keys";
const MAC_KEY: &str = "mac";

#[wasm_bindgen]
extern "C" {
    type SubtleCrypto;

    /// WebCrypto; where the page is not secure there is none.
    #[wasm_bindgen(thread_local_v2, js_namespace = crypto, js_name = subtle)]
    static SUBTLE: Option<SubtleCrypto>;

    #[wasm_bindgen(method, catch, js_name = generateKey)]
    fn generate_key(this: &SubtleCrypto, kind: &Object, extractable: bool, uses: &Array) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn sign(this: &SubtleCrypto, kind: &str, key: &JsValue, bytes: &Uint8Array) -> Result<Promise, JsValue>;
}

/// HMAC-SHA-256 of a device id under the profile's key, which is made when it is first asked for; `None` if the browser
/// cannot keep one.
pub async fn device_mac(device: DeviceId) -> Option<[u8; 32]> {
    let database = open().await?;
    let key = match find(&database).await {
        Some(key) => Some(key),
        None => make(&database).await,
    };
    database.close();
    let signing = SUBTLE.with(|subtle| subtle.as_ref()?.sign("HMAC", &key?, &Uint8Array::from(&device.0[..])).ok())?;
    let mac = JsFuture::from(signing).await.ok()?;
    Uint8Array::new(&mac).to_vec().try_into().ok()
}

/// Forgets the key: what was sealed with its help does not open any more.
pub(super) async fn forget() {
    // A browser that cannot forget a key has no row left that it opens.
    Rexie::delete(DATABASE).await.ok();
}

async fn open() -> Option<Rexie> {
    Rexie::builder(DATABASE).version(1).add_object_store(ObjectStore::new(STORE)).build().await.ok()
}

async fn find(database: &Rexie) -> Option<JsValue> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly).ok()?;
    transaction.store(STORE).ok()?.get(MAC_KEY.into()).await.ok()?
}

/// Makes a key. Another that came first stays.
async fn make(database: &Rexie) -> Option<JsValue> {
    let kind = Object::new();
    Reflect::set(&kind, &"name".into(), &"HMAC".into()).ok()?;
    Reflect::set(&kind, &"hash".into(), &"SHA-256".into()).ok()?;
    let uses = Array::of1(&"sign".into());
    let made = SUBTLE.with(|subtle| subtle.as_ref()?.generate_key(&kind, false, &uses).ok())?;
    let made = JsFuture::from(made).await.ok()?;
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite).ok()?;
    let store = transaction.store(STORE).ok()?;
    if store.add(&made, Some(&MAC_KEY.into())).await.is_err() {
        return find(database).await;
    }
    transaction.done().await.ok()?;
    Some(made)
}
