/* What the person sends waits here, in order, one in flight, until the server has stored or refused it. */

const STEPS = [1000, 2000, 4000, 8000, 15000, 30000];
/** The server knows a key for 72 hours; later the same words could be stored a second time, so the person decides. */
const TOO_OLD = 71 * 3600 * 1000;

/** When to try again: pure. `spread` in 0..1 moves the moment by at most a fifth, so a whole class does not come back at once. */
export function next(attempt, now, spread = 0) {
  const step = STEPS[Math.min(Math.max(attempt, 1), STEPS.length) - 1];
  return now + Math.round(step * (1 + spread / 5));
}

/** What an HTTP status means for a waiting message: pure. 0 = no answer came; 401 = ask for another session, then again. */
export function verdict(status) {
  if (status >= 200 && status < 300) return "done";
  if (status === 0 || status === 401 || status === 408 || status === 409 || status === 429 || status >= 500) return "retry";
  return "refused";
}

/** `box` keeps the items of every tab; `lock(work)` lets one tab work at a time; `back(item)` shows what was kept from before. */
export function createOutbox({ chat, box, lock, post, dispatch, clock, random, sent, back }) {
  const attempts = new Map();
  const told = new Set();
  let busy = false;
  let more = false;
  let kicked = false;
  let timer = null;
  let stopped = false;

  function refuse(key, error) {
    if (told.has(key)) return;
    told.add(key);
    dispatch({ t: "refused", key, error });
  }

  /** One after the other until nothing waits; a wait in ms when the line is bad. */
  async function run() {
    while (!stopped) {
      const items = await box.list(chat);
      // Another tab may have sent or heard the refusal of what we wait for.
      for (const { key, error } of items) if (error) refuse(key, error);
      const item = items.find(({ error }) => !error);
      if (!item || stopped) return null;
      const attempt = (attempts.get(item.key) || 0) + 1;
      attempts.set(item.key, attempt);
      let result = { status: 0, data: null };
      if (clock.now() - item.at > TOO_OLD) result = { status: 410, data: { error: "too_old" } };
      else {
        try {
          result = await post(item.path, item.body, item.key);
        } catch {
          // No answer: it may have arrived or not, and the same key makes asking again harmless.
        }
      }
      if (stopped) return null;
      const outcome = verdict(result.status);
      if (outcome === "retry") return result.data?.retry_after ? result.data.retry_after * 1000 : next(attempt, 0, random());
      attempts.delete(item.key);
      if (outcome === "done") {
        sent(item, result.data);
        dispatch({ t: "sent", key: item.key, ...result.data });
        await box.remove(item.key);
      } else {
        const error = result.data?.error || "other";
        await box.fail(item.key, error);
        refuse(item.key, error);
      }
    }
    return null;
  }

  async function drain() {
    clock.clear(timer);
    timer = null;
    if (busy || stopped) return;
    busy = true;
    let wait = null;
    do {
      more = false;
      kicked = false;
      wait = await lock(run);
    } while (!stopped && (kicked || (more && wait === null)));
    busy = false;
    if (wait !== null && !stopped) timer = clock.later(drain, wait);
  }

  return {
    /** Done once the item is kept: from then on nothing loses it. */
    async add(item) {
      await box.add({ ...item, chat, at: clock.now() });
      more = true;
      // A line that is being waited for is not asked again for every message.
      if (timer === null) drain();
    },
    /** What an earlier page left behind. */
    async load() {
      for (const item of await box.list(chat)) {
        back(item);
        if (item.error) refuse(item.key, item.error);
      }
      drain();
    },
    forget: (key) => box.remove(key),
    async clear() {
      for (const { key } of await box.list(chat)) await box.remove(key);
    },
    /** The network came back: do not wait for the timer. */
    kick() {
      kicked = true;
      drain();
    },
    stop() {
      stopped = true;
      clock.clear(timer);
    },
  };
}
