// The page that compares two runs: from one difference to the next.
"use strict";
(() => {
  const places = () => [...document.querySelectorAll("[data-difference]")];

  // Where one is: at what has the focus, else at the top of what is to be seen.
  function here(all) {
    const at = all.indexOf(document.activeElement?.closest("[data-difference]"));
    if (at >= 0) return at;
    const below = all.findIndex((each) => each.getBoundingClientRect().top > 0);
    return (below < 0 ? all.length : below) - 1;
  }

  function go(by) {
    const all = places();
    const focused = all.includes(document.activeElement);
    const next = all[here(all) + (by < 0 && !focused ? 0 : by)];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: next.classList.contains("diff__row") ? "center" : "start" });
  }

  const when = () => places().length > 0;
  Jobdeck.key("n", "Next difference", () => go(1), { repeats: true, when });
  Jobdeck.key("p", "Previous difference", () => go(-1), { repeats: true, when });
})();
