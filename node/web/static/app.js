// What HTML cannot do alone: a part of the page is renewed without disturbing its reader.
"use strict";

// A <details> the reader opened stays open: the server does not know of it, and would close it.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) =>
  !(name === "open" && element.tagName === "DETAILS");

// Only the timer asks without an event. Nobody needs its renewal of a page that is not looked at,
// nor of a board where a date is just being chosen: the form would be set back.
document.addEventListener("htmx:beforeRequest", (event) => {
  const byTimer = !event.detail.requestConfig.triggeringEvent;
  const choosing = event.detail.elt.querySelector(".more[open]");
  if (byTimer && (document.hidden || choosing)) event.preventDefault();
});

// What the reader asked for and was refused is shown as the page that tells the remedy; a renewal
// that failed leaves the figures, and the time beside them, as they were.
document.addEventListener("htmx:responseError", (event) => {
  const { requestConfig, pathInfo } = event.detail;
  if (tellUnsaved(event)) return;
  if (requestConfig.triggeringEvent) window.location.assign(pathInfo.finalRequestPath);
});

// Escape closes what was unfolded over the page and gives the focus back.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".more[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
  event.preventDefault();
});

// «!» goes to the alerts of danger from wherever one is. Enter takes the first, the focus then goes
// on to the next, and after the last back to where one was.
let wasAt = null;
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("select, textarea, [contenteditable], input:not([type=checkbox])");
  const button = document.querySelector("#alerts button");
  if (event.key !== "!" || typing || !button) return;
  wasAt = document.activeElement;
  button.focus();
  event.preventDefault();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "alerts" || !wasAt || document.activeElement !== document.body) return;
  const button = document.querySelector("#alerts button");
  (button || wasAt).focus();
  if (!button) wasAt = null;
});

// The place in the list is its reader's: the next to sign in here begins anew.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/sign-out") sessionStorage.clear();
});

// Somebody is writing: whatever fails, they are told beside their text, and it is left alone.
function tellUnsaved(event) {
  const told = event.detail.elt.closest("form")?.querySelector("[data-unsaved]");
  if (told) told.textContent = told.dataset.unsaved;
  return Boolean(told);
}
document.addEventListener("htmx:sendError", tellUnsaved);
document.addEventListener("htmx:timeout", tellUnsaved);
