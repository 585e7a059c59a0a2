// What a reader has done, kept in this browser and nowhere else: the work on each exercise, and the checks passed.

const WORK = "backprop-checked work ";
const PROGRESS = "backprop-checked progress";

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // storage is turned off, or holds what is not ours
  }
}

// Whether it was kept: a browser may have turned storage off, or be out of room.
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // storage is turned off, and so nothing was kept
  }
}

// {cells: {id: source}, added: [{id, after, source}]}
export function load(exercise) {
  const { cells, added } = read(WORK + exercise, {});
  return { cells: cells instanceof Object ? cells : {}, added: Array.isArray(added) ? added : [] };
}

export function save(exercise, work) {
  return write(WORK + exercise, work);
}

export function erase(exercise) {
  remove(WORK + exercise);
}

// {exercise: {checks: how many there are, passed: {check: date}}}
export function progress() {
  return read(PROGRESS, {});
}

export function recordPass(exercise, check, checks) {
  const all = progress();
  const { passed = {} } = all[exercise] ?? {};
  all[exercise] = { checks, passed: { ...passed, [check]: passed[check] ?? new Date().toISOString() } };
  write(PROGRESS, all);
}

// Adds what another browser has recorded; of two dates of one check the earlier stays.
export function mergeProgress(others) {
  const all = progress();
  for (const [exercise, { checks, passed }] of Object.entries(others)) {
    const both = { ...passed };
    for (const [check, when] of Object.entries(all[exercise]?.passed ?? {})) both[check] = [when, both[check] ?? when].sort()[0];
    all[exercise] = { checks, passed: both };
  }
  return write(PROGRESS, all);
}

export function eraseProgress() {
  remove(PROGRESS);
}

// Has a reader choose a file and passes it on as {name, read}, where read is what it holds as JSON, or undefined.
export function choose(accept, take) {
  const field = document.createElement("input");
  field.type = "file";
  field.accept = accept;
  field.addEventListener("change", async () => {
    const [file] = field.files;
    const read = await file.text().then(JSON.parse).catch(() => undefined);
    take({ name: file.name, read });
  });
  field.click();
}

// Has the browser save `text` as a file.
export function download(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
