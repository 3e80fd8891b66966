// The page of a run on all its tabs: what has news, counts, the sign of its state, the bar of time, copying, and the
// notification for whoever waits for its end.
"use strict";
(() => {
  const all = (selector) => document.querySelectorAll(selector);
  const summaryOf = () => document.getElementById("run-summary");
  let summary; // as it was last looked at
  let told = {};

  // What else on the page has news, as the summary says; items come often, but are not asked for as often.
  const PATIENCE = 2000;
  let asked = 0;
  let asking;
  function tellNews() {
    const before = told;
    told = { ...before, ...summary.dataset }; // nobody counts changes for the log
    if (told.changes !== before.changes) tellOf("changes");
    if (told.story !== before.story) tellOf("story");
    if (told.items !== before.items && !asking) asking = setTimeout(askForItems, Math.max(0, asked + PATIENCE - Date.now()));
  }
  function askForItems() {
    asking = undefined;
    asked = Date.now();
    tellOf("items");
  }
  const tellOf = (what) => all(`[data-news~="${what}"]`).forEach((element) => htmx.trigger(element, "news"));

  function count() {
    for (const fresh of summary.querySelectorAll("[data-counts-of]")) {
      const tab = document.getElementById(`tab-${fresh.dataset.countsOf}`);
      tab?.querySelector(".tabs__counts").replaceChildren(...fresh.cloneNode(true).childNodes);
      tab?.classList.toggle("tabs__link--empty", "empty" in fresh.dataset);
    }
  }

  // The bar of time, by the rule of webapp/runs/page/usual.py: evenly up to the end of what is usual, then ever slower.
  const AT_LIMIT = 0.8;
  let began = 0; // by the clock that nobody sets
  function place(seconds, end) {
    return seconds <= end ? (AT_LIMIT * seconds) / end : 1 - ((1 - AT_LIMIT) * end) / seconds;
  }
  function readClock() {
    const way = summary.querySelector("[data-elapsed]");
    if (way) began = performance.now() - 1000 * Number(way.dataset.elapsed);
  }
  function moveOn() {
    const way = summary.querySelector("[data-elapsed]");
    if (!way) return;
    const seconds = (performance.now() - began) / 1000;
    const slow = seconds > Number(way.dataset.limit ?? Infinity);
    way.querySelector(".way__done")?.setAttribute("width", Math.min(999, 1000 * place(seconds, Number(way.dataset.end))));
    way.querySelector(".way__slow").hidden = !slow;
    const bar = way.querySelector(".way__bar");
    bar?.classList.toggle("tone-wait", slow);
    bar?.classList.toggle("tone-busy", !slow);
  }

  // A notification when the run ends, for whoever asked for it; remembered while one goes from tab to tab.
  const button = document.getElementById("notify");
  const key = `notify ${button?.dataset.run}`;
  const { memory } = window.Jobdeck;
  const wanted = () => memory.get(key) !== null;
  const over = () => "over" in summary.dataset;
  function showWish() {
    if (!button) return;
    const possible = isSecureContext && "Notification" in window && Notification.permission !== "denied";
    button.hidden = over() || !possible;
    button.setAttribute("aria-pressed", String(wanted()));
  }
  async function wish() {
    if (wanted()) memory.remove(key);
    else if ((await Notification.requestPermission()) === "granted") memory.set(key, "");
    showWish();
  }
  function tellTheEnd() {
    if (!over() || !button || !wanted()) return;
    memory.remove(key);
    if (Notification.permission !== "granted") return;
    const said = new Notification(summary.dataset.title, { icon: summary.dataset.favicon, tag: key });
    said.onclick = () => window.focus();
  }
  button?.addEventListener("click", wish);

  // Copying what an element says.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not allowed here, or not there without https
      const field = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  }
  window.Jobdeck = { ...window.Jobdeck, copy };
  document.addEventListener("click", async ({ target }) => {
    const copies = target.closest?.("[data-copies]");
    if (!copies) return;
    await copy(document.querySelector(copies.dataset.copies).textContent);
    const said = copies.lastChild.textContent;
    if (copies.dataset.said) return;
    copies.dataset.said = said;
    copies.lastChild.textContent = " Copied";
    setTimeout(() => {
      copies.lastChild.textContent = said;
      delete copies.dataset.said;
    }, 2000);
  });

  function look() {
    if (summaryOf() === summary) return;
    summary = summaryOf();
    document.querySelector("link[rel='icon']").href = summary.dataset.favicon;
    readClock();
    count();
    showWish();
    tellTheEnd();
    tellNews();
  }
  function showCurrentTab() {
    const list = document.querySelector(".tabs--run .tabs__list");
    const tab = list.querySelector("[aria-current]");
    if (tab) list.scrollLeft = tab.offsetLeft - list.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
  }
  showCurrentTab();
  told = { ...summaryOf().dataset };
  look();
  moveOn();
  setInterval(moveOn, 1000);
  document.addEventListener("htmx:afterSettle", look);
})();
