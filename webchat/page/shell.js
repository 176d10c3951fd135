/* The service worker, from the page's side: what the page needs to open is kept on the telephone. */

/** Under our Trusted Types only this one policy may name a script, and it names only this one. */
const policy = window.trustedTypes?.createPolicy("chat-sw", {
  createScriptURL(url) {
    if (url !== "/sw.js") throw new TypeError(url);
    return url;
  },
});

export async function keepShell() {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(policy ? policy.createScriptURL("/sw.js") : "/sw.js", { updateViaCache: "none" });
}

/** Another build is out: let its worker take over, then open the page again; a worker that does not come is not waited for. */
export async function renew() {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) {
    const slow = new Promise((resolve) => setTimeout(resolve, 4000));
    await Promise.race([registration.update().then(() => taken(registration.installing || registration.waiting)), slow]).catch(() => {});
  }
  location.reload();
}

function taken(worker) {
  if (!worker) return null;
  return new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve()));
}
