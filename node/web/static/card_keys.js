// The card of an issue by keyboard. Keys are told by their place, not by their letter (see keys.js).
"use strict";

// What a key unfolds: the first of these moves that is open to the reader.
const MOVES = {
  KeyA: ["route", "reroute"],
  KeyR: ["answer"],
  KeyY: ["approve"],
  KeyB: ["send_back"],
  KeyE: ["admit"],
};

document.documentElement.classList.add("with-script");

const help = document.querySelector("#card-keys");
const helpButton = document.querySelector("[data-key-help]");
if (helpButton) {
  helpButton.hidden = false;
  helpButton.addEventListener("click", () => help.showModal());
}

function openMove(names) {
  const found = names
    .map((name) => document.querySelector(`details[data-move="${name}"]`))
    .find((one) => one);
  if (!found) return false;
  found.open = true;
  found.scrollIntoView({ block: "nearest" });
  // The first thing to fill in; what needs nothing is sent by Enter on its button.
  const field = found.querySelector("[required]") || found.querySelector(".move-send button");
  (field || found.querySelector("summary")).focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest("form") || document.querySelector(".moves details[open] form");
    if (form?.closest(".moves")) {
      form.requestSubmit();
      event.preventDefault();
    }
    return;
  }
  const typing = target.closest("input, select, textarea, [contenteditable]");
  if (event.key === "Escape" && typing) {
    typing.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing || help.open) return;
  // «?» is Shift with the slash; on a Russian layout with the seven.
  if (event.key === "?" || (event.shiftKey && event.code === "Slash")) {
    help.showModal();
    event.preventDefault();
    return;
  }
  if (event.shiftKey) return;
  if (event.code === "KeyN") document.querySelector("[data-key-next]")?.click();
  else if (!(event.code in MOVES) || !openMove(MOVES[event.code])) return;
  event.preventDefault();
});
