// The work list by keyboard: J and K walk its rows, / goes to the filters; Enter on a row is the
// link's own. A file apart from app.js, which needs htmx; this page works without either.
"use strict";

// Keys are told by their place and not by their letter: on a Russian layout J gives «о».
const STEPS = { KeyJ: 1, KeyK: -1 };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  if (event.code === "Slash") {
    document.querySelector("[data-key-filter]")?.focus();
    event.preventDefault();
    return;
  }
  const links = [...document.querySelectorAll('[data-keys="list"] tbody a')];
  if (!(event.code in STEPS) || !links.length) return;
  const at = links.indexOf(document.activeElement);
  // Whoever is not in the list yet begins at its first row, whichever way they go.
  const next = at < 0 ? 0 : Math.min(Math.max(at + STEPS[event.code], 0), links.length - 1);
  links[next].focus({ preventScroll: true });
  links[next].closest("tr").scrollIntoView({ block: "nearest" });
  event.preventDefault();
});
