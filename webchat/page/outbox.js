/* What the person sends waits here, in order, one in flight, until the server has stored or refused it. */

const STEPS = [1000, 2000, 4000, 8000, 15000, 30000];

/** When to try again: pure. `spread` in 0..1 moves the moment by at most a fifth, so a whole class does not come back at once. */
export function next(attempt, now, spread = 0) {
  const step = STEPS[Math.min(Math.max(attempt, 1), STEPS.length) - 1];
  return now + Math.round(step * (1 + spread / 5));
}

/** What an HTTP status means for a waiting message: pure. */
export function verdict(status) {
  if (status >= 200 && status < 300) return "done";
  if (status === 408 || status === 409 || status === 429 || status >= 500) return "retry";
  return "refused";
}

export function createOutbox({ post, dispatch, clock, random, sent }) {
  const queue = [];
  let busy = false;
  let timer = null;
  let stopped = false;

  async function drain() {
    clock.clear(timer);
    timer = null;
    if (busy || stopped) return;
    busy = true;
    while (queue.length && !stopped) {
      const item = queue[0];
      item.attempt += 1;
      let result;
      try {
        result = await post(item.path, item.body, item.key);
      } catch {
        result = { status: 0, data: null };
      }
      if (stopped) break;
      const outcome = result.status === 0 ? "retry" : verdict(result.status);
      if (outcome === "retry") {
        const wait = result.data?.retry_after ? result.data.retry_after * 1000 : next(item.attempt, 0, random());
        timer = clock.later(drain, wait);
        break;
      }
      queue.shift();
      if (outcome === "done") {
        sent(item, result.data);
        dispatch({ t: "sent", key: item.key, ...result.data });
      } else {
        dispatch({ t: "refused", key: item.key, error: result.data?.error });
      }
    }
    busy = false;
  }

  return {
    add(item) {
      queue.push({ ...item, attempt: 0 });
      drain();
    },
    /** The network came back: do not wait for the timer. */
    kick: () => drain(),
    size: () => queue.length,
    stop() {
      stopped = true;
      clock.clear(timer);
    },
  };
}
