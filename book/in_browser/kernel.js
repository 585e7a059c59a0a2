// The kernel: Python in a worker of its own, which runs the cells of one page.
//
// It is asked   {run: source, name, id}, and once {interrupts: shared bytes} where the browser shares memory.
// It answers    {step: text} and {fetched: bytes, all: bytes} while it starts, {ready: true, files: what another start needs}; for each cell {id, output} and at last
//               {id, ok}; and {broken: text} where Python itself came to an end.

import distribution from "./distribution.js";
import { loadPyodide } from "./pyodide-0.27.7/pyodide.mjs";

const here = import.meta.url;
const site = new URL("..", here).href.replace(/\/$/, "");
const folder = `${distribution.folder}/`;

new PerformanceObserver((list) => {
  for (const file of list.getEntries()) postMessage({ fetched: file.decodedBodySize, all: distribution.bytes });
}).observe({ type: "resource", buffered: true });

async function bytes(path) {
  const answer = await fetch(new URL(path, here));
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}

function bytesAtOnce(path) {
  const request = new XMLHttpRequest();
  request.open("GET", new URL(path, here), false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`${path}: ${request.status} ${request.statusText}`);
  return request.response;
}

function python() {
  return new Promise((ready, failed) => {
    // Where a file of its own cannot be read or may not be run, Pyodide warns and waits for ever.
    console.warn = console.error = (told) => told instanceof Error && failed(told);
    loadPyodide({
      indexURL: new URL(folder, here).href,
      lockFileURL: new URL("lock.json", here).href,
      env: { HOME: "/home/pyodide", BOOK_URL: site, MPLBACKEND: "module://matplotlib_inline.backend_inline" },
    }).then(ready, failed);
  });
}

async function start() {
  // Side by side with Python itself, what it will need next.
  const packages = [bytes(folder + distribution.numpy), bytes("course.zip")];
  const [pyodide, numpy, course] = await Promise.all([python(), ...packages]);
  postMessage({ step: "NumPy is being unpacked." });
  const unpack = (archive, extractDir) => pyodide.unpackArchive(archive, "zip", { extractDir });
  unpack(numpy, "/packages");
  unpack(course, "/course");
  pyodide.FS.chdir("/course");
  pyodide.runPython("import sys; sys.path[:0] = ['/course', '/packages']; import numpy");
  const kernel = pyodide.pyimport("course_kernel");

  const early = new Map();
  let current, fetching;
  kernel.start(
    (output) => postMessage({ id: current, output: output.toJs({ dict_converter: Object.fromEntries }) }),
    () => {
      postMessage({ step: "Matplotlib is being loaded." });
      for (const wheel of distribution.matplotlib) {
        unpack(early.get(wheel) ?? bytesAtOnce(folder + wheel), "/packages");
      }
      early.clear();
    },
  );

  onmessage = ({ data }) => {
    if (data.interrupts) {
      pyodide.setInterruptBuffer(data.interrupts);
      return;
    }
    current = data.id;
    try {
      postMessage({ id: current, ok: kernel.run(data.run, data.name) });
    } catch (error) {
      postMessage({ broken: String(error.message ?? error) });
      return;
    }
    // While the first result is being read, what the first figure will need is fetched.
    fetching ??= distribution.matplotlib.map((wheel) =>
      bytes(folder + wheel).then((buffer) => early.set(wheel, buffer), () => {}),
    );
  };
  const files = ["kernel.js", "distribution.js", "lock.json", "course.zip", ...distribution.files.map((file) => folder + file)];
  postMessage({ ready: true, files });
}

start().catch((error) => postMessage({ broken: String(error.message ?? error) }));
