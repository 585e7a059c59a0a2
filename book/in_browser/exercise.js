// The page of one exercise: its notebook, to be solved here.

import { fetchJson, Notebook } from "./cells.js";
import { editor } from "./editor.js";
import { showProgress } from "./progress.js";
import { Session } from "./session.js";
import { choose, download, erase, load, progress, recordPass, save } from "./work.js";

const session = new Session();
if (globalThis.startedKernel) session.start().then(() => session.say("Python is ready."), () => {});
if (document.readyState === "loading") await new Promise((done) => addEventListener("DOMContentLoaded", done));

const page = document.querySelector("[data-exercise]");
const exercise = page.dataset.exercise;
const status = page.querySelector("[role=status]");
const work = load(exercise);
const checks = page.querySelectorAll("[data-role=test]").length;
const released = fetchJson(`${exercise}.ipynb`);

const report = (text) => (status.textContent = text);
const stopButton = page.querySelector("button.stop");
const notebook = new Notebook(session, [], report, (isBusy) => (stopButton.disabled = !isBusy));

// id -> shows another source in the field of a cell that is written in
const fields = new Map();
let isAdopting = false;
let isKept = true;

function keep() {
  if (isAdopting) return;
  const wasKept = isKept;
  isKept = save(exercise, work);
  if (isKept && !wasKept) report("This browser keeps your work again.");
  if (!isKept) report("This browser does not keep your work: download it before you leave.");
}

// Takes over what was written in another tab, which would otherwise be overwritten by this one.
function adopt() {
  const fresh = load(exercise);
  if (!isKept || JSON.stringify(fresh) === JSON.stringify(work)) return;
  const ids = ({ added }) => added.map(({ id }) => id).join();
  if (ids(fresh) !== ids(work)) {
    location.reload();
    return;
  }
  Object.assign(work, fresh);
  isAdopting = true;
  for (const [id, put] of fields) put(work.added.find((added) => added.id === id)?.source ?? work.cells[id]);
  isAdopting = false;
}
addEventListener("storage", adopt);
addEventListener("pageshow", ({ persisted }) => persisted && adopt());
addEventListener("beforeunload", (event) => isKept || event.preventDefault());

function button(text, kind, act, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

// Gives a code cell its editor, its buttons and its outputs. `given` is the code as released.
async function prepare(element, given) {
  const { id, role, title } = element.dataset;
  const outputs = element.querySelector(".outputs");
  const cell = { id, name: `Cell ${id}`, title, outputs, source: () => given };
  cell.isNeeded = role === "given" || role === "solution";
  cell.showsWhenRunBefore = true;
  const buttons = element.querySelector(".buttons");
  if (role === "test") {
    cell.isNeeded = false;
    buttons.prepend(button("Check", "run", () => check(cell, element), `Check ${title}`));
    const verdict = element.querySelector(".verdict");
    if (progress()[exercise]?.passed[id]) verdict.textContent = "Passed before.";
  } else if (role === "given") {
    buttons.append(button("Run", "run", () => notebook.run(cell), `Run ${title}`));
  } else {
    const code = element.querySelector(".code");
    const start = work.added.find((added) => added.id === id)?.source ?? work.cells[id] ?? given;
    const mirror = await editor(code, start, `Code of ${title}`, {
      run: (then) => {
        notebook.run(cell);
        if (then === "next") focusAfter(element);
      },
      changed: () => {
        const source = mirror.getValue();
        const added = work.added.find((other) => other.id === id);
        if (added) added.source = source;
        else if (source === given) delete work.cells[id];
        else work.cells[id] = source;
        outdate(element);
        // What a reader has changed may define what cells below use.
        cell.isNeeded ||= source !== given;
        keep();
      },
    });
    code.classList.add("is-edited");
    cell.source = () => mirror.getValue();
    fields.set(id, (source = given) => source !== mirror.getValue() && mirror.setValue(source));
    cell.isNeeded ||= role === "added" || start !== given;
    cell.mirror = mirror;
    buttons.append(
      button("Run", "run", () => notebook.run(cell), `Run ${title}`),
      button("Add a cell", "add", () => add(element), `Add a cell below ${title}`),
    );
    if (role === "added") buttons.append(button("Remove", "remove", () => remove(cell, element), `Remove ${title}`));
  }
  return cell;
}

async function check(cell, element) {
  const verdict = element.querySelector(".verdict");
  verdict.textContent = "";
  element.classList.remove("passed", "failed");
  const ok = await notebook.run(cell);
  if (ok === null) return null;
  element.classList.add(ok ? "passed" : "failed");
  verdict.textContent = ok ? "Passed." : "Not yet.";
  report(`${element.dataset.title}: ${ok ? "passed." : "not yet. What was found is below the button."}`);
  if (ok) {
    recordPass(exercise, cell.id, checks);
    showProgress();
  }
  return ok;
}

// What passed below `element` passed before what was changed in it just now.
function outdate(element) {
  for (const passed of page.querySelectorAll(".code-cell.passed")) {
    if (!(element.compareDocumentPosition(passed) & Node.DOCUMENT_POSITION_FOLLOWING)) continue;
    passed.classList.remove("passed");
    passed.querySelector(".verdict").textContent = "Passed before your last change.";
  }
}

function focusAfter(element) {
  const stops = [...page.querySelectorAll(".code-cell .CodeMirror [role=textbox], .code-cell button.run")];
  stops.find((stop) => element.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING && !element.contains(stop))?.focus();
}

// Puts an added cell below `element`.
function place({ id, after }) {
  const above = page.querySelector(`[data-id="${CSS.escape(after)}"]`) ?? page.querySelector(".code-cell");
  const made = page.querySelector("template.added-cell").content.firstElementChild.cloneNode(true);
  Object.assign(made.dataset, { id, role: "added", title: `added ${id.replace("added-", "")}` });
  above.after(made);
  return made;
}

async function add(element) {
  const numbers = work.added.map((added) => Number(added.id.replace("added-", "")));
  const added = { id: `added-${Math.max(0, ...numbers) + 1}`, after: element.dataset.id, source: "" };
  work.added.push(added);
  keep();
  const made = place(added);
  const cell = await prepare(made, "");
  notebook.cells.push(cell);
  inOrderOfThePage();
  cell.mirror.focus();
}

function remove(cell, element) {
  if (cell.source().trim() && !confirm("Remove this cell and what is written in it?")) return;
  const after = work.added.find((added) => added.id === cell.id).after;
  work.added = work.added.filter((added) => added.id !== cell.id);
  for (const other of work.added) if (other.after === cell.id) other.after = after;
  keep();
  fields.delete(cell.id);
  notebook.forget(cell);
  outdate(element);
  focusAfter(element);
  element.remove();
}

function inOrderOfThePage() {
  const order = [...page.querySelectorAll("[data-id]")].map((element) => element.dataset.id);
  notebook.cells.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
}

// An answer in words: written on the left (or above), as it will be read beside it.
function prepareWords(element, given) {
  const { id, title } = element.dataset;
  const field = document.createElement("textarea");
  field.value = work.cells[id] ?? given;
  field.rows = 8;
  field.setAttribute("aria-label", `Your answer: ${title}`);
  const preview = element.querySelector(".preview");
  let waiting;
  const render = () => {
    preview.textContent = field.value;
    globalThis.MathJax?.typesetPromise?.([preview]);
  };
  field.addEventListener("input", () => {
    if (field.value === given) delete work.cells[id];
    else work.cells[id] = field.value;
    keep();
    clearTimeout(waiting);
    waiting = setTimeout(render, 500);
  });
  fields.set(id, (source = given) => {
    field.value = source;
    render();
  });
  preview.before(field);
  render();
}

const textOf = (cell) => [cell.source].flat().join("");

// The work in a notebook that was downloaded from here or written in Jupyter; undefined where it is none of this exercise.
async function workIn(notebook) {
  const cells = (await released).cells;
  const known = new Map(cells.map((cell) => [cell.id, textOf(cell)]));
  const found = { cells: {}, added: [] };
  if (!Array.isArray(notebook?.cells)) return undefined;
  let above = cells[0].id;
  let isOfThis = false;
  for (const cell of notebook.cells) {
    const id = cell.metadata?.nbgrader?.grade_id ?? cell.id;
    const source = textOf(cell);
    if (known.has(id)) {
      above = id;
      if (fields.has(id) && source !== known.get(id)) found.cells[id] = source;
      isOfThis ||= page.querySelector(`[data-id="${CSS.escape(id)}"]`).dataset.role === "solution";
    } else if (cell.cell_type === "code" && source.trim() && ![...known.values()].includes(source)) {
      const added = { id: `added-${found.added.length + 1}`, after: above, source };
      found.added.push(added);
      above = added.id;
    }
  }
  return isOfThis ? found : undefined;
}

async function open({ name, read }) {
  const found = await workIn(read);
  if (!found) {
    report(`${name} is no notebook of this exercise: nothing was changed.`);
  } else if (!isKept) {
    report("This browser keeps no work, and so it cannot open a notebook.");
  } else if (!(Object.keys(work.cells).length || work.added.length) || confirm(`Open ${name}? It takes the place of what you have written here.`)) {
    Object.assign(work, found);
    keep();
    if (isKept) location.reload();
  }
}

// The notebook as it stands, ready to be handed in.
async function submission() {
  const notebook = structuredClone(await released);
  for (const cell of notebook.cells) cell.source = work.cells[cell.id] ?? cell.source;
  for (const { id, after, source } of work.added) {
    const place = notebook.cells.findIndex((cell) => cell.id === after) + 1 || notebook.cells.length;
    const cell = { cell_type: "code", execution_count: null, id, metadata: {}, outputs: [], source };
    notebook.cells.splice(place, 0, cell);
  }
  return JSON.stringify(notebook, null, 1) + "\n";
}

async function begin() {
  const bySource = new Map((await released).cells.map((cell) => [cell.id, textOf(cell)]));
  for (const added of work.added) place(added);
  for (const element of page.querySelectorAll("[data-role=words]")) {
    prepareWords(element, bySource.get(element.dataset.id));
  }
  for (const element of page.querySelectorAll(".code-cell")) {
    notebook.cells.push(await prepare(element, bySource.get(element.dataset.id) ?? ""));
  }
  page.querySelector("button.check-all").addEventListener("click", async () => {
    for (const element of page.querySelectorAll("[data-role=test]")) {
      const ok = await check(notebook.cells.find((cell) => cell.id === element.dataset.id), element);
      if (ok === null) return;
    }
    report(`${page.querySelectorAll(".code-cell.passed").length} of ${checks} checks passed.`);
  });
  stopButton.addEventListener("click", () => notebook.stop());
  page.querySelector("button.download").addEventListener("click", async () => {
    download(await submission(), `${exercise}.ipynb`, "application/x-ipynb+json");
  });
  page.querySelector("button.open").addEventListener("click", () => choose(".ipynb", open));
  page.querySelector("button.anew").addEventListener("click", () => {
    if (confirm("Start anew? What you have written in this exercise will be gone from this browser.")) {
      erase(exercise);
      isKept = true; // nothing is left to be lost
      location.reload();
    }
  });
  page.classList.add("is-ready");
}

begin().catch((problem) => {
  session.tell = () => {}; // what Python does no longer matters
  report(`The page could not be loaded whole (${problem.message}). Reload it to try again.`);
});
