// CodeMirror for a cell: Python, fetched when the first editor is asked for, and once more where that failed.

const folder = new URL("codemirror/", import.meta.url);
const SCRIPTS = ["codemirror.js", "python.js", "matchbrackets.js", "comment.js"];
// After Escape these are the browser's own keys again, so that whoever moves by keyboard alone can leave.
const LEAVES = { Tab: false, "Shift-Tab": false };
let fetched;

function fetchCodeMirror() {
  fetched ??= (async () => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("codemirror.css", folder).href;
    // Before our own sheet, which changes its colours.
    document.head.prepend(sheet);
    for (const file of SCRIPTS) {
      await new Promise((loaded, failed) => {
        const script = document.createElement("script");
        script.src = new URL(file, folder).href;
        script.onload = loaded;
        script.onerror = () => failed(new Error(`${file} cannot be loaded.`));
        document.head.append(script);
      });
    }
  })();
  fetched.catch(() => (fetched = undefined));
  return fetched;
}

// Puts an editor into `element`, in the place of what is there. `run(then)` is called by Shift+Enter (then "next") and Ctrl+Enter (then "stay");
// `changed()` after each change.
export async function editor(element, source, label, { run, changed }) {
  await fetchCodeMirror();
  element.replaceChildren();
  // What is typed here is text: the page's own keys, such as "/" for the search, would take it away.
  element.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.stopPropagation());
  const mirror = globalThis.CodeMirror(element, {
    value: source,
    mode: { name: "python", version: 3 },
    indentUnit: 4,
    matchBrackets: true,
    viewportMargin: Infinity,
    inputStyle: "contenteditable",
    spellcheck: false,
    autocorrect: false,
    autocapitalize: false,
    extraKeys: {
      "Shift-Enter": () => run("next"),
      "Ctrl-Enter": () => run("stay"),
      "Cmd-Enter": () => run("stay"),
      "Ctrl-/": "toggleComment",
      "Cmd-/": "toggleComment",
      Esc: (cm) => cm.addKeyMap(LEAVES),
      Tab: (cm) => cm.execCommand(cm.somethingSelected() ? "indentMore" : "insertSoftTab"),
      "Shift-Tab": "indentLess",
      Backspace: backspace,
    },
  });
  const field = mirror.getInputField();
  field.setAttribute("aria-label", `${label}. Tab indents; Escape, then Tab, leaves the editor.`);
  field.setAttribute("role", "textbox");
  field.setAttribute("aria-multiline", "true");
  const stays = () => {
    while (mirror.removeKeyMap(LEAVES));
  };
  mirror.on("blur", stays);
  mirror.on("change", () => {
    stays();
    changed();
  });
  return mirror;
}

// In the indentation of a line, Backspace takes away one level of it.
function backspace(mirror) {
  const { line, ch } = mirror.getCursor();
  const before = mirror.getLine(line).slice(0, ch);
  if (mirror.somethingSelected() || !before || before.trim() || ch % 4) return globalThis.CodeMirror.Pass;
  mirror.execCommand("indentLess");
}
