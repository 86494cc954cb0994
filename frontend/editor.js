// The editor of a release, where there is a script: what is typed is saved by itself, in order, and
// never put in the place of what somebody types. Without it the page has a button that saves.
import { written } from "./markdown.js";

const PAUSE = 2000; // milliseconds after the last key
const SLOW = 150; // after which it says that it saves
const AGAIN = 15000; // after which what could not be saved is tried again
const LARGEST = 60000; // octets that a browser still sends for a page that is being left

const form = document.getElementById("edit");
const saved = document.getElementById("saved");
const told = document.getElementById("told");
const words = form.dataset;
const KEPT = `kept:${form.action}`;

let typed = 0; // how often something was typed
let sure = 0; // how much of that is saved
let going = null; // the save that is on its way
let timer = 0;
let leaving = false;
let submitting = false;

const show = (text, bad = false) => {
  saved.textContent = text;
  saved.classList.toggle("bad", bad);
  if (bad && told.textContent !== text) told.textContent = text;
};

// ---- saving ----
const changed = () => {
  typed += 1;
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
};

// All that is typed; a choice between two texts is made by its button alone.
const body = () => {
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (!/^(take|now)-/.test(name)) data.append(name, value);
  return data;
};

const keep = () => { // in this browser, until it is saved
  const data = body();
  data.delete("csrf");
  try { localStorage.setItem(KEPT, data.toString()); return true; } catch { return false; }
};

async function save() {
  clearTimeout(timer);
  if (going) return going.then(save);
  if (typed === sure) return;
  const now = typed;
  const slow = setTimeout(() => show(words.saving), SLOW);
  going = send().catch(() => null);
  const answer = await going;
  going = null;
  clearTimeout(slow);
  if (answer && answer.state === "saved") {
    sure = now;
    form.querySelector("#marks").innerHTML = answer.marks;
    localStorage.removeItem(KEPT);
    if (typed === sure) show(answer.words);
    document.body.dispatchEvent(new Event("saved"));
    refresh();
    return;
  }
  const here = keep();
  const why = answer ? answer.words : words.offline;
  show(here ? `${why} ${words.here}` : why, true);
  if (!answer) timer = setTimeout(save, AGAIN);
}

async function send() {
  const data = body();
  const response = await fetch(form.action, {
    method: "POST",
    body: data,
    headers: { "HX-Request": "true", "HX-Target": "marks" },
    keepalive: leaving && data.toString().length < LARGEST,
    redirect: "manual",
  });
  if (response.status === 401 || response.type === "opaqueredirect") return { state: "out", words: words.out };
  const html = await response.text();
  const part = new DOMParser().parseFromString(html, "text/html").querySelector("[data-state]");
  if (!part) return response.status >= 500 ? null : { state: "wrong", words: words.refused };
  return { state: part.dataset.state, words: part.dataset.words, marks: part.outerHTML };
}

form.addEventListener("input", changed);
form.addEventListener("change", (event) => {
  changed();
  // Another audience ticks other lists: they are to be seen.
  if (event.target.name === "use") form.requestSubmit(form.querySelector("button[value=save]"));
});
const leave = () => {
  if (typed === sure || submitting) return;
  leaving = true;
  keep();
  save();
  leaving = false;
};
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
window.addEventListener("pagehide", leave);
window.addEventListener("blur", () => { if (typed !== sure) save(); });
window.addEventListener("beforeunload", (event) => { if (typed !== sure && !submitting) event.preventDefault(); });

// A button takes along what is typed; a save that is on its way is waited for, since both would be of one draft.
document.addEventListener("submit", (event) => {
  if (event.target !== form) return;
  clearTimeout(timer);
  if (going) {
    event.preventDefault();
    const button = event.submitter;
    going.then(() => setTimeout(() => form.requestSubmit(button)));
    return;
  }
  submitting = true;
  localStorage.removeItem(KEPT);
}, true);

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.key.toLowerCase() === "s") {
    event.preventDefault();
    if (typed === sure) show(saved.textContent); else save();
  } else if (event.key === "Enter") {
    event.preventDefault();
    document.querySelector("button[name=do][value=ask]").click();
  }
});

// ---- what was typed and never saved, from before ----
const before = localStorage.getItem(KEPT);
const box = document.getElementById("kept");
if (before && box && before !== (() => { const d = body(); d.delete("csrf"); return d.toString(); })()) {
  box.hidden = false;
  box.querySelector("[data-put-back]").addEventListener("click", () => {
    const data = new URLSearchParams(before);
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" || field.type === "submit") continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = data.getAll(field.name).includes(field.value);
      else if (data.has(field.name)) field.value = data.get(field.name);
      field.dispatchEvent(new Event("put-back"));
    }
    // It was made from another text: if somebody changed that since, both are shown.
    for (const mark of form.querySelectorAll("#marks input")) if (data.has(mark.name)) mark.value = data.get(mark.name);
    box.hidden = true;
    changed();
  });
  box.querySelector("[data-give-up]").addEventListener("click", () => {
    localStorage.removeItem(KEPT);
    box.hidden = true;
  });
}

// What could not be saved is still only here.
if (form.querySelector("[data-state]").dataset.state === "refused") typed = 1;

// ---- the message beside it ----
const preview = document.getElementById("preview");
const frame = preview && preview.querySelector("iframe");
function refresh() {
  if (!frame) return;
  const subject = document.getElementById(`${preview.dataset.reader.split(".")[1]}-subject`);
  if (subject) preview.querySelector("header strong").textContent = subject.value.trim() || "…";
  frame.contentWindow.location.replace(frame.src); // no step back for each save
}
if (preview) preview.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=show]");
  if (!button) return;
  event.preventDefault();
  const data = preview.dataset;
  if (button.dataset.reader) data.reader = button.dataset.reader; else data.way = button.dataset.way;
  const [party, language] = data.reader.split(".");
  preview.querySelector(".message").className = `message ${data.way}`;
  const as = data.way === "text" || data.way === "dark" ? `?as=${data.way}` : "";
  frame.src = `${form.action}/${party}/${language}${as}`;
  frame.lang = preview.querySelector("header strong").lang = language;
  for (const one of preview.querySelectorAll("button[name=show]")) {
    const on = one.dataset.reader === data.reader || one.dataset.way === data.way;
    one.classList.toggle("on", on);
    one.setAttribute("aria-pressed", on);
  }
  const subject = document.getElementById(`${language}-subject`);
  preview.querySelector("header strong").textContent = (subject && subject.value.trim()) || "…";
  if (typed !== sure) save();
});

// Where one language is seen at a time, the message is of that one.
window.addEventListener("hashchange", () => {
  const edition = document.getElementById(location.hash.slice(1))?.closest(".edition");
  const button = edition && preview?.querySelector(`[data-reader$=".${edition.id}"]:not(.on)`);
  if (button && !preview.dataset.reader.endsWith(`.${edition.id}`)) button.click();
});

// ---- Markdown ----
for (const area of form.querySelectorAll("textarea[data-markdown]")) written(area, words.nonce, save);
// What stops it leads to its field, and to its line.
document.addEventListener("click", (event) => {
  const link = event.target.closest("#checks a[href^='#']");
  if (!link) return;
  const at = document.getElementById(link.hash.slice(1));
  if (!at) return;
  event.preventDefault();
  history.replaceState(null, "", link.hash);
  location.hash = link.hash; // for the one language that a narrow window shows
  at.dispatchEvent(new CustomEvent("show-line", { detail: Number(link.dataset.line) || 1 }));
  at.focus();
});
