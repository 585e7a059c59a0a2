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

export function eraseProgress() {
  remove(PROGRESS);
}

// Has the browser save `text` as a file.
export function download(text, name, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
