// Starts one worker and hands it one task after the other: `globalThis.measure(task)` answers with runs a second.
const policy = trustedTypes.createPolicy("sotto", { createScriptURL: (address) => address });
const worker = new Worker(policy.createScriptURL("/worker.js"), { type: "module" });

globalThis.measure = (task) =>
  new Promise((done, fail) => {
    worker.onmessage = ({ data }) => ("failure" in data ? fail(new Error(data.failure)) : done(data.perSecond));
    worker.onerror = (event) => fail(new Error(event.message));
    worker.postMessage(task);
  });
