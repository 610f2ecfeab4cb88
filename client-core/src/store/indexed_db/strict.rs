//! Makes every writing transaction of this worker strict: `complete` then means that it is on the disk.
//!
//! rexie cannot ask for it, so [`require_strict`] puts a proxy before `IDBDatabase.prototype.transaction`. The proxy
//! also hands over the browser's own transaction, which alone tells why it was aborted.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Function, Object, Proxy, Reflect};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbTransaction;

thread_local! {
    static REQUIRED: Cell<bool> = const { Cell::new(false) };
    static OPENED: RefCell<Option<IdbTransaction>> = const { RefCell::new(None) };
}

/// Asks for strict durability in every readwrite transaction from now on; calling it again changes nothing.
pub fn require_strict() {
    if REQUIRED.replace(true) {
        return;
    }
    install().expect("a worker with IndexedDB lets its prototype be changed");
}

/// The transaction that was opened last, once.
pub(super) fn take_opened() -> Option<IdbTransaction> {
    OPENED.take()
}

fn install() -> Result<(), JsValue> {
    let class = Reflect::get(&js_sys::global(), &"IDBDatabase".into())?;
    let prototype = Reflect::get(&class, &"prototype".into())?;
    let open: Function = Reflect::get(&prototype, &"transaction".into())?.dyn_into()?;
    let trap = Closure::<dyn FnMut(Function, JsValue, Array) -> Result<JsValue, JsValue>>::new(
        |open: Function, database: JsValue, arguments: Array| open_strict(&open, &database, &arguments),
    );
    let handler = Object::new();
    Reflect::set(&handler, &"apply".into(), &trap.into_js_value())?;
    Reflect::set(&prototype, &"transaction".into(), &Proxy::new(&open, &handler))?;
    Ok(())
}

fn open_strict(open: &Function, database: &JsValue, arguments: &Array) -> Result<JsValue, JsValue> {
    if arguments.get(1).as_string().is_some_and(|mode| mode == "readwrite") {
        let given = arguments.get(2);
        let options =
            if given.is_object() { Object::assign(&Object::new(), given.unchecked_ref()) } else { Object::new() };
        Reflect::set(&options, &"durability".into(), &"strict".into())?;
        arguments.set(2, options.into());
    }
    let opened = Reflect::apply(open, database, arguments)?;
    OPENED.replace(opened.dyn_ref().cloned());
    Ok(opened)
}
