// The hits of a search: the server names their lines; the way through them begins at the line that the reader is at.
"use strict";
(() => {
  const { log } = Jobdeck;
  const { section } = log;
  const search = document.getElementById("log-search");
  const told = () => section.querySelector("[data-hits]");
  const hits = () => (told()?.dataset.hits || "").split(" ").filter(Boolean).map(Number);

  // What is found while the run goes on comes with the lines in which it is.
  function takeNews() {
    const [bar, asking] = [told(), section.querySelector(".log__ask")];
    section.querySelectorAll(".log__found").forEach((news) => {
      news.remove();
      if (bar) add(bar, news.content.querySelector("[data-hits]"));
    });
    if (bar && asking) bar.dataset.of = Math.max(bar.dataset.of, asking.dataset.last);
  }
  function add(bar, { dataset, children }) {
    const [before, { hits: more, places, of }] = [bar.dataset.hits, dataset];
    if (places) bar.dataset.places = `${bar.dataset.places || before} ${places}`;
    Object.assign(bar.dataset, { hits: `${before} ${more}`.trim(), of });
    bar.ariaLive = "off"; // it is not said aloud with each line
    if (before) bar.firstElementChild.replaceWith(children[0]);
    else bar.replaceChildren(...children); // which had no ways to go
    tellPlace();
  }

  function show() {
    const found = new Set(hits());
    globalThis.CSS?.highlights?.delete("hit");
    const text = levelled(told()?.dataset.text ?? "");
    if (!found.size || !text) return;
    const ranges = [];
    section.querySelectorAll(".line").forEach((element) => {
      const hit = found.has(Number(element.id.slice(1)));
      element.classList.toggle("line--hit", hit);
      if (hit) ranges.push(...stretches(element.querySelector(".line__text")).flatMap((nodes) => places(nodes, text)));
    });
    globalThis.CSS?.highlights?.set("hit", new Highlight(...ranges));
  }
  // As long as it was, so that what is found in it is found at the same place.
  function levelled(text) {
    if (log.asked().has("case")) return text;
    const small = text.toLowerCase();
    return small.length === text.length ? small : Array.from(text, (letter) => level(letter)).join("");
  }
  function level(letter) {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }
  // The texts in an element, those together between which only a colour changes.
  function stretches(element) {
    const found = [];
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let last = null;
    while (walker.nextNode()) {
      const home = walker.currentNode.parentElement.closest(":not([class^='ansi-'])");
      if (home !== last) found.push([]);
      found.at(-1).push(walker.currentNode);
      last = home;
    }
    return found;
  }
  function places(nodes, text) {
    const content = levelled(nodes.map((node) => node.data).join(""));
    const found = [];
    for (let at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + text.length)) {
      const range = new Range();
      range.setStart(...placeIn(nodes, at));
      range.setEnd(...placeIn(nodes, at + text.length));
      found.push(range);
    }
    return found;
  }
  function placeIn(nodes, at) {
    for (const node of nodes) {
      if (at <= node.length) return [node, at];
      at -= node.length;
    }
    return [nodes.at(-1), nodes.at(-1).length];
  }

  async function goToHit(step, here = log.current()) {
    const all = hits();
    if (!all.length) return;
    await visit(step > 0 ? all.find((seq) => seq > here) ?? all[0] : all.findLast((seq) => seq < here) ?? all.at(-1));
  }
  let visited = 0; // the line of the hit that the reader has gone to
  async function visit(seq) {
    await log.goTo(seq);
    log.name(seq);
    told().ariaLive = "polite";
    visited = seq;
    tellPlace();
  }
  function tellPlace() {
    const all = hits();
    if (all.includes(visited)) section.querySelector(".log__hit-place").textContent = `${all.indexOf(visited) + 1} of ${all.length}`;
  }
  search.addEventListener("keydown", (event) => {
    const text = log.asked().get("q");
    if (event.key !== "Enter" || !text || search.value.trim() !== text) return;
    event.preventDefault();
    goToHit(event.shiftKey ? -1 : 1);
  });
  section.addEventListener("click", (event) => {
    const hit = event.target.closest("[data-hit]");
    if (!hit || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    goToHit(Number(hit.dataset.hit));
  });
  section.addEventListener("log:lines", ({ detail }) => {
    if (detail.anew) visited = 0;
    takeNews();
    show();
  });

  Object.assign(log, { hits, goToHit, visit });
})();
