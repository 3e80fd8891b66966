// The Jobs page: groups that stay folded, stars, and a button that says that it is busy.
"use strict";
(() => {
  const YEAR = 31536000;
  const MOST_FOLDED = 300; // names of groups in a cookie
  const all = (selector) => [...document.querySelectorAll(selector)];

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

  document.addEventListener("click", (event) => {
    const { target } = event;
    const group = target.closest("[data-fold] > summary")?.parentElement;
    if (group) remember([group], group.open); // it is about to change
    if (target.closest("[data-fold-all]")) foldAll(true);
    if (target.closest("[data-unfold-all]")) foldAll(false);
    const pressed = target.closest(".star");
    if (pressed) {
      event.preventDefault();
      star = { id: pressed.id, top: pressed.getBoundingClientRect().top };
      const values = { [pressed.name]: pressed.value, query: pressed.form.elements.query.value };
      htmx.ajax("POST", pressed.formAction, { source: pressed, target: "#jobs", select: "#jobs", swap: "outerHTML", values });
    }
  });

  // The list comes anew: the star that was pressed stays under the pointer.
  document.addEventListener("htmx:afterSwap", () => {
    const again = star && document.getElementById(star.id);
    if (again) scrollBy(0, again.getBoundingClientRect().top - star.top);
    star = undefined;
  });

  document.addEventListener("submit", ({ target }) => {
    if (!target.dataset.busy) return;
    target.setAttribute("aria-busy", "true");
    target.querySelector("[type='submit'] span").textContent = target.dataset.busy;
  });
})();
