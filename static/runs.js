// The Runs page: rows that change where they stand, and keys for the current one.
"use strict";
(() => {
  const AGAIN = 2000; // milliseconds until the server is asked again that did not answer
  const of = (event) => event.detail.elt?.id === "runs-news";

  // Of a row that comes anew only the cells that differ: what is ticked, and what has the focus, stays.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (!target.matches("[data-list-row]")) return;
    event.detail.shouldSwap = false;
    const fresh = fragment.querySelector("[data-list-row]");
    if (!fresh || fresh.dataset.version === target.dataset.version) return;
    for (const { name, value } of fresh.attributes) if (name.startsWith("data-")) target.setAttribute(name, value);
    if (!("cancels" in fresh.dataset)) delete target.dataset.cancels;
    [...fresh.cells].forEach((cell, place) => {
      const old = target.cells[place];
      if (!old.matches(".list__pick, .list__time, .list__lately") && old.innerHTML !== cell.innerHTML) old.replaceChildren(...cell.childNodes);
      old.title = cell.title;
    });
  });

  // A server that is away for a while is asked again.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (of(event) && event.detail.xhr.status >= 400) event.detail.shouldSwap = false;
  });
  const later = (event) => {
    const asking = event.detail.elt; // the detail is used again for the events that follow
    if (of(event)) setTimeout(() => htmx.trigger(asking, "again"), AGAIN);
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, later);

  const current = (has) => document.activeElement.closest(`[data-list-row]${has}`);
  function lead(key, help, has, path) {
    const address = () => current(has)?.querySelector("[data-list-link]").getAttribute("href");
    Jobdeck.key(key, help, () => location.assign(address() + path), { when: () => current(has) });
  }
  lead("c", "Cancel the run", "[data-cancels]", "/cancellation");
  lead("r", "Run it again", "[data-runs-again]", "/again");
})();
