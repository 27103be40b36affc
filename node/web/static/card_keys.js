// The card of an issue by keyboard. Keys are told by their place, not by their letter (see keys.js).
"use strict";

// What a key unfolds: the first of these moves that is open to the reader.
const MOVES = {
  KeyA: ["route", "reroute"],
  KeyR: ["answer"],
  KeyY: ["approve"],
  KeyB: ["send_back"],
  KeyE: ["admit"],
  KeyT: ["reclassify"],
};
let wentTo = 0; // when G was pressed

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
  const empty = [...found.querySelectorAll("[required]")].find((one) => !one.value);
  const unsorted = [...found.querySelectorAll("select")].find((one) => one.value === "unsorted");
  const field =
    unsorted || empty || found.querySelector("[required]") || found.querySelector(".move-send button");
  (field || found.querySelector("summary")).focus();
  return true;
}

// A card opened from a list leads back to it, and on to the next of it; one opened by itself leads
// to the whole list, and on by the nearest deadline.
const card = document.querySelector("[data-keys=card]");
const back = document.querySelector("[data-key-back]");
const next = document.querySelector("[data-key-next]");
const place = ListPlace.read();
const at = place ? place.numbers.indexOf(card.dataset.number) : -1;

function leaveFor(number) {
  ListPlace.write({ ...place, at: number, back: true, moved: false });
}

if (at >= 0) {
  const following = place.numbers[at + 1];
  ListPlace.write({ ...place, at: place.numbers[at], back: false, moved: false });
  back.href = place.address;
  back.addEventListener("click", () => leaveFor(place.numbers[at]));
  if (following) {
    next.href = `/issues/${following}`;
    next.textContent = `Следующая в списке (${at + 2} из ${place.numbers.length})`;
  } else if (place.following) {
    next.href = place.following;
    next.textContent = "Следующая страница списка";
    next.addEventListener("click", () =>
      ListPlace.write({ ...place, address: place.following, at: "", back: true, moved: false }),
    );
  } else {
    next.href = place.address;
    next.textContent = "К списку: эта последняя";
    next.addEventListener("click", () => leaveFor(place.numbers[at]));
  }
  for (const form of document.querySelectorAll(".moves form"))
    form.addEventListener("submit", () =>
      ListPlace.write({ ...place, at: place.numbers[at], back: false, moved: true }),
    );
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
  if (event.key === "Escape" && !help.open && !event.defaultPrevented) {
    // The first press leaves what one is doing, the next one the card.
    const busy = typing || target.closest(".moves, #alerts");
    if (busy) document.activeElement.blur();
    else back.click();
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
  if (event.code === "KeyN") next.click();
  else if (event.code === "KeyG") wentTo = event.timeStamp;
  else if (event.code === "KeyI" && event.timeStamp - wentTo < 1500) window.location.assign("/issues");
  else if (!(event.code in MOVES) || !openMove(MOVES[event.code])) return;
  event.preventDefault();
});
