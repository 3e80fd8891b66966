// A form in which fields come and go: an answer never replaces what somebody has typed while it was on its way.
"use strict";
(() => {
  const touched = ({ target }) => {
    const place = target.closest(".place");
    if (place) place.dataset.typed = "";
  };
  addEventListener("input", touched);
  addEventListener("change", touched);
  addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (!detail.elt.matches("[data-refresh]")) return;
    document.querySelectorAll(".place[data-typed]").forEach((place) => delete place.dataset.typed);
  });
  addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.matches(".place[data-typed]")) event.detail.shouldSwap = false;
  });
})();
