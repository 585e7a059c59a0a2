// On every page: what a click may need later is fetched then; what was read once is kept for reading offline.
// A plain script, since a page that is opened as a file has no modules: there it leaves the page as it was built.

(() => {
  if (!location.protocol.startsWith("http")) return;
  const folder = new URL(".", document.currentScript.src);
  document.documentElement.classList.add("can-run");
  if (document.currentScript.dataset.page === "exercise") {
    // Who opens an exercise will run it: Python starts before the page is there, save where the line is to be spared.
    if (!navigator.connection?.saveData) {
      const worker = new Worker(new URL("kernel.js", folder), { type: "module" });
      const messages = [];
      worker.onmessage = ({ data }) => messages.push(data);
      worker.onerror = ({ message }) => messages.push({ broken: message || "its files cannot be loaded" });
      globalThis.startedKernel = { worker, messages };
    }
    import(new URL("exercise.js", folder)).catch(() => {
      const sentence = "The page could not be loaded whole. Reload it to try again.";
      document.querySelector(".kernel-bar [role=status]")?.replaceChildren(sentence);
    });
  }
  addEventListener("DOMContentLoaded", () => {
    import(new URL("progress.js", folder));
    if (document.querySelector("[data-chapter]")) import(new URL("chapter.js", folder));
  });
  // A page that is served without https cannot be kept for offline reading, save on the reader's own machine.
  if (!navigator.serviceWorker) return;
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(new URL("../offline.js", folder));
    } catch {
      return; // a private window may keep nothing, and the page needs nothing kept
    }
    const { active } = await navigator.serviceWorker.ready;
    const used = performance.getEntriesByType("resource").map((entry) => entry.name);
    active.postMessage({ keep: [location.href, new URL("..", folder).href, ...used] });
  });
})();
