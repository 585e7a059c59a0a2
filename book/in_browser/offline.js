// A service worker: what was read once can be read again without a network.
//
// The newest is asked for first, and what is kept answers where there is no network. Python itself never changes in its
// folder, which bears its version, and is fetched once. Pages and the kernel are told to be apart from other sites
// (COOP, COEP), since only then does a browser share the memory by which an endless loop is interrupted.

const KEPT = "backprop-checked";
const UNCHANGING = /\/in_browser\/pyodide-[\d.]+\//;
const TO_ISOLATE = ["document", "worker"];

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("message", (event) => {
  const wanted = (event.data.keep ?? []).map((address) => address.split("#")[0]);
  event.waitUntil(Promise.all(wanted.filter(isOurs).map(keep)));
});

addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && isOurs(event.request.url)) event.respondWith(answer(event.request));
});

function isOurs(address) {
  return address.startsWith(registration.scope);
}

async function keep(address) {
  const kept = await caches.open(KEPT);
  if (await kept.match(address)) return;
  await kept.add(address).catch(() => {}); // another visit will try again
}

// Where there is no room left, what was kept stays as it is.
function replace(address, fresh) {
  caches.open(KEPT).then((kept) => kept.put(address, fresh)).catch(() => {});
}

async function answer(request) {
  try {
    // From the browser's own cache, which is faster than what is kept here, since it keeps compiled code too.
    if (UNCHANGING.test(request.url)) return await fetch(request, { cache: "force-cache" });
    const fresh = await fetch(request);
    if (fresh.status === 200 && fresh.type === "basic") replace(request.url.split("#")[0], fresh.clone());
    return TO_ISOLATE.includes(request.destination) ? isolated(fresh) : fresh;
  } catch (problem) {
    const known = await caches.match(request.url, { ignoreSearch: true });
    if (!known) throw problem;
    return TO_ISOLATE.includes(request.destination) ? isolated(known) : known;
  }
}

function isolated(answer) {
  if (answer.status !== 200) return answer;
  const headers = new Headers(answer.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
