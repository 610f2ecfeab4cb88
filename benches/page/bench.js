// Starts one worker a script and hands it one task after the other: `globalThis.measure(task, script)` answers with
// what it measured.
const policy = trustedTypes.createPolicy("sotto", { createScriptURL: (address) => address });
const workers = new Map();

function workerOf(script) {
  if (!workers.has(script)) workers.set(script, new Worker(policy.createScriptURL(script), { type: "module" }));
  return workers.get(script);
}

globalThis.measure = (task, script) =>
  new Promise((done, fail) => {
    const worker = workerOf(script);
    worker.onmessage = ({ data }) => ("failure" in data ? fail(new Error(data.failure)) : done(data.measured));
    worker.onerror = (event) => fail(new Error(event.message));
    worker.postMessage(task);
  });
