// The Jobs page: groups that stay folded, several jobs chosen at once, and a button that says that it is busy.
"use strict";
(() => {
  const YEAR = 31536000;
  const MOST_FOLDED = 300; // names of groups in a cookie
  const all = (selector) => [...document.querySelectorAll(selector)];
  const boxes = () => all("#several input[name='id']");

  // Which groups are folded, so that the server sends them folded the next time.
  function folded() {
    const found = document.cookie.match(/(?:^|; )folded=([^;]*)/);
    return new Set(found && found[1] ? found[1].split(".") : []);
  }
  function remember(groups, fold) {
    const keys = folded();
    groups.forEach(({ dataset: { fold: key } }) => { keys.delete(key); if (fold) keys.add(key); });
    const kept = [...keys].slice(-MOST_FOLDED).join(".");
    document.cookie = `folded=${kept}; path=/jobs; max-age=${kept ? YEAR : 0}; samesite=lax`;
  }
  function foldAll(fold) {
    const groups = all("#several [data-fold]");
    groups.forEach((group) => { group.open = !fold; });
    remember(groups, fold);
  }

  let star; // the one that was pressed, and where it was

  // What is chosen.
  let last; // the job whose box was used last, for a range
  function tell() {
    const count = boxes().filter((box) => box.checked).length;
    all("[data-chosen]").forEach((element) => { element.textContent = `${count} chosen`; });
  }
  function choose(every) {
    boxes().forEach((box) => { box.checked = every; });
    tell();
  }
  function chooseTo(box) {
    const found = boxes();
    const [from, to] = [found.findIndex(({ value }) => value === last), found.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) found.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    const group = target.closest("[data-fold] > summary")?.parentElement;
    if (group) remember([group], group.open); // it is about to change
    if (target.closest("[data-fold-all]")) foldAll(true);
    if (target.closest("[data-unfold-all]")) foldAll(false);
    if (target.closest("[data-choose-all]")) choose(true);
    if (target.closest("[data-choose-none]")) choose(false);
    const pressed = target.closest(".star");
    if (pressed) {
      event.preventDefault();
      star = { id: pressed.id, top: pressed.getBoundingClientRect().top };
      const values = { [pressed.name]: pressed.value, query: pressed.form.elements.query.value };
      htmx.ajax("POST", pressed.formAction, { source: pressed, target: "#jobs", select: "#jobs", swap: "outerHTML", values });
    }
    if (target.matches("#several input[name='id']")) {
      if (event.shiftKey) chooseTo(target);
      last = target.value;
      tell();
    }
  });

  document.addEventListener("keydown", (event) => {
    // It would press the first of the buttons.
    if (event.key === "Enter" && event.target.matches("#several input[name='id']")) event.preventDefault();
  });

  // The list comes anew: what was chosen stays so, and the star that was pressed stays under the pointer.
  let chosen = new Set();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.id !== "jobs") return;
    chosen = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  });
  document.addEventListener("htmx:afterSwap", () => {
    boxes().forEach((box) => { box.checked = chosen.has(box.value); });
    const again = star && document.getElementById(star.id);
    if (again) scrollBy(0, again.getBoundingClientRect().top - star.top);
    star = undefined;
    tell();
  });

  document.addEventListener("submit", ({ target }) => {
    if (!target.dataset.busy) return;
    target.setAttribute("aria-busy", "true");
    target.querySelector("[type='submit'] span").textContent = target.dataset.busy;
  });
  addEventListener("pageshow", tell); // a browser may bring back what was chosen
})();
