// Cells that run: what a page's code cells have in common, in an exercise and in a chapter.

// A cell is an object with
//   id, name, title  what it is called in tracebacks, which begins with "Cell ", and in what the reader is told
//   source()         its code as it stands
//   outputs          the element that shows what it does
//   isNeeded         whether cells below it rely on it, so that it runs before them by itself
//   showsWhenRunBefore   whether what it shows is shown then too
export class Notebook {
  // report(text) tells what is happening; busy(bool) whether something runs.
  constructor(session, cells, report, busy) {
    this.cells = cells;
    this.session = session;
    this.report = report;
    this.busy = busy;
    this.waiting = 0;
    session.tell = report;
    session.lost = () => this.#forget();
    if (session.said) report(session.said);
  }

  stop() {
    this.session.stop();
  }

  // Has Python forget what a cell defined that is taken out of the page.
  forget(cell) {
    this.cells.splice(this.cells.indexOf(cell), 1);
    if (cell.ran !== undefined) this.session.run("", cell.name, () => {});
  }

  // Runs `cell` and before it whatever above it has not run as it now stands, without being asked.
  // True, false where it raised, null where Python was stopped or could not start.
  async run(cell) {
    this.waiting += 1;
    this.busy(true);
    const stops = this.session.stops;
    const isStopped = () => this.session.stops !== stops;
    try {
      const above = this.cells.slice(0, this.cells.indexOf(cell)).filter((other) => other.isNeeded);
      const first = above.findIndex((other) => other.ran !== other.source());
      const before = first < 0 ? [] : above.slice(first);
      for (const [index, other] of before.entries()) {
        if (this.session.isReady) this.report(`Running ${before.length - index} cells above first.`);
        if ((await this.#runOne(other, other.showsWhenRunBefore, isStopped)) === null) return null;
      }
      if (this.session.isReady) this.report(`${cell.title} is running.`);
      const ok = await this.#runOne(cell, true, isStopped);
      if (ok !== null) this.report(ok ? `${cell.title} has run.` : `${cell.title} ended with an error.`);
      return ok;
    } catch (problem) {
      this.report(problem.message);
      return null;
    } finally {
      this.waiting -= 1;
      this.busy(this.waiting > 0);
    }
  }

  async #runOne(cell, isShown, isStopped) {
    const source = cell.source();
    const shown = isShown ? cell.outputs : document.createElement("div");
    shown.replaceChildren();
    const ok = await this.session.run(source, cell.name, (output) => show(output, shown));
    if (ok === null || isStopped()) {
      // At a line of Python it ended by itself, and what ran before is still there.
      if (!this.session.isReady) note(shown, "Stopped. Python was started anew: what ran before runs again when it is needed.");
      else this.report("Python was stopped.");
      cell.ran = undefined;
      return null;
    }
    cell.ran = source;
    return ok;
  }

  #forget() {
    for (const cell of this.cells) cell.ran = undefined;
  }
}

// What a file of this site holds as JSON; broken with a sentence where it cannot be had.
export async function fetchJson(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${answer.statusText}`);
  return answer.json();
}

// Adds one output of a cell to the element that shows them.
export function show(output, element) {
  if (output.output_type === "clear") {
    element.replaceChildren();
  } else if (output.output_type === "stream") {
    stream(output, element);
  } else if (output.output_type === "error") {
    // A failed check has shown its card.
    if (output.ename !== "CheckFailed") text(output.traceback.join("\n"), "traceback", element);
  } else {
    rich(output.data, element);
  }
}

export function note(element, sentence) {
  const paragraph = document.createElement("p");
  paragraph.className = "kernel-note";
  paragraph.textContent = sentence;
  element.append(paragraph);
}

function stream({ name, text: piece }, element) {
  const last = element.lastElementChild;
  if (last?.classList.contains(name)) last.textContent += piece;
  else text(piece, name, element);
}

function text(content, kind, element) {
  const block = document.createElement("pre");
  block.className = kind;
  block.tabIndex = 0;
  block.textContent = content;
  element.append(block);
}

function rich(data, element) {
  const image = data["image/svg+xml"]
    ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(data["image/svg+xml"])}`
    : data["image/png"] && `data:image/png;base64,${data["image/png"]}`;
  if (image) {
    const figure = document.createElement("img");
    figure.src = image;
    figure.alt = "The figure that this cell draws.";
    element.append(figure);
  } else if (data["text/html"]) {
    const box = document.createElement("div");
    box.className = "html";
    box.innerHTML = data["text/html"];
    element.append(box);
  } else {
    text(data["text/plain"], "result", element);
  }
}
