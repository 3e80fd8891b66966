// The lines of a log: the address names one, or a range of them; ways to a line, and to the next one that warns.
"use strict";
(() => {
  const HELD_FOR = 3000; // milliseconds, at most
  const LOADED = 1000; // lines of a range, at most, that are there at once
  const { log } = Jobdeck;
  const { section, page, line } = log;

  function named() {
    const found = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash);
    return found && [Number(found[1]), Number(found[2] || found[1])].sort((one, other) => one - other);
  }
  function mark() {
    section.querySelectorAll(".line--marked").forEach((element) => element.classList.remove("line--marked"));
    const [first, last] = named() || [1, 0];
    for (let seq = first; seq <= Math.min(last, first + log.MOST_LINES); seq += 1) line(seq)?.classList.add("line--marked");
  }
  // The server shows all lines of a range, whatever is left out otherwise, and opens the groups in which they stand.
  function around(first, last, said) {
    said.set("at", first);
    if (last === first) said.delete("to");
    else said.set("to", last);
    return said;
  }
  function address(first, last) {
    const said = around(first, first, new URLSearchParams(location.search));
    return `${page}?${said}#L${first}${last === first ? "" : `-L${last}`}`;
  }
  function name(first, last = first) {
    history.replaceState(null, "", address(first, last));
    mark();
  }
  async function goTo(first, last = first) {
    const near = Math.min(last, first + LOADED);
    const isMissing = () => Array.from({ length: near - first + 1 }, (_, n) => first + n).some((seq) => !line(seq));
    log.setFollowing(false);
    if (isMissing()) await log.loadLines(first, near);
    if (isMissing()) await log.view(around(first, last, log.asked()), address(first, last));
    holdLine(first);
  }

  // What was gone to stays in sight until the reader moves: around it blocks come, and are of another height.
  let bring; // brings it back into sight, as long as it is held
  let lettingGo;
  function letGo() {
    bring = undefined;
    clearTimeout(lettingGo);
  }
  function hold(anew) {
    letGo();
    bring = anew;
    lettingGo = setTimeout(letGo, HELD_FOR);
    bringBack();
  }
  function bringBack() {
    bring?.();
    requestAnimationFrame(() => bring?.()); // what is laid out only now is of another height
  }
  const holdLine = (seq) => hold(() => line(seq)?.scrollIntoView({ block: "center" }));
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    addEventListener(kind, letGo, { passive: true, capture: true });

  function firstInSight() {
    const top = document.elementsFromPoint(innerWidth / 2, innerHeight / 3).find((element) => element.matches(".line"));
    return Number(top?.id.slice(1) || 0);
  }
  const current = () => named()?.[0] ?? firstInSight();
  async function goToSign(where) {
    const answer = await log.ask("log/next", new URLSearchParams({ [where]: current() }));
    if (!answer.ok) {
      log.say("The server has not answered: try again");
      return;
    }
    const { seq } = JSON.parse(answer.text);
    if (!seq) {
      log.say(where === "after" ? "No warning or error below" : "No warning or error above");
      return;
    }
    await goTo(seq);
    name(seq);
  }

  let anchor = 0; // where a range begins
  section.addEventListener("click", (event) => {
    const number = event.target.closest(".line__number");
    if (!number || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const seq = Number(number.textContent);
    log.setFollowing(false);
    if (event.shiftKey && anchor) name(Math.min(anchor, seq), Math.max(anchor, seq));
    else name((anchor = seq));
  });
  addEventListener("hashchange", () => {
    mark();
    if (named()) goTo(...named());
  });
  section.addEventListener("log:lines", () => {
    mark();
    bringBack();
  });
  section.addEventListener("contentvisibilityautostatechange", bringBack); // heights are known only then

  Object.assign(log, { named, name, around, goTo, hold, holdLine, current, goToSign });
})();
