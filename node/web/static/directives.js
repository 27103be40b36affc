// What the pages on directives tell at once, before the server has answered: the day under the
// slider and the sum of the weights. Without this file both are told by the answer.
"use strict";

const DAY = 24 * 60 * 60 * 1000;
const WRITTEN = new Intl.DateTimeFormat("ru-RU", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

function tellDay(slider) {
  const day = new Date(Date.parse(slider.dataset.first) + Number(slider.value) * DAY);
  const text = WRITTEN.format(day).replace(/\s*г\.$/, "");
  document.getElementById("day-shown").textContent = text;
  slider.setAttribute("aria-valuetext", text);
}

function tellSum(form) {
  const weights = [...form.querySelectorAll("input[data-weight]")];
  const sum = weights.reduce((whole, field) => whole + (Number(field.value) || 0), 0);
  const told = form.querySelector("[data-weights]");
  told.textContent = `Сумма весов: ${sum} из 100`;
  told.classList.toggle("worse", sum !== 100);
}

// A slider and its number are one value; the number is what is sent, so that 52,5 can be typed.
function tellPercent(field) {
  const other = field.dataset.sets
    ? document.getElementById(field.dataset.sets)
    : document.querySelector(`[data-sets="${field.id}"]`);
  if (other) other.value = field.value.replace(",", ".");
  const number = field.dataset.sets ? other : field;
  const reason = document.querySelector(`[data-reason="${number.id}"]`);
  const now = Number(number.dataset.now);
  const said = Number(number.value.replace(",", "."));
  if (said < now) delete reason.dataset.quiet;
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.dataset.first) tellDay(field);
  if ("sets" in field.dataset || "now" in field.dataset) tellPercent(field);
  if ("weight" in field.dataset) tellSum(field.form);
  if ("search" in field.dataset) {
    const wanted = field.value.trim().toLowerCase();
    for (const line of document.querySelectorAll(`#${field.dataset.search} [data-name]`)) {
      line.hidden = !line.dataset.name.includes(wanted);
    }
  }
});

document.querySelectorAll("form:has(input[data-weight])").forEach(tellSum);
