/** Holds the state; tells each subscriber (previous, next, event) after every change. */
export function createStore(reduce, initial) {
  let state = initial;
  const subscribers = new Set();
  return {
    get: () => state,
    dispatch(event) {
      const previous = state;
      state = reduce(previous, event);
      for (const fn of [...subscribers]) fn(previous, state, event);
    },
    subscribe(fn) {
      subscribers.add(fn);
      return () => subscribers.delete(fn);
    },
  };
}
