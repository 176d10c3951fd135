/* The socket (hello, resume, ping, backoff) and the HTTP posts of one phone. Knows nothing of the page. */
import { next } from "./outbox.js";

export const VERSION = 1;
const PING_EVERY = 20000;
const PONG_WITHIN = 8000;
const RESUME_WITHIN = 8000;

export function createNet({ origin, openSocket, fetch, getToken, clock, random, lastSeq, dispatch }) {
  let socket = null;
  let attempt = 0;
  let stopped = false;
  let token = null;
  let fresh = false;
  let retryTimer = null;
  let pingTimer = null;
  let pongTimer = null;
  let resumeTimer = null;

  const clearTimers = () => [retryTimer, pingTimer, pongTimer, resumeTimer].forEach(clock.clear);

  async function connect() {
    clearTimers();
    drop();
    if (stopped) return;
    dispatch({ t: "conn", conn: "connecting" });
    try {
      token = await getToken(fresh);
      fresh = false;
    } catch {
      return again();
    }
    if (stopped) return undefined;
    let mine;
    try {
      mine = openSocket(`${origin.replace(/^http/, "ws")}/ws`);
    } catch {
      return again();
    }
    socket = mine;
    mine.addEventListener("open", () => {
      mine.send(JSON.stringify({ t: "hello", v: VERSION, token, last_seq: lastSeq() }));
      // An open socket proves nothing: without the missed messages the page says it is not up to date.
      resumeTimer = clock.later(() => {
        dispatch({ t: "conn", conn: "stale" });
        mine.close();
      }, RESUME_WITHIN);
    });
    mine.addEventListener("message", (ev) => mine === socket && receive(ev.data));
    mine.addEventListener("close", () => mine === socket && again());
    return undefined;
  }

  function drop() {
    const old = socket;
    socket = null;
    if (old) old.close();
  }

  function again() {
    clearTimers();
    socket = null;
    if (stopped) return;
    dispatch({ t: "conn", conn: "offline" });
    attempt += 1;
    retryTimer = clock.later(connect, next(attempt, 0, random()));
  }

  function receive(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame.t === "pong") {
      clock.clear(pongTimer);
      return;
    }
    if (frame.t === "closed") {
      // The session is unknown or over: the next attempt asks for another one.
      fresh = true;
      return;
    }
    if (frame.t === "history") {
      attempt = 0;
      clock.clear(resumeTimer);
      ping();
    }
    dispatch({ ...frame, at: clock.now() });
  }

  function ping() {
    clock.clear(pingTimer);
    pingTimer = clock.later(() => {
      if (!socket) return;
      socket.send(JSON.stringify({ t: "ping" }));
      pongTimer = clock.later(() => {
        drop();
        again();
      }, PONG_WITHIN);
      ping();
    }, PING_EVERY);
  }

  async function request(path, body, key) {
    const headers = { "X-Compagnon": "1", Authorization: `Bearer ${token || (await getToken(false))}` };
    if (key) headers["Idempotency-Key"] = key;
    let payload = body;
    if (body && !(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      payload = JSON.stringify(body);
    }
    return fetch(`${origin}${path}`, { method: body ? "POST" : "GET", headers, body: payload, credentials: "omit", cache: "no-store" });
  }

  return {
    connect,
    /** {status, data}; throws only when the network failed. */
    async post(path, body, key) {
      let answer = await request(path, body, key);
      if (answer.status === 401) {
        token = await getToken(true);
        answer = await request(path, body, key);
      }
      let data = null;
      try {
        data = await answer.json();
      } catch {
        // An answer without JSON still has a status.
      }
      return { status: answer.status, data };
    },
    async blob(path) {
      const answer = await request(path);
      if (!answer.ok) throw new Error(`file ${answer.status}`);
      return answer.blob();
    },
    /** The network came back, or the person asks: now. */
    wake() {
      if (stopped || socket?.readyState === 1) return;
      attempt = 0;
      connect();
    },
    /** A new world (demo reset): forget the session too. */
    restart() {
      fresh = true;
      attempt = 0;
      connect();
    },
    stop() {
      stopped = true;
      clearTimers();
      drop();
    },
  };
}
