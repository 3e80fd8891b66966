// A list of which several can be chosen: by boxes, from one to another, or all that are shown.
"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const boxes = () => all("#several input[name='id']");
  const isList = (element) => element.querySelector("#several") || element.matches("[data-announcement]");

  let last; // the row whose box was used last, for a range
  function tell() {
    const beyond = document.querySelector("[data-choose-beyond]:checked");
    const count = boxes().filter((box) => box.checked).length;
    all("[data-chosen]").forEach((element) => { element.textContent = beyond ? "All chosen" : `${count} chosen`; });
  }
  function choose(every) {
    boxes().forEach((box) => { box.checked = every; });
    if (!every) all("[data-choose-beyond]").forEach((box) => { box.checked = false; });
    tell();
  }
  function chooseTo(box) {
    const found = boxes();
    const [from, to] = [found.findIndex(({ value }) => value === last), found.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) found.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.closest("[data-choose-all]")) choose(true);
    if (target.closest("[data-choose-none]")) choose(false);
    if (target.closest("[data-choose-beyond]")) tell();
    if (target.matches("#several input[name='id']")) {
      if (event.shiftKey) chooseTo(target);
      last = target.value;
      tell();
    }
  });

  document.addEventListener("keydown", (event) => {
    // It would press the first of the buttons.
    if (event.key === "Enter" && event.target.matches("#several input[type='checkbox']")) event.preventDefault();
  });

  // The list comes anew: what was chosen stays so.
  let chosen = new Set();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isList(detail.target)) chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSwap", () => {
    boxes().forEach((box) => { box.checked = box.checked || chosen.has(box.value); });
    tell();
  });
  // What had the focus is gone with what it brought: on to that.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    const { elt } = detail.requestConfig || {};
    const next = elt?.matches("[data-more-filters]") ? ".filters__more :is(input, select)" : elt?.closest(".pager") && "#objects tbody a";
    if (next && document.activeElement === document.body) document.querySelector(next)?.focus({ preventScroll: true });
  });
  addEventListener("pageshow", tell); // a browser may bring back what was chosen
})();
