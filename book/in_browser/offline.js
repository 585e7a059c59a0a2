// A service worker: what was read once can be read again without a network.
//
// The newest is asked for first, and what is kept answers where there is no network or a server has failed. A browser's
// own cache is not asked: it may hold one file of a course that was built anew, and not the next. Python itself never
// changes in its folder, which bears its version, and is fetched once. Pages and the kernel are told to be apart from
// other sites (COOP, COEP), since only then does a browser share the memory by which an endless loop is interrupted.

const KEPT = "backprop-checked";
const UNCHANGING = /\/in_browser\/pyodide-[\d.]+\//;
const TO_ISOLATE = ["document", "worker"];

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("message", (event) => {
  event.waitUntil(Promise.all((event.data.keep ?? []).filter(isOurs).map(keep)));
});

addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && isOurs(event.request.url)) event.respondWith(answer(event.request));
});

// The book, and not the results of a class that may be served beside it.
function isOurs(address) {
  return address.startsWith(registration.scope) && !address.startsWith(`${registration.scope}grades/`);
}

// What a file is kept under: of its versions (?v=...) the last one.
function nameOf(address) {
  return address.split(/[?#]/)[0];
}

async function keep(address) {
  const kept = await caches.open(KEPT);
  if (await kept.match(nameOf(address))) return;
  await kept.add(nameOf(address)).catch(() => {}); // another visit will try again
}

// Where there is no room left, what was kept stays as it is.
function replace(address, fresh) {
  caches.open(KEPT).then((kept) => kept.put(nameOf(address), fresh)).catch(() => {});
}

async function ask(request, cache) {
  return fetch(request, { cache }).catch(() => Response.error());
}

async function answer(request) {
  if (UNCHANGING.test(request.url)) {
    // From the browser's own cache, which is faster than what is kept here, since it keeps compiled code too.
    const fetched = await ask(request, "force-cache");
    if (fetched.ok) return fetched;
  }
  const fresh = await ask(request, "no-cache");
  if (fresh.status === 200 && fresh.type === "basic") replace(request.url, fresh.clone());
  const hasFailed = fresh.type === "error" || fresh.status >= 500;
  const best = (hasFailed && (await caches.match(nameOf(request.url)))) || fresh;
  if (best.type === "error" && request.destination === "document") return notKept();
  return TO_ISOLATE.includes(request.destination) ? isolated(best) : best;
}

function isolated(answer) {
  if (answer.status !== 200) return answer;
  const headers = new Headers(answer.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

function notKept() {
  const head = '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>No network</title>';
  const style = "<style>:root { color-scheme: light dark; font: 1.1rem sans-serif } main { max-width: 32rem; margin: 3rem auto }</style>";
  const told = "There is no network, and this page has not been read in this browser before. Try again when there is one.";
  const page = `${head}${style}<main><h1>No network</h1><p>${told}</p></main></html>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
