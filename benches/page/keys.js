// Changes the keys of an account with so many chats, and tells how many milliseconds that took.
import init, { Rotation } from "/bench_wasm.js";

const ready = init({ module_or_path: "/bench_wasm_bg.wasm" });
const made = new Map();

async function measure({ n_chats }) {
  await ready;
  if (!made.has(n_chats)) made.set(n_chats, new Rotation(n_chats));
  const begun = performance.now();
  made.get(n_chats).rotate();
  return performance.now() - begun;
}

onmessage = ({ data }) =>
  measure(data).then(
    (ms) => postMessage({ measured: ms }),
    (error) => postMessage({ failure: String(error?.stack ?? error) }),
  );
