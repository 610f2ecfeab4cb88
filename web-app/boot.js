// Starts Sotto in this tab: the trusted-types policies, the way to the core's worker, the service
// worker, the page. Holds no rule of the product.
import startPage from "/sotto-page.js";

const root = document.documentElement;
const build = root.dataset.build;

// Light or dark, if the person has switched: before the first paint that the page makes.
try {
  const theme = localStorage.getItem("sotto-theme");
  if (theme) root.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system.
}

const CORE = "/core.js";
const SERVICE_WORKER = "/sw.js";
const SCRIPTS = [CORE, SERVICE_WORKER];

// Elements that can run or fetch code, or change how the rest is read.
const REFUSED_ELEMENT = /<\s*\/?\s*(script|i?frame|frameset|object|embed|applet|base|meta|link|style|portal|animate|set)\b/i;
const REFUSED_HANDLER = /[\s"'\/]on[a-z]*\s*=/i;
const REFUSED_TEXT = /javascript\s*:|\ssrcdoc\s*=/i;
const ADDRESS = /[\s"'\/](?:href|xlink:href|src|srcset|action|formaction|data|poster|background|ping)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))/gi;
const ALLOWED_ADDRESS = /^(?:[\/#?](?![\/\\])|https:\/\/|blob:|data:image\/(?!svg)|$)/i;

// Only Leptos' own static templates come here: words are always built as nodes, never as HTML.
function refusal(html) {
  if (REFUSED_ELEMENT.test(html)) return "an element";
  if (REFUSED_HANDLER.test(html)) return "an event handler";
  if (REFUSED_TEXT.test(html)) return "a script address";
  for (const [, double, single, bare] of html.matchAll(ADDRESS)) {
    const address = double ?? single ?? bare;
    if (!ALLOWED_ADDRESS.test(address)) return "an address";
  }
  return null;
}

function templateHtml(html) {
  const reason = refusal(html);
  if (reason) throw new TypeError(`the default policy refused a template with ${reason}`);
  return html;
}

function scriptAddress(address) {
  if (!SCRIPTS.includes(address)) throw new TypeError("the sotto policy knows only its own scripts");
  return address;
}

function makePolicies() {
  const factory = window.trustedTypes;
  if (!factory) return { createScriptURL: scriptAddress };
  factory.createPolicy("default", { createHTML: templateHtml });
  return factory.createPolicy("sotto", { createScriptURL: scriptAddress });
}

const scripts = makePolicies();

// In a worker that all tabs share; where browsers share none, in one of this tab's own.
function openCore(name) {
  const address = scripts.createScriptURL(CORE);
  const isShared = "SharedWorker" in globalThis;
  const worker = isShared ? new SharedWorker(address, { type: "module", name }) : new Worker(address, { type: "module", name });
  worker.addEventListener("error", () => console.error("the core's worker did not start"));
  if (isShared) return worker.port;
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(null, [port2]);
  return port1;
}

let registration;
let tellUpdate = () => {};

// Another shell is here and waits, and this page is not the first of its kind.
function lookForUpdate() {
  if (registration?.waiting && navigator.serviceWorker.controller) tellUpdate();
}

async function askForUpdate() {
  await registration?.update().catch(() => {});
}

// What the page may ask of this file: one port to the core that runs under a name, and the newer shell.
globalThis.sotto = Object.freeze({
  build,
  openCore,
  askForUpdate,
  onUpdate(tell) {
    tellUpdate = tell;
    lookForUpdate();
  },
  takeUpdate() {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    if (registration?.waiting) registration.waiting.postMessage("take-over");
    else location.reload();
  },
});

// Without these there is no core: the static shell says so, and the page does not start.
if ("WebAssembly" in globalThis && navigator.locks) {
  startPage({ module_or_path: "/sotto-page_bg.wasm" });
} else {
  document.getElementById("old-browser").hidden = false;
}

// After the page has what it needs, so that a first visit is not slowed down.
if (navigator.serviceWorker) {
  navigator.serviceWorker
    .register(scripts.createScriptURL(SERVICE_WORKER), { updateViaCache: "none" })
    .then((registered) => {
      registration = registered;
      lookForUpdate();
      registered.addEventListener("updatefound", () => registered.installing?.addEventListener("statechange", lookForUpdate));
      document.addEventListener("visibilitychange", () => document.hidden || askForUpdate());
    })
    .catch((error) => console.warn("this visit works, but Sotto will not open offline:", error.message));
}
