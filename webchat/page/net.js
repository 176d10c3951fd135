/* The socket (hello, resume, ping, backoff) and the HTTP posts of one phone. Knows nothing of the page. */
import { next } from "./outbox.js";

export const VERSION = 1;
const PING_EVERY = 20000;
const PONG_WITHIN = 8000;
const RESUME_WITHIN = 8000;
const ANSWER_WITHIN = 15000;
/** The slowest line a file is waited for: bytes in a millisecond. */
const SLOWEST = 4;

export function createNet({ origin, openSocket, fetch, getToken, clock, random, lastSeq, dispatch }) {
  let socket = null;
  let attempt = 0;
  let stopped = false;
  let outdated = false;
  let bad = false;
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
    if (stopped || outdated) return undefined;
    // While it keeps failing the page goes on saying so.
    if (!bad) dispatch({ t: "conn", conn: "connecting" });
    const turn = {};
    socket = turn;
    try {
      token = await getToken(fresh);
      fresh = false;
    } catch {
      return socket === turn ? again("offline") : undefined;
    }
    if (stopped || socket !== turn) return undefined;
    let mine;
    try {
      mine = openSocket(`${origin.replace(/^http/, "ws")}/ws`);
    } catch {
      return again("offline");
    }
    socket = mine;
    let opened = false;
    // An open socket proves nothing: without the missed messages the page says it is not up to date.
    resumeTimer = clock.later(() => again(opened ? "stale" : "offline"), RESUME_WITHIN);
    mine.addEventListener("open", () => {
      if (mine !== socket) return;
      opened = true;
      mine.send(JSON.stringify({ t: "hello", v: VERSION, token, last_seq: lastSeq() }));
    });
    mine.addEventListener("message", (ev) => mine === socket && receive(ev.data));
    mine.addEventListener("close", () => mine === socket && again("offline"));
    return undefined;
  }

  /** A dead line never answers the goodbye either: whoever is dropped is no longer listened to. */
  function drop() {
    const old = socket;
    socket = null;
    old?.close?.();
  }

  function again(conn) {
    clearTimers();
    drop();
    if (stopped || outdated) return;
    bad = true;
    dispatch({ t: "conn", conn });
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
      pongTimer = null;
      return;
    }
    if (frame.t === "closed") {
      // The session is unknown or over: the next attempt asks for another one.
      fresh ||= frame.reason === "signed_out";
      if (frame.reason === "version") {
        outdated = true;
        clearTimers();
        dispatch({ t: "outdated" });
      }
      return;
    }
    if (frame.t === "history") {
      attempt = 0;
      bad = false;
      clock.clear(resumeTimer);
      ping();
    }
    dispatch({ ...frame, at: clock.now() });
  }

  function ping() {
    clock.clear(pingTimer);
    pingTimer = clock.later(probe, PING_EVERY);
  }

  /** Whether the other side is still there; silence is a dead line. */
  function probe() {
    if (!socket?.send) return;
    socket.send(JSON.stringify({ t: "ping" }));
    clock.clear(pongTimer);
    pongTimer = clock.later(() => again("offline"), PONG_WITHIN);
    ping();
  }

  async function request(path, body, key) {
    const headers = { "X-Compagnon": "1", Authorization: `Bearer ${token || (token = await getToken(false))}` };
    if (key) headers["Idempotency-Key"] = key;
    let payload = body;
    if (body && !(body instanceof FormData)) {
      headers["Content-Type"] = "application/json";
      payload = JSON.stringify(body);
    }
    const patience = new AbortController();
    const late = clock.later(() => patience.abort(), ANSWER_WITHIN + (body?.get?.("file")?.size || 0) / SLOWEST);
    try {
      const answer = await fetch(`${origin}${path}`, { method: body ? "POST" : "GET", headers, body: payload, credentials: "omit", cache: "no-store", signal: patience.signal });
      // The answer is only there when all of it is.
      return { status: answer.status, data: path.startsWith("/f/") && answer.ok ? await answer.blob() : await answer.json().catch(() => null) };
    } finally {
      clock.clear(late);
    }
  }

  /** {status, data}; throws only when the network failed. */
  async function ask(path, body, key) {
    const answer = await request(path, body, key);
    if (answer.status !== 401) return answer;
    token = await getToken(true);
    return request(path, body, key);
  }

  return {
    connect,
    post: ask,
    get: (path) => ask(path),
    async blob(path) {
      const { status, data } = await ask(path);
      if (status !== 200) throw new Error(`file ${status}`);
      return data;
    },
    /** The network came back, or the person asks: now. */
    wake() {
      if (stopped) return;
      if (socket?.readyState === 1) {
        if (!bad) probe();
        return;
      }
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
