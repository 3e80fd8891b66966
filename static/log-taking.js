// Taking a log along: its files as the log is narrowed, and what is copied of it: the lines that the address names, or all.
"use strict";
(() => {
  const { log } = Jobdeck;
  const { section } = log;
  const LAST = 2 ** 31 - 1;
  const LONG = 60000; // milliseconds

  function narrowFiles() {
    const said = log.asked();
    if (!said.has("only")) ["q", "case"].forEach((field) => said.delete(field));
    const wanted = ["level", "q", "case"].filter((field) => said.get(field)).map((field) => [field, said.get(field)]);
    section.querySelectorAll("a[download]").forEach((link) => { link.search = new URLSearchParams(wanted); });
  }

  function link() {
    const address = new URL(location.href);
    if (!log.named()) address.hash = "";
    return address.href;
  }
  // The text of the lines that are named, or of all; null, and the reader is told, if it does not come.
  async function text() {
    const [first, last] = log.named() || [1, LAST];
    const said = new URL(section.querySelector("a[href*='/log.txt']").href).searchParams;
    said.set("first", first);
    said.set("last", last);
    const answer = await log.ask("log.txt", said, LONG);
    if (answer.ok) return answer.text;
    log.say("The server has not answered: try again");
    return null;
  }
  async function copyText() {
    const lines = await text();
    if (lines === null) return;
    await Jobdeck.copy(lines);
    log.say(log.named() ? "The lines are copied" : "The log is copied");
  }
  // Lines as Markdown quotes them, and where they are from.
  async function copyQuote() {
    if (!log.named()) {
      log.say("Choose lines first: click a line's number, then another one with Shift");
      return;
    }
    const lines = await text();
    if (lines === null) return;
    const quoted = lines.trimEnd().replaceAll(/^/gm, "> ");
    await Jobdeck.copy(`${quoted}\n\n${section.dataset.title}: ${link()}\n`);
    log.say("The lines are copied as a quote");
  }
  async function copyLink() {
    await Jobdeck.copy(link());
    log.say(log.named() ? "The link to the lines is copied" : "The link is copied");
  }

  // Lines that are selected are copied as their text is; of one line that is not selected from its time on, the words of
  // its message alone: the first stands so close to the level that a double click selects this as well.
  function selected() {
    const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : new Range();
    if (!log.list().contains(range.commonAncestorContainer)) return "";
    const lines = [...section.querySelectorAll(".line")].filter((line) => part(range, line, line.querySelector("time")));
    if (lines.length !== 1) return lines.map(written).join("");
    const [time, text] = ["time", ".line__text"].map((which) => lines[0].querySelector(which));
    if (text.contains(range.commonAncestorContainer)) return "";
    const words = part(range, text, text.firstChild);
    return words && part(range, lines[0], time).startsWith(time.textContent) ? written(lines[0]) : words;
  }
  // What is selected of an element, from something in it on: a selection may end where the next line begins.
  function part(range, element, first) {
    if (!range.intersectsNode(element)) return "";
    const [whole, found] = [new Range(), range.cloneRange()];
    whole.selectNodeContents(element);
    if (first) whole.setStartBefore(first);
    if (found.compareBoundaryPoints(Range.START_TO_START, whole) < 0) found.setStart(whole.startContainer, whole.startOffset);
    if (found.compareBoundaryPoints(Range.END_TO_END, whole) > 0) found.setEnd(whole.endContainer, whole.endOffset);
    return found.toString();
  }
  function written(line) {
    const text = line.querySelector(".line__text").cloneNode(true);
    const drop = (which) => text.querySelectorAll(which).forEach((each) => each.remove());
    // What is told of a traceback stands in it as well.
    text.querySelectorAll(".traceback__place, .traceback__code").forEach(({ previousSibling: gap }) => {
      if (gap?.data === "\n") gap.remove();
    });
    drop(".traceback__error, .traceback__place, .traceback__code, .traceback > summary, .line__rest, .line__length, .line__count");
    text.querySelectorAll(".line__object").forEach((object) => { object.textContent = `[${object.textContent}]`; });
    const isGrouped = Boolean(text.querySelector(".line__group"));
    drop(".line__group");
    const message = text.textContent.slice(Number(isGrouped)).trimEnd().replaceAll("\n", "\n    ");
    return `${line.querySelector("time").dateTime} ${line.querySelector(".line__level").textContent.padEnd(8)} ${message}\n`;
  }
  document.addEventListener("copy", (event) => {
    const text = selected();
    if (!text) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", text);
  });

  const COPIES = { link: copyLink, text: copyText, quote: copyQuote };
  section.addEventListener("click", (event) => {
    const copies = event.target.closest("[data-copy]");
    if (!copies) return;
    const menu = copies.closest("details");
    menu.open = false;
    menu.querySelector("summary").focus();
    COPIES[copies.dataset.copy]();
  });
  section.addEventListener("log:lines", narrowFiles);

  Object.assign(log, { copyLink });
})();
