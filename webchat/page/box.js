/* Where unsent messages wait: IndexedDB, which a killed tab does not lose; in memory where there is none, or for a chat without a name. */

const STORE = "waiting";

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Items are {chat, key, …}; they come back in the order they came in. */
export function memoryBox() {
  let items = [];
  return {
    add: async (item) => void items.push(item),
    list: async (chat) => items.filter((item) => item.chat === chat),
    remove: async (key) => void (items = items.filter((item) => item.key !== key)),
    fail: async (key, error) => void (items = items.map((item) => (item.key === key ? { ...item, error } : item))),
  };
}

export function openBox(idb) {
  const spare = memoryBox();
  let opened = null;

  function database() {
    opened ||= new Promise((resolve, reject) => {
      const request = idb.open("compagnon", 1);
      request.onupgradeneeded = () => {
        const store = request.result.createObjectStore(STORE, { keyPath: "n", autoIncrement: true });
        store.createIndex("chat", "chat");
        store.createIndex("key", "key", { unique: true });
      };
      request.onsuccess = () => {
        // Another tab may want a newer shape; it must not wait for this one.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => reject(request.error);
    });
    return opened;
  }

  const within = async (mode, work) => work((await database()).transaction(STORE, mode, { durability: "strict" }).objectStore(STORE));

  /** A full or forbidden disk must not stop anybody from speaking. */
  const orSpare = async (work, instead) => {
    try {
      return await work();
    } catch {
      return instead();
    }
  };

  return {
    add: (item) => orSpare(() => within("readwrite", (store) => asked(store.add(item))), () => spare.add(item)),
    list: async (chat) => [...(await orSpare(() => within("readonly", (store) => asked(store.index("chat").getAll(chat))), () => [])), ...(await spare.list(chat))],
    async remove(key) {
      await spare.remove(key);
      await orSpare(() => within("readwrite", async (store) => { const n = await asked(store.index("key").getKey(key)); if (n !== undefined) await asked(store.delete(n)); }), () => {});
    },
    async fail(key, error) {
      await spare.fail(key, error);
      await orSpare(() => within("readwrite", async (store) => { const item = await asked(store.index("key").get(key)); if (item) await asked(store.put({ ...item, error })); }), () => {});
    },
  };
}

export { createOutbox } from "./outbox.js";
