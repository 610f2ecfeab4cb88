// The entry of the core's worker, shared by all tabs or a tab's own: collects ports at once, because one that connects while
// the WASM loads would be lost; then starts the core and hands the ports over.
// Holds no rule of the product.
const BUILD = "__SOTTO_BUILD__";

let accept;
const waiting = [];
accept = (port) => waiting.push(port);
self.addEventListener("connect", (event) => accept(event.ports[0]));
// Where browsers share no workers, the tab sends its port.
self.addEventListener("message", (event) => accept(event.ports[0]));

async function start() {
  const core = await import("/sotto-core.js");
  await core.default({ module_or_path: "/sotto-core_bg.wasm" });
  return (port) => core.connect(port, BUILD);
}

// The highlighter and its grammars are files of their own, loaded when code is first shown.
async function loadHighlighter() {
  const code = await import("/sotto-highlight.js");
  await code.default({ module_or_path: "/sotto-highlight_bg.wasm" });
  const grammars = await fetch("/grammars.packdump");
  if (!grammars.ok) throw new Error(`the grammars were answered with ${grammars.status}`);
  return new code.Highlighter(new Uint8Array(await grammars.arrayBuffer()));
}

// What reads codes is a file of its own as well, loaded when a camera first looks.
async function loadReader() {
  const code = await import("/sotto-reader.js");
  await code.default({ module_or_path: "/sotto-reader_bg.wasm" });
  return code;
}

// OPAQUE and Argon2id are a file of their own, loaded when somebody chooses a password.
async function loadPassword() {
  const code = await import("/sotto-password.js");
  await code.default({ module_or_path: "/sotto-password_bg.wasm" });
  return code;
}

// Loads once; what failed is tried again.
function once(load) {
  let loaded;
  return () => (loaded ??= load().catch((error) => {
    loaded = undefined;
    throw error;
  }));
}

self.openHighlighter = once(loadHighlighter);
self.openReader = once(loadReader);
self.openPassword = once(loadPassword);

function handOver(connect) {
  accept = connect;
  for (const port of waiting.splice(0)) connect(port);
}

// A text on the port is not the bridge's language: the page reads it as "there is no core".
function giveUp(error) {
  handOver((port) => port.postMessage("core-failed"));
  throw error;
}

start().then(handOver).catch(giveUp);
