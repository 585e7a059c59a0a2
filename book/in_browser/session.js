// One page's Python: starts it when it is first needed, runs one cell after the other, stops it.

const SECONDS_TO_STOP = 3;
const MB = 1e6;

export class Session {
  constructor() {
    // Set by whoever shows the page: tell(text) says what is happening; lost() hears that all that had run is gone.
    this.tell = () => {};
    this.lost = () => {};
    this.queue = Promise.resolve();
    this.running = undefined;
    this.count = 0;
    this.stops = 0;
  }

  say(text) {
    this.said = text;
    this.tell(text);
  }

  // Starts Python if it is not there yet; the promise is kept once it is, and broken with a reason if it cannot be.
  // After that the next call starts another.
  start() {
    if (this.started) return this.started;
    // start.js may have started one already; what it said until now is heard last.
    const { worker, messages = [] } = globalThis.startedKernel ?? {};
    delete globalThis.startedKernel;
    this.worker = worker ?? new Worker(new URL("kernel.js", import.meta.url), { type: "module" });
    this.fetched = 0;
    const started = new Promise((ready, failed) => Object.assign(this, { ready, abort: failed }));
    this.started = started;
    this.say("Python is being fetched.");
    this.worker.onerror = (event) => this.#hear({ broken: event.message || "its files cannot be loaded" });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    messages.forEach((data) => this.#hear(data));
    return started;
  }

  #hear(data) {
    if ("fetched" in data) {
      this.fetched += data.fetched;
      const [there, all] = [this.fetched, data.all].map((bytes) => (bytes / MB).toFixed(0));
      if (!this.isReady) this.say(`Python is being fetched: ${there} of ${all} MB.`);
    } else if (data.step) {
      this.say(data.step);
    } else if (data.ready) {
      this.isReady = true;
      this.files = data.files;
      if (globalThis.crossOriginIsolated) {
        this.interrupts = new Uint8Array(new SharedArrayBuffer(1));
        this.worker.postMessage({ interrupts: this.interrupts });
      }
      this.ready();
    } else if (data.broken) {
      const failure = this.isReady ? "Python could not go on" : "Python could not be loaded";
      this.end(`${failure} (${data.broken}). Run a cell to try again.`);
    } else if (this.running?.id === data.id) {
      if (data.output) this.running.show(data.output);
      else this.running.done(data.ok);
    }
  }

  // Runs a cell after those before it; show(output) gets each output. True, false where it raised, null where it was stopped.
  run(source, name, show) {
    const stops = this.stops;
    const result = this.queue.then(async () => {
      if (this.stops !== stops) return null;
      await this.start();
      return new Promise((done) => {
        const id = (this.count += 1);
        this.running = { id, show, done };
        if (this.interrupts) this.interrupts[0] = 0;
        this.worker.postMessage({ run: source, name, id });
      }).finally(() => {
        this.running = undefined;
        this.#keepForOffline();
      });
    });
    this.queue = result.catch(() => {});
    return result;
  }

  // Stops what runs and forgets what waits: at the next line of Python where memory is shared, otherwise by ending Python as a whole.
  stop() {
    const stopped = this.running;
    this.stops += 1;
    this.say("Python is being stopped.");
    if (this.interrupts && stopped) {
      this.interrupts[0] = 2;
      setTimeout(() => this.running === stopped && this.end(), SECONDS_TO_STOP * 1000);
    } else if (this.started) {
      this.end();
    }
  }

  // Ends Python; the next run starts another.
  end(reason = "Python was stopped.") {
    this.worker.onmessage = this.worker.onerror = null;
    this.worker.terminate();
    this.abort(new Error(reason));
    this.started = this.interrupts = undefined;
    this.isReady = false;
    this.running?.done(null);
    this.lost();
    this.say(reason);
  }

  // The first result is there: now what another visit needs without a network may be copied.
  #keepForOffline() {
    if (!this.files) return;
    const ofPage = performance.getEntriesByType("resource").map((entry) => entry.name);
    const keep = [...ofPage, ...this.files.map((file) => new URL(file, import.meta.url).href)];
    this.files = undefined;
    navigator.serviceWorker?.ready.then(({ active }) => active.postMessage({ keep }));
  }
}
