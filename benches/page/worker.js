// Runs one contestant for a while and counts. Ours and its peers run here, in one worker, one after the other.
import init, { Sealer } from "/bench_wasm.js";

const NONCE = new Uint8Array(12);
const ready = init({ module_or_path: "/bench_wasm_bg.wasm" });
const made = new Map();

// Promises in flight at once: what makes the browser's own cipher fastest at this size.
const IN_FLIGHT = { small: 64, large: 2 };
const SMALL_BYTES = 65536;

async function keep(name, make) {
  if (!made.has(name)) made.set(name, await make());
  return made.get(name);
}

function random(n_bytes) {
  const bytes = new Uint8Array(n_bytes);
  for (let start = 0; start < n_bytes; start += 65536) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + 65536, n_bytes)));
  }
  return bytes;
}

async function webcrypto(n_bytes) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const text = random(n_bytes);
  const how = { name: "AES-GCM", iv: NONCE };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how, key, text));
  const n_at_once = n_bytes <= SMALL_BYTES ? IN_FLIGHT.small : IN_FLIGHT.large;
  const repeat = async (n_times, once) => {
    for (let n = 0; n < n_times; n += n_at_once) {
      await Promise.all(Array.from({ length: Math.min(n_at_once, n_times - n) }, once));
    }
  };
  return {
    seal: (n_times) => repeat(n_times, () => crypto.subtle.encrypt(how, key, text)),
    open: (n_times) => repeat(n_times, () => crypto.subtle.decrypt(how, key, sealed)),
  };
}

async function libsodium(n_bytes) {
  const { default: sodium } = await import("/libsodium-wrappers.js");
  await sodium.ready;
  const text = random(n_bytes);
  const key = sodium.crypto_aead_xchacha20poly1305_ietf_keygen();
  const nonce = random(sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  const seal = () => sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(text, null, null, nonce, key);
  const sealed = seal();
  const open = () => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, null, nonce, key);
  const repeat = (n_times, once) => {
    for (let n = 0; n < n_times; n += 1) once();
  };
  return { seal: (n_times) => repeat(n_times, seal), open: (n_times) => repeat(n_times, open) };
}

const CONTESTANTS = { ours: async (n_bytes) => new Sealer(n_bytes), webcrypto, libsodium };

async function measure({ contestant, verb, n_bytes, ms }) {
  await ready;
  const runner = await keep(`${contestant} ${n_bytes}`, () => CONTESTANTS[contestant](n_bytes));
  let n_times = 1;
  for (;;) {
    const begun = performance.now();
    await runner[verb](n_times);
    const took = performance.now() - begun;
    if (took >= ms) return (n_times * 1000) / took;
    n_times = Math.ceil(n_times * Math.min(8, (ms * 1.1) / Math.max(took, 0.05)));
  }
}

onmessage = ({ data }) =>
  measure(data).then(
    (perSecond) => postMessage({ measured: perSecond }),
    (error) => postMessage({ failure: String(error?.stack ?? error) }),
  );
