// Links to a line of a text, a[data-line]: the line is selected in the text area that they lead to.
"use strict";
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  const area = link && document.querySelector(link.hash);
  if (!area) return;
  event.preventDefault();
  const lines = area.value.split("\n");
  const start = lines.slice(0, link.dataset.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[link.dataset.line - 1] || "").length);
  // Browsers do not show what a script selects.
  area.scrollTop = Math.max(0, (area.scrollHeight / lines.length) * (link.dataset.line - 4));
});
