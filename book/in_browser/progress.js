// Shows in the table of contents, and on the page "My progress", which checks have passed.

import { choose, download, eraseProgress, mergeProgress, progress } from "./work.js";

export function showProgress() {
  const all = progress();
  showInContents(all);
  for (const table of document.querySelectorAll("table.my-progress")) showInTable(table, all);
}

function showInContents(all) {
  document.querySelectorAll(".checks-passed").forEach((mark) => mark.remove());
  for (const link of document.querySelectorAll("nav.bd-links a")) {
    const name = new URL(link.href).pathname.match(/\/book\/(\w+)\.html$/)?.[1];
    const passed = Object.keys(all[name]?.passed ?? {}).length;
    if (passed) link.append(mark(passed, all[name].checks));
  }
}

function mark(passed, checks) {
  const shown = document.createElement("span");
  shown.className = "checks-passed";
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.textContent = ` (${passed} of ${checks} checks passed)`;
  const seen = document.createElement("span");
  seen.ariaHidden = "true";
  seen.textContent = `${passed}/${checks}`;
  shown.append(spoken, seen);
  return shown;
}

function showInTable(table, all) {
  for (const row of table.querySelectorAll("tr[data-exercise]")) {
    const passed = all[row.dataset.exercise]?.passed ?? {};
    for (const check of row.querySelectorAll("[data-check]")) {
      const when = passed[check.dataset.check];
      check.classList.toggle("has-passed", Boolean(when));
      check.querySelector(".verdict").textContent = when ? `✓ passed ${when.slice(0, 10)}` : "";
    }
    const checks = [...row.querySelectorAll("[data-check]")];
    const count = checks.filter((check) => check.classList.contains("has-passed")).length;
    row.querySelector(".count").textContent = `${count} of ${checks.length}`;
  }
}

for (const button of document.querySelectorAll("button.export-progress")) {
  button.addEventListener("click", () => {
    const record = { course: "Backprop, Checked", exported: new Date().toISOString(), exercises: progress() };
    download(JSON.stringify(record, null, 1), "my-progress.json", "application/json");
  });
}
for (const button of document.querySelectorAll("button.import-progress")) {
  const status = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", () => {
    choose(".json", ({ name, read }) => {
      const others = Object.entries(read?.exercises ?? {});
      const isRecord = others.length && others.every(([, exercise]) => exercise?.passed instanceof Object);
      if (!isRecord) status.textContent = `${name} holds no progress: choose the file that “Save as a file” has written. Nothing was changed.`;
      else if (!mergeProgress(read.exercises)) status.textContent = "This browser keeps nothing, and so it cannot take over a file.";
      else status.textContent = `What ${name} records is here now.`;
      showProgress();
    });
  });
}
for (const button of document.querySelectorAll("button.erase-progress")) {
  button.addEventListener("click", () => {
    if (confirm("Erase the record of the checks that you have passed? Your work on the exercises stays.")) {
      eraseProgress();
      showProgress();
    }
  });
}

showProgress();
addEventListener("storage", showProgress);
addEventListener("pageshow", ({ persisted }) => persisted && showProgress());
