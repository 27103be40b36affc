// Too many or too large files are told of before they are sent: sending them takes minutes, and
// nothing of it would be kept. The server asks the same again.
"use strict";

const MEGABYTE = 1024 * 1024;

function complaint(files, input) {
  const { mostFiles, mostBytes, mostTogether } = input.dataset;
  const big = files.find((file) => file.size > Number(mostBytes));
  if (files.length > Number(mostFiles)) return `Выбрано файлов: ${files.length}, можно ${mostFiles}.`;
  if (big) return `«${big.name}» больше ${Number(mostBytes) / MEGABYTE} МБ.`;
  const together = files.reduce((sum, file) => sum + file.size, 0);
  if (together > Number(mostTogether)) {
    return `Вместе файлы больше ${Number(mostTogether) / MEGABYTE} МБ.`;
  }
  return "";
}

for (const input of document.querySelectorAll("input[type=file][data-most-files]")) {
  input.addEventListener("change", () => {
    const said = complaint([...input.files], input);
    input.setCustomValidity(said);
    if (said) input.reportValidity();
  });
}
