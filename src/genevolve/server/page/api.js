// The server's JSON API. A token, where one is needed, stays in the memory of this page.

let token = "";
let refused = () => {};

/** `told` is called when the server wants a token. */
export function onRefused(told) {
  refused = told;
}

export function useToken(given) {
  token = given;
}

/** The reply of `path` as an object; throws an Error with the server's own words. */
export async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let reply;
  try {
    reply = await fetch(path, { ...options, headers });
  } catch {
    throw new Error("the server does not answer");
  }
  if (reply.status === 401) refused();
  const body = await reply.json().catch(() => ({ error: { message: `the server answered with ${reply.status}` } }));
  if (!reply.ok) throw new Error(body.error.message);
  return body;
}

export function send(path, value) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(value) });
}

/** The address of a picture, at most `side` pixels wide and high. */
export function small(address, side) {
  return `${address}${address.includes("?") ? "&" : "?"}side=${side}`;
}

/**
 * Follow a generation to its end: `onStep` gets each step, `onEnd` the whole generation. Returns what ends the following.
 * The browser connects again by itself after a lost connection, and the server goes on with the step that is next.
 */
export function follow(address, { onStep, onEnd, onTrouble }) {
  const stream = new EventSource(address);
  stream.addEventListener("step", (message) => onStep(JSON.parse(message.data), Number(message.lastEventId)));
  stream.addEventListener("end", (message) => {
    stream.close();
    onEnd(JSON.parse(message.data));
  });
  stream.addEventListener("error", () => onTrouble(stream.readyState === EventSource.CLOSED));
  return () => stream.close();
}
