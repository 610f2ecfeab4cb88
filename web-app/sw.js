// The service worker: keeps the application's own files, checked by content hash, and serves them
// with or without the relay. Never data, never keys. Holds no rule of the product.
const BUILD = "__SOTTO_BUILD__";
const KEPT = "sotto-shell-";
const SHELL = KEPT + BUILD;
// These belong to the relay and are never answered from here.
const RELAY = /^\/(?:v[0-9]+|healthz|readyz|metrics)(?:\/|$)/;

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function keep(cache, path, expected) {
  const response = await fetch(path, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
  const bytes = await response.clone().arrayBuffer();
  if (hex(await crypto.subtle.digest("SHA-256", bytes)) !== expected) throw new Error(`${path} does not match shell.json`);
  await cache.put(path, response);
}

// All files of one build, or none: a mixture never becomes a shell.
async function fill() {
  const answer = await fetch("/shell.json", { cache: "no-store" });
  const shell = await answer.json();
  if (shell.build !== BUILD) throw new Error("shell.json belongs to another build");
  await caches.delete(SHELL);
  const cache = await caches.open(SHELL);
  try {
    await Promise.all(Object.entries(shell.files).map(([path, hash]) => keep(cache, path, hash)));
  } catch (error) {
    await caches.delete(SHELL);
    throw error;
  }
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(KEPT) && name !== SHELL).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request, path) {
  const cache = await caches.open(SHELL);
  const isPage = request.mode === "navigate" && !path.split("/").pop().includes(".");
  return (await cache.match(isPage ? "/" : path)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
// A new version waits until the tabs of the old one are closed, or a person asks for it in one of them.
self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin || RELAY.test(address.pathname)) return;
  event.respondWith(answer(request, address.pathname));
});
