// The work list: where its reader stands, kept through a look at a card, a bulk move and every renewal
// of the page. Its keys are in keys.js, what is kept in list_place.js.
"use strict";

const issuesList = document.querySelector("#issues-list");
const listAddress = () => issuesList.getAttribute("hx-get");

// Where an issue stands now; of one that has gone, the nearest after it in the order there was.
function indexOf(number, order) {
  const here = numbers();
  const at = order.indexOf(number);
  if (at < 0) return 0;
  const left = [...order.slice(at), ...order.slice(0, at).reverse()];
  return here.indexOf(left.find((one) => here.includes(one)));
}

function keepPlace(at, back) {
  const following = document.querySelector(".issues-pages [rel=next]");
  ListPlace.write({
    address: listAddress(),
    numbers: numbers(),
    following: following ? following.getAttribute("href") : "",
    at,
    back,
    moved: false,
  });
}

// Whoever comes back from a card, or has just moved many, goes on where they were.
function resume() {
  const place = ListPlace.read();
  if (!place) return;
  const address = listAddress();
  const returned = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!place.back && !place.moved && !returned) return;
  ListPlace.write({ ...place, back: place.moved && address !== place.address, moved: false });
  if (address === place.address) stand(place.at ? indexOf(place.at, place.numbers) : 0);
  // A move took the issue out of the reader's sight, and the node led to the whole list.
  else if (place.moved) window.location.replace(place.address);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest('[data-keys="list"] tbody th a');
  if (link) keepPlace(link.textContent, false);
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches(".issues-bulk") || event.defaultPrevented) return;
  const boxes = picks();
  const from = Math.max(0, boxes.findIndex((box) => box.checked));
  const next = boxes.findIndex((box, index) => index > from && !box.checked);
  keepPlace(numbers()[next < 0 ? from : next], true);
});

// The list renews itself: marks, place and focus stay with their rows. A mark keeps the version it
// was made at, so that what a colleague has changed since is refused and told, not overwritten.
let before = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  const sent = document.querySelector(".issues-bulk[data-sent]");
  if (event.target.id === "issues-list" && sent) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "issues-list") return;
  const rows = links().map((link) => link.closest("tr"));
  const at = standing();
  const seen = rows.findIndex((row) => row.getBoundingClientRect().bottom > 0);
  const anchor = at >= 0 ? at : seen;
  before = {
    order: numbers(),
    marks: picks().filter((box) => box.checked).map((box) => [box.id, box.value]),
    stood: at >= 0,
    anchor: numbers()[anchor],
    top: rows[anchor]?.getBoundingClientRect().top,
  };
});

// What was typed below the list for the marked rows is left alone.
if (typeof Idiomorph !== "undefined") {
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (from) =>
    !(from instanceof Element && from.matches(".issues-actions"));
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "issues-list" || !before) return;
  let gone = 0;
  for (const [id, value] of before.marks) {
    const box = document.getElementById(id);
    if (box) Object.assign(box, { checked: true, value });
    else gone += 1;
  }
  const index = before.anchor ? indexOf(before.anchor, before.order) : -1;
  const link = links()[index];
  if (link && before.stood && standing() < 0) link.focus({ preventScroll: true });
  if (link && window.scrollY > 0)
    window.scrollBy(0, link.closest("tr").getBoundingClientRect().top - before.top);
  const fresh = numbers().filter((number) => !before.order.includes(number)).length;
  const news = [];
  if (fresh) news.push(`В списке новых: ${fresh}.`);
  if (gone) news.push(`Отмеченных ушло из списка: ${gone}.`);
  const told = document.querySelector("#issues-news");
  if (told && news.length) told.textContent = news.join(" ");
  before = null;
  tell();
});

resume();
