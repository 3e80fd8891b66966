// Where in the log the hits of a search are: a strip at the right edge, the whole log from top to bottom.
"use strict";
(() => {
  const MARKS = 200; // at most; hits that stand closer share one
  const { log } = Jobdeck;
  const { section } = log;
  const strip = document.createElement("div");
  strip.className = "log__minimap";
  strip.setAttribute("aria-hidden", "true"); // "Next" and "Previous" do the same
  strip.hidden = true;
  section.append(strip);

  let drawn; // the element that tells of the hits
  let shown; // what of them the strip shows
  const told = () => section.querySelector("[data-hits]");
  // Of more hits than are named, the first one in each part of the log.
  const places = ({ dataset }) => (dataset.places || dataset.hits).split(" ").filter(Boolean).map(Number);
  function draw() {
    drawn = told();
    const wanted = JSON.stringify({ ...drawn?.dataset });
    if (wanted === shown) return;
    shown = wanted;
    const found = drawn ? places(drawn) : [];
    strip.hidden = !found.length;
    const parts = new Set(found.map((seq) => Math.floor((seq * MARKS) / (Number(drawn.dataset.of) + 1))));
    strip.replaceChildren(...[...parts].map(mark));
  }
  function mark(part) {
    const element = document.createElement("i");
    element.style.top = `${(100 * part) / MARKS}%`;
    return element;
  }
  strip.addEventListener("click", (event) => {
    const { top, height } = strip.getBoundingClientRect();
    const wanted = ((event.clientY - top) / height) * Number(drawn.dataset.of);
    const distance = (seq) => Math.abs(seq - wanted);
    log.visit(places(drawn).reduce((best, seq) => (distance(seq) < distance(best) ? seq : best)));
  });
  section.addEventListener("log:lines", draw);
})();
