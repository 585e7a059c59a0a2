// The cells of a chapter: run where they stand, changed or as they are. Nothing is fetched before the first click.

import { fetchJson, Notebook } from "./cells.js";
import { editor } from "./editor.js";
import { Session } from "./session.js";

const name = document.querySelector("[data-chapter]").dataset.chapter;
let prepared;

const bar = document.createElement("div");
bar.className = "kernel-bar";
bar.hidden = true;
bar.innerHTML = '<span role="status"></span><button type="button" class="stop">Stop</button>';
document.querySelector("article").append(bar);
const status = bar.querySelector("[role=status]");
const stopButton = bar.querySelector("button");

// All code cells of the chapter in their order, those too that the page does not show.
function prepare() {
  prepared ??= (async () => {
    const sources = await fetchJson(new URL(`chapters/${name}.json`, import.meta.url));
    const cells = sources.map(({ id, source }, index) => ({
      id,
      name: `Cell ${index + 1}`,
      title: "The code",
      source: () => source,
      outputs: document.createElement("div"),
      isNeeded: true,
      showsWhenRunBefore: false,
    }));
    const report = (text) => (status.textContent = text);
    const notebook = new Notebook(new Session(), cells, report, (isBusy) => (stopButton.disabled = !isBusy));
    stopButton.addEventListener("click", () => notebook.stop());
    return notebook;
  })();
  prepared.catch(() => (prepared = undefined));
  bar.hidden = false;
  return prepared;
}

function equip(element) {
  const input = element.querySelector(".cell_input");
  const row = document.createElement("div");
  row.className = "buttons";
  const number = document.querySelectorAll(".cell .buttons").length + 1;
  let cell, mirror;

  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", `${text} code ${number}`);
    made.addEventListener("click", () =>
      act().catch((problem) => (status.textContent = `${text} needs what could not be fetched (${problem.message}). Try again.`)),
    );
    row.append(made);
    return made;
  };

  async function find() {
    const notebook = await prepare();
    cell ??= notebook.cells.find((other) => other.id === element.id);
    return notebook;
  }
  async function run() {
    const notebook = await find();
    const built = element.querySelector(".cell_output");
    if (!cell.outputs.isConnected) {
      cell.outputs.className = "live-output";
      (element.querySelector("details:has(.cell_input)") ?? input).after(cell.outputs);
      if (built) built.hidden = true;
    }
    restore.hidden = false;
    await notebook.run(cell);
  }
  async function edit() {
    await find();
    const code = input.querySelector(".highlight");
    const box = document.createElement("div");
    box.className = "is-edited";
    const made = await editor(box, cell.source(), `Code ${number}`, { run, changed() {} });
    if (mirror) return; // a second click, while the first was waiting
    mirror = made;
    code.after(box);
    code.hidden = true;
    change.hidden = true;
    restore.hidden = false;
    mirror.refresh();
    const given = cell.source;
    cell.source = () => mirror.getValue();
    cell.given = given;
    mirror.focus();
  }
  async function backToTheBook() {
    if (mirror) {
      mirror.getWrapperElement().parentElement.remove();
      mirror = undefined;
      cell.source = cell.given;
      input.querySelector(".highlight").hidden = false;
    }
    cell.outputs.remove();
    const built = element.querySelector(".cell_output");
    if (built) built.hidden = false;
    change.hidden = false;
    restore.hidden = true;
    change.focus();
  }

  button("Run", run);
  const change = button("Edit", edit);
  const restore = button("Restore", backToTheBook);
  restore.hidden = true;
  input.append(row);
}

for (const element of document.querySelectorAll("article .cell[id]")) {
  if (element.querySelector(".cell_input")) equip(element);
}
