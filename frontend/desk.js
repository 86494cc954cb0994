// The desk's few manners. Every page works without them; they only make it quicker and quieter.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph/dist/idiomorph-ext.esm.js";

Object.assign(htmx.config, {
  allowEval: false, // the pages' policy allows none
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // a page is asked for again: what it showed may be somebody's
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
});

const PATIENCE = 150; // milliseconds after which a pressed button says that it is at work

// What went wrong is read first: the summary of a form's errors has the focus.
const focused = document.querySelector("[data-focus]");
if (focused) focused.focus();

// A form goes once, and its button says so if that takes a while: <button data-busy="Saving …">.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get") return;
  if (form.dataset.going) return event.preventDefault();
  form.dataset.going = "yes";
  const button = event.submitter;
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) {
    const word = button.textContent;
    const timer = setTimeout(() => { button.textContent = button.dataset.busy; }, PATIENCE);
    form.addEventListener("rested", () => { clearTimeout(timer); button.textContent = word; }, { once: true });
  }
});
const rest = (form) => {
  delete form.dataset.going;
  form.querySelectorAll("[aria-disabled]").forEach((one) => one.removeAttribute("aria-disabled"));
  form.dispatchEvent(new Event("rested"));
};
// Who comes back to a page finds its forms ready again.
window.addEventListener("pageshow", () => document.querySelectorAll("[data-going]").forEach(rest));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest && event.target.closest("form");
  if (form) rest(form);
});

// Where a part of a page was replaced with the focus in it, the focus goes to its heading.
document.addEventListener("htmx:afterSettle", (event) => {
  if (document.activeElement !== document.body) return;
  const heading = event.target.querySelector("[tabindex='-1'], h1, h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
});

// One sentence for those who listen: <p data-tell="…"> in what arrives is read out, once.
const told = document.getElementById("told");
document.addEventListener("htmx:afterSettle", (event) => {
  const said = event.target.querySelector ? event.target.querySelector("[data-tell]") : null;
  if (said && told && told.textContent !== said.dataset.tell) told.textContent = said.dataset.tell;
});

// Keys: / finds, g and a letter goes, n writes; never in a field, and off where somebody says so.
const typing = (at) => at.closest("input, textarea, select, [contenteditable]");
let going = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) || document.documentElement.dataset.keys === "off") return;
  const key = event.key.toLowerCase();
  const follow = (to) => { if (to) { event.preventDefault(); to.focus(); to.click(); } };
  if (Date.now() - going < 1000) {
    going = 0;
    follow(document.querySelector(`[data-go="${CSS.escape(key)}"]`));
  } else if (key === "g") {
    going = Date.now();
  } else if (key === "/") {
    const search = document.querySelector("[type=search], [data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  } else if (key === "n") {
    follow(document.querySelector("[data-new]"));
  }
});
if (localStorage.getItem("keys") === "off") document.documentElement.dataset.keys = "off";
document.querySelectorAll("[data-set-keys]").forEach((box) => {
  box.hidden = false;
  const input = box.querySelector("input");
  input.checked = document.documentElement.dataset.keys !== "off";
  input.addEventListener("change", () => {
    localStorage.setItem("keys", input.checked ? "on" : "off");
    document.documentElement.dataset.keys = input.checked ? "on" : "off";
  });
});

// What is live comes again as it changes, part by part in its place; a page that nobody sees is not
// fed, and what is lost for a while is said to be old. A release that moved has another page.
const fed = document.querySelector("[data-live]");
if (fed && window.EventSource) {
  let source = null, silence = 0;
  const put = (html) => {
    const parts = document.createElement("template");
    parts.innerHTML = html;
    for (const part of [...parts.content.children]) {
      const old = document.getElementById(part.id);
      if (old) Idiomorph.morph(old, part, { morphStyle: "outerHTML" });
    }
    const said = document.getElementById("live-tell");
    if (said && told && told.textContent !== said.dataset.milestone) told.textContent = said.dataset.milestone;
  };
  const old = () => {
    const mark = document.getElementById("live-at");
    if (mark) mark.textContent = mark.dataset.lost;
  };
  const close = () => { clearTimeout(silence); silence = 0; if (source) source.close(); source = null; };
  const open = () => {
    source = new EventSource(fed.dataset.live);
    source.addEventListener("part", (event) => { clearTimeout(silence); silence = 0; put(event.data); });
    for (const end of ["moved", "over"]) source.addEventListener(end, () => { close(); location.reload(); });
    source.addEventListener("error", () => {
      silence = silence || setTimeout(old, 5000);
      if (source && source.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) { close(); open(); } }, 10000);
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : source || open()));
  window.addEventListener("pagehide", close);
  if (!document.hidden) open();
}

// A value to take along: <button data-copy="…">Copy</button>, whose word says that it is done.
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    if (button.dataset.copied) button.textContent = button.dataset.copied;
  });
});
