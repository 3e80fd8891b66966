// The groups of a log: turned where they stand, or all at once, and as the reader has left them in other runs of the job.
"use strict";
(() => {
  const NAME = "log-folds"; // of what the browser remembers: for each job, what is chosen for all groups, and for titles
  const MOST_JOBS = 30;
  const LONGEST = 4000; // characters of the titles of one job, as the server is told them
  const HEADER = "X-Log-Folds";
  const { log, memory } = Jobdeck;
  const { section } = log;
  const { job } = section.dataset;
  const folds = document.getElementById("log-folds");

  function jobs() {
    try {
      return new Map(JSON.parse(memory.get(NAME)));
    } catch {
      return new Map();
    }
  }
  function choice() {
    const { all, turned } = jobs().get(job) ?? {};
    try {
      return { all: all ?? "", turned: new Map(turned) };
    } catch { // as nobody writes it today
      return { all: "", turned: new Map() };
    }
  }
  const told = (turned) => new URLSearchParams(turned.map(([title, how]) => [how, title])).toString();
  function remember(all, turned) {
    const titles = [...turned];
    while (told(titles).length > LONGEST) titles.shift();
    const others = [...jobs()].filter(([id]) => id !== job);
    const chosen = all || titles.length ? [[job, { all, turned: titles }]] : [];
    if (job) memory.set(NAME, JSON.stringify([...others, ...chosen].slice(-MOST_JOBS)));
  }
  function rememberOne(title, how) {
    const { all, turned } = choice();
    turned.delete(title); // so that it comes last
    remember(all, turned.set(title, how));
  }

  // Whatever the address says comes first. What is turned while the page is open, it names by its number.
  async function recall() {
    const { all, turned } = choice();
    const shown = new URLSearchParams(location.search);
    if (!folds || (!all && !turned.size) || ["folds", "open", "close"].some((field) => shown.has(field))) return;
    if (turned.size) log.headers[HEADER] = told([...turned]);
    folds.value = all;
    const said = log.asked();
    if (all) said.set("folds", all);
    if (shown.has("at")) said.set("at", shown.get("at"));
    await log.view(said);
  }

  async function turn(fold) {
    const { id } = fold.closest(".line");
    const { top } = fold.getBoundingClientRect();
    log.setFollowing(false);
    rememberOne(fold.textContent, fold.getAttribute("aria-expanded") === "true" ? "close" : "open");
    if (!(await log.view(new URL(fold.href).searchParams, fold.href))) return;
    const there = document.querySelector(`#${id} .line__fold`);
    scrollBy(0, there.getBoundingClientRect().top - top);
    there.focus({ preventScroll: true });
  }
  function turnAll() {
    folds.value = folds.value === "open" ? "closed" : "open";
    folds.dispatchEvent(new Event("change", { bubbles: true }));
  }
  folds?.addEventListener("change", () => {
    remember(folds.value, new Map());
    delete log.headers[HEADER];
  });
  section.addEventListener("keydown", (event) => {
    const fold = event.key === " " && event.target.closest(".line__fold");
    if (!fold) return;
    event.preventDefault();
    turn(fold);
  });
  section.addEventListener("click", (event) => {
    const fold = event.target.closest(".line__fold");
    if (!fold || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    turn(fold);
  });

  Object.assign(log, { recall, turnAll, mayFold: () => Boolean(folds) });
})();
