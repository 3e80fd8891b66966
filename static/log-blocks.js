// The blocks of a log: what is far away is a space of about its height, which is filled when the reader comes near.
"use strict";
(() => {
  const MOST_LINES = 10000; // that the page holds at once
  const MOST_WHILE_LIVE = 1000; // as those that have gone cost memory as well, until the browser clears up
  const LINE_HEIGHT = 21.5; // pixels, about, of a line that is not there yet
  const NEAR = 1200; // pixels above and below the window
  const PATIENCE = 2000; // milliseconds before the server is asked again that did not answer
  const TOGETHER = 100; // lines up to which small blocks are joined: not more than the server gives one, which stays alone
  const { log } = Jobdeck;
  const { section } = log;

  const near = new Set(); // the blocks that the reader is near to, and that nobody has asked for since
  const away = new IntersectionObserver((entries) => {
    entries.forEach(({ target, isIntersecting }) => (isIntersecting ? near.add(target) : near.delete(target)));
    loadNear();
  }, { rootMargin: `${NEAR}px 0px` });
  // An observer tells only of changes. Begun anew, it tells how things are.
  function lookAgain(block) {
    away.unobserve(block);
    away.observe(block);
  }
  function space(first, last, count, height = count * LINE_HEIGHT) {
    const block = document.createElement("div");
    block.className = "log__block log__block--away";
    Object.assign(block.dataset, { first, last, count });
    block.style.height = `${height}px`;
    away.observe(block);
    return block;
  }
  function expand(gap) {
    const blocks = gap.dataset.blocks.trim().split(" ").map((text) => text.split(",").map(Number));
    gap.replaceWith(...blocks.map((block) => space(...block)));
  }

  // What is in front of the reader comes first, and alone: to lay out a block takes longer than to ask for it. What he
  // has passed by meanwhile is not asked for at all.
  let isLoading = false;
  async function loadNear() {
    if (isLoading) return;
    isLoading = true;
    try {
      while (near.size) await loadIfThere(takeNearest());
    } finally {
      isLoading = false;
    }
  }
  function distance(block) {
    const { top, bottom } = block.getBoundingClientRect();
    return Math.max(top - innerHeight / 2, innerHeight / 2 - bottom);
  }
  function takeNearest() {
    const [[, nearest]] = [...near].map((block) => [distance(block), block]).sort(([one], [other]) => one - other);
    near.delete(nearest);
    return nearest;
  }

  const loadIfThere = (block) => (block.isConnected ? load(block) : undefined);

  const wanted = new Map(); // the requests for blocks that are under way
  function load(block) {
    near.delete(block);
    if (!wanted.has(block)) wanted.set(block, fetchInto(block).finally(() => wanted.delete(block)));
    return wanted.get(block);
  }
  async function fetchInto(block) {
    const said = log.asked();
    const [at, to] = log.named() ?? [];
    if (at) log.around(at, to, said);
    said.set("first", block.dataset.first);
    said.set("last", block.dataset.last);
    const answer = await log.ask("log/lines", said);
    const parsed = document.createElement("template");
    if (answer.ok) parsed.innerHTML = answer.text;
    const lines = parsed.content.querySelector("ol.log__block");
    if (!lines) {
      if (answer.status >= 500) setTimeout(lookAgain, PATIENCE, block);
      return;
    }
    if (Number(lines.dataset.last) < Number(block.dataset.last)) block.before(lines);
    else block.replaceWith(lines);
    if (block.isConnected) {
      block.dataset.first = Number(lines.dataset.last) + 1;
      block.dataset.count = Math.max(1, block.dataset.count - lines.childElementCount);
      lookAgain(block);
    }
    htmx.process(lines);
    log.tell();
  }
  function loadLines(first, last) {
    const holds = (block) => Number(block.dataset.first) <= last && first <= Number(block.dataset.last);
    return Promise.all([...log.list().querySelectorAll(".log__block--away")].filter(holds).map(load));
  }

  const isInUse = (block) => getSelection().containsNode(block, true) || block.contains(document.activeElement);
  function dropFarBlocks() {
    const blocks = [...log.list().querySelectorAll("ol.log__block")];
    let lines = blocks.reduce((sum, block) => sum + block.childElementCount, 0);
    const most = log.goesOn() ? MOST_WHILE_LIVE : MOST_LINES;
    if (lines <= most) return;
    const far = (block) => Math.abs(block.getBoundingClientRect().top - innerHeight / 2);
    const byDistance = blocks.map((block) => [far(block), block]).sort(([one], [other]) => other - one);
    for (const [, block] of byDistance) {
      if (lines <= most * 0.9) return;
      if (isInUse(block)) continue;
      lines -= block.childElementCount;
      block.replaceWith(space(block.dataset.first, block.dataset.last, block.childElementCount, block.offsetHeight));
    }
  }

  // What comes while the run goes on is put together with what came before, into blocks that are not too small.
  function joinNews() {
    const last = [...log.list().querySelectorAll("ol.log__block")].slice(-8);
    last.forEach((block) => {
      const before = block.previousElementSibling;
      if (!before?.matches("ol.log__block") || isInUse(block)) return;
      if (before.childElementCount + block.childElementCount > TOGETHER) return;
      before.append(...block.children);
      before.dataset.last = block.dataset.last;
      block.remove();
    });
  }
  // What is known of a group once it is over goes to its heading, which came before.
  function tellEnds() {
    section.querySelectorAll(".log__ended").forEach((end) => {
      const text = log.line(end.dataset.for)?.querySelector(".line__text");
      if (text && !text.querySelector(".line__length")) text.append(...end.childNodes);
      end.remove();
    });
  }

  section.addEventListener("log:lines", () => {
    section.querySelectorAll(".log__gap").forEach(expand);
    tellEnds();
    joinNews();
    dropFarBlocks();
  });
  Object.assign(log, { loadLines, MOST_LINES });
})();
