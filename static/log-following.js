// Following a log: the newest line stays in sight until the reader goes up; then the page says how many there are below.
"use strict";
(() => {
  const AT_THE_END = 80; // pixels within which the reader counts as being there
  const { log } = Jobdeck;
  const root = document.documentElement;
  const follow = document.getElementById("log-follow"); // not there if the run was over when the page was loaded
  const fresh = document.getElementById("log-new");
  let lastY = scrollY;
  const lastOf = (block) => Number(block.dataset.last);
  const newest = () => [...log.list().querySelectorAll(".log__block")].reverse();
  let seen = Number(log.section.querySelector(".log__ask")?.dataset.last ?? 0); // lines up to this one are not new

  const isAtTheEnd = () => innerHeight + scrollY >= root.scrollHeight - AT_THE_END;
  function showEnd() {
    scrollTo(0, root.scrollHeight);
    seen = Math.max(seen, ...newest().slice(0, 1).map(lastOf));
    fresh.hidden = true;
  }
  function toTheEnd() {
    showEnd();
    requestAnimationFrame(() => scrollTo(0, root.scrollHeight)); // what is laid out only now is of another height
  }
  function setFollowing(on) {
    if (!follow) return;
    follow.checked = on && log.goesOn();
    if (on) toTheEnd();
  }
  const unseenIn = (block) => [...block.querySelectorAll(".line")].filter(({ id }) => Number(id.slice(1)) > seen);
  const countIn = (block) => (block.dataset.count ? Math.min(block.dataset.count, lastOf(block) - seen) : unseenIn(block).length);
  // What is in sight, or further up, is seen; how many of the others there are.
  function tellNew() {
    const blocks = newest().filter((block) => lastOf(block) > seen);
    const near = blocks.find((block) => block.getBoundingClientRect().top < innerHeight);
    const last = near && unseenIn(near).findLast((line) => line.getBoundingClientRect().top < innerHeight);
    if (near) seen = last ? Number(last.id.slice(1)) : Math.max(seen, near.dataset.first - 1);
    const count = blocks.filter((block) => lastOf(block) > seen).reduce((sum, block) => sum + countIn(block), 0);
    fresh.hidden = count === 0;
    fresh.querySelector("span").textContent = `${count.toLocaleString("en")} new ${count === 1 ? "line" : "lines"}`;
  }
  // A box that does nothing any more says so; it does not go away from under whoever is at it.
  function tellTheEnd() {
    follow.checked = false;
    follow.disabled = true;
    document.getElementById("log-follow-over").hidden = false;
  }
  function keepUp() {
    if (!follow) return;
    if (follow.checked) toTheEnd();
    if (!log.goesOn()) tellTheEnd();
    tellNew();
  }
  function keepLooking() {
    if (!fresh.hidden) tellNew();
  }
  addEventListener("scroll", () => {
    if (follow?.checked && scrollY < lastY && !isAtTheEnd()) setFollowing(false);
    else if (follow && !follow.checked && scrollY > lastY && isAtTheEnd()) setFollowing(true);
    keepLooking();
    lastY = scrollY;
  }, { passive: true });
  follow?.addEventListener("change", () => setFollowing(follow.checked));
  fresh.addEventListener("click", () => setFollowing(true));
  addEventListener("resize", keepLooking);
  log.section.addEventListener("contentvisibilityautostatechange", keepLooking); // heights are known only then
  log.section.addEventListener("log:lines", keepUp);

  Object.assign(log, {
    setFollowing,
    showEnd,
    toTheEnd,
    follows: () => Boolean(follow?.checked),
    mayFollow: () => Boolean(follow) && log.goesOn(),
  });
})();
