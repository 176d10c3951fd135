/** Private files as object URLs, fetched once each. `seed` keeps what we have just sent from being downloaded again. */
export function createFiles(fetchBlob) {
  const urls = new Map();
  return {
    url(id) {
      if (!urls.has(id)) {
        const promise = fetchBlob(`/f/${encodeURIComponent(id)}`).then((blob) => URL.createObjectURL(blob));
        promise.catch(() => urls.delete(id));
        urls.set(id, promise);
      }
      return urls.get(id);
    },
    seed: (id, url) => urls.set(id, Promise.resolve(url)),
    close() {
      for (const promise of urls.values()) promise.then(URL.revokeObjectURL, () => {});
      urls.clear();
    },
  };
}
