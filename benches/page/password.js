// Argon2id and a sign-in by password: ours and the peers, each with the same costs, and how many milliseconds a turn took.
// Of a sign-in the client's work is timed, its beginning and its end; the server's between them is not.
import init, { SignIn } from "/bench_wasm.js";

const MEMORY_KIB = 65536;
const PASSES = 3;
const LANES = 1;
const N_BYTES = 32;
const PASSWORD = "correct horse battery staple";
const SALT = Uint8Array.from({ length: 16 }, (_, place) => place);

const ready = init({ module_or_path: "/bench_wasm_bg.wasm" });
const made = new Map();

const STRETCHERS = {
  ours: async () => {
    const password = new TextEncoder().encode(PASSWORD);
    return () => SignIn.stretch(password, SALT);
  },
  libsodium: async () => {
    const { default: sodium } = await import("/libsodium-wrappers-sumo.js");
    await sodium.ready;
    const how = sodium.crypto_pwhash_ALG_ARGON2ID13;
    return () => sodium.crypto_pwhash(N_BYTES, PASSWORD, SALT, PASSES, MEMORY_KIB * 1024, how);
  },
  hash_wasm: async () => {
    const { argon2id } = await import("/hash-wasm.js");
    const costs = { parallelism: LANES, iterations: PASSES, memorySize: MEMORY_KIB, hashLength: N_BYTES };
    return () => argon2id({ password: PASSWORD, salt: SALT, ...costs, outputType: "binary" });
  },
};

const SIGN_INS = {
  ours: async () => {
    const account = new SignIn(PASSWORD);
    return { start: () => account.start(), answer: (ke1) => account.answer(ke1), finish: (ke2) => account.finish(ke2) };
  },
  serenity: async () => {
    const { client, server, ready: isReady } = await import("/serenity-opaque.js");
    await isReady;
    const costs = { iterations: PASSES, memory: MEMORY_KIB, parallelism: LANES };
    const keyStretching = { "argon2id-custom": costs };
    const [password, serverSetup, userIdentifier] = [PASSWORD, server.createSetup(), "alice"];
    const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
    const begun = { serverSetup, userIdentifier, registrationRequest };
    const { registrationResponse } = server.createRegistrationResponse(begun);
    const last = { clientRegistrationState, registrationResponse, password, keyStretching };
    const { registrationRecord } = client.finishRegistration(last);
    let clientLoginState;
    return {
      start: () => {
        const started = client.startLogin({ password });
        clientLoginState = started.clientLoginState;
        return started.startLoginRequest;
      },
      answer: (startLoginRequest) => {
        const asked = { serverSetup, userIdentifier, registrationRecord, startLoginRequest };
        return server.startLogin(asked).loginResponse;
      },
      finish: (loginResponse) => client.finishLogin({ clientLoginState, loginResponse, password, keyStretching }),
    };
  },
};

async function keep(name, make) {
  if (!made.has(name)) made.set(name, await make());
  return made.get(name);
}

async function stretch(contestant) {
  const once = await keep(`stretch ${contestant}`, STRETCHERS[contestant]);
  const begun = performance.now();
  const stretched = await once();
  const took = performance.now() - begun;
  // Who does something else is no contestant.
  const ours = await (await keep("stretch ours", STRETCHERS.ours))();
  if (String(stretched) !== String(ours)) throw new Error(`${contestant} stretches to something else`);
  return took;
}

async function signIn(contestant) {
  const { start, answer, finish } = await keep(`sign in ${contestant}`, SIGN_INS[contestant]);
  const begun = performance.now();
  const ke1 = start();
  const asked = performance.now();
  const ke2 = answer(ke1);
  const answered = performance.now();
  if (!finish(ke2)) throw new Error(`${contestant} is not let in`);
  return asked - begun + (performance.now() - answered);
}

async function measure({ contestant, verb }) {
  await ready;
  return verb === "stretch" ? stretch(contestant) : signIn(contestant);
}

onmessage = ({ data }) =>
  measure(data).then(
    (ms) => postMessage({ measured: ms }),
    (error) => postMessage({ failure: String(error?.stack ?? error) }),
  );
