// A list by keyboard, and what is marked in it. A file apart from app.js, which needs htmx; without
// either the page works by mouse.
"use strict";

// Keys are told by their place and not by their letter: on a Russian layout J gives «о».
const STEPS = { KeyJ: 1, KeyK: -1 };
// What a key does with the marked rows: the button of this move, after a field if it needs one.
const ACTS = {
  KeyA: ["route", "#bulk-executor"],
  KeyE: ["admit", null],
  KeyY: ["approve", null],
  KeyM: ["merge", "#bulk-into"],
  KeyT: ["reclassify", "#bulk-topic"],
};

const all = (selector) => [...document.querySelectorAll(selector)];
const links = () => all('[data-keys="list"] tbody th a');
const picks = () => all("[data-pick]");
const keysHelp = () => document.querySelector("#keys");
const numbers = () => links().map((link) => link.textContent);
let lastPicked = ""; // the id of its box: rows come and go
let wentTo = 0; // when G was pressed

function standing() {
  const row = document.activeElement?.closest?.("tr");
  return row ? links().findIndex((link) => link.closest("tr") === row) : -1;
}

function stand(index) {
  const link = links()[index];
  if (!link) return;
  link.focus({ preventScroll: true });
  link.closest("tr").scrollIntoView({ block: "nearest" });
}

function step(by) {
  const at = standing();
  // Whoever is not in the list yet begins at its first row, whichever way they go.
  stand(at < 0 ? 0 : Math.min(Math.max(at + by, 0), links().length - 1));
}

function tell() {
  const count = picks().filter((box) => box.checked).length;
  const shown = document.querySelector("#picked");
  if (shown) shown.textContent = count ? `(${count})` : "";
}

function pick(range) {
  const at = standing();
  const boxes = picks();
  if (at < 0 || !boxes[at]) return;
  const last = boxes.findIndex((box) => box.id === lastPicked);
  if (range && last >= 0) {
    const [from, to] = at < last ? [at, last] : [last, at];
    for (let i = from; i <= to; i += 1) boxes[i].checked = true;
  } else {
    boxes[at].checked = !boxes[at].checked;
  }
  lastPicked = boxes[at].id;
  tell();
}

function act([move, field]) {
  const boxes = picks();
  if (!boxes.some((box) => box.checked)) {
    const at = standing();
    if (at < 0) return;
    boxes[at].checked = true;
    tell();
  }
  const button = document.querySelector(`[data-move="${move}"]`);
  if (!button) return;
  const first = field && document.querySelector(field);
  // Standing on one and having marked others means: these are the same as that.
  const here = standing();
  if (move === "merge" && !first.value && here >= 0 && !boxes[here].checked)
    first.value = numbers()[here];
  (first || button).focus();
  if (!first) button.click();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick]")) {
    lastPicked = event.target.id;
    tell();
  }
});

// A long piece of work says that it goes on, and is not sent twice.
document.addEventListener("submit", (event) => {
  if (!event.target.matches(".issues-bulk")) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  const news = document.querySelector("#picked");
  if (news) news.textContent = "– выполняется…";
});

// Enter in a field of the bulk form makes the move that field is for.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const own = Object.values(ACTS).find(([, field]) => field && event.target.matches?.(field));
  if (!own) return;
  document.querySelector(`[data-move="${own[0]}"]`)?.click();
  event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("select, textarea, [contenteditable], input:not([data-pick])");
  if (event.key === "Escape" && typing) {
    typing.blur();
    return;
  }
  if (typing || keysHelp()?.open) return;
  // «?» is Shift with the slash, on a Russian layout with the seven.
  if (event.key === "?" || (event.shiftKey && event.code === "Slash")) {
    keysHelp()?.showModal();
  } else if (event.code === "KeyX") {
    pick(event.shiftKey);
  } else if (event.shiftKey) {
    return;
  } else if (event.code === "Slash") {
    document.querySelector("[data-key-filter]")?.focus();
  } else if (event.code in STEPS) {
    step(STEPS[event.code]);
  } else if (event.code === "KeyO") {
    links()[standing()]?.click();
  } else if (event.code === "KeyG") {
    wentTo = event.timeStamp;
  } else if (event.code === "KeyI" && event.timeStamp - wentTo < 1500) {
    window.location.assign("/issues");
  } else if (event.code in ACTS) {
    act(ACTS[event.code]);
  } else {
    return;
  }
  event.preventDefault();
});
