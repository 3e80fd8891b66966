// The log of a run: what its scripts, static/log-*.js, share. It comes first; each of the others adds what it can do.
//
//   Jobdeck.log.ask(place, said)       asks the page of the run for something; said are the arguments of the address
//   Jobdeck.log.view(said, shown)      shows the log as said asks for it, and shown in the address bar, if it is given
//   Jobdeck.log.say(text)              tells the reader, on the page and aloud
//   log.section, "log:lines"           an event: lines have come or gone; its detail says whether all of them are new
"use strict";
(() => {
  const section = document.getElementById("log");
  const page = section.dataset.page;
  const headers = {}; // of all that is asked for
  const goesOn = () => Boolean(section.querySelector(".log__ask"));
  // What the log is asked for besides a place: as the server has understood it, with the groups that it has opened.
  const asked = () => new URLSearchParams(document.getElementById("log-view").dataset.asked);

  const PATIENCE = 5000; // milliseconds
  const SAID_FOR = 4000;
  let forgetting;
  function say(text) {
    const said = document.getElementById("log-said");
    document.getElementById("announcement").textContent = text;
    said.textContent = text;
    said.hidden = false;
    clearTimeout(forgetting);
    forgetting = setTimeout(() => { said.hidden = true; }, SAID_FOR);
  }

  // The answer to a question of our own, whole: { ok, status, text }. Its `ok` is false if there is none within
  // milliseconds, or it is not the one that was asked for.
  async function ask(place, said, milliseconds = PATIENCE) {
    const options = { headers: { "HX-Request": "true", ...headers }, signal: AbortSignal.timeout(milliseconds) };
    try {
      const answer = await fetch(`${page}/${place}?${said}`, options);
      if (answer.redirected) return { ok: false, status: 401 };
      return { ok: answer.ok, status: answer.status, text: await answer.text() };
    } catch {
      return { ok: false, status: 503 };
    }
  }

  // Whether the log is now shown like that. The summary comes along: the run may have ended since it was asked for.
  async function view(said, shown) {
    const place = { source: section, target: "#log-view", select: "#log-view", swap: "outerHTML" };
    try {
      await htmx.ajax("GET", `${page}?${said}`, place);
    } catch {
      say("The server has not answered: try again");
      return false;
    }
    if (shown) history.replaceState(null, "", shown);
    tell();
    return true;
  }
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (section.contains(detail.target)) Object.assign(detail.headers, headers);
  });

  // Since the event before: whether all lines are new.
  const tell = (anew = false) => section.dispatchEvent(new CustomEvent("log:lines", { detail: { anew } }));
  let swapped = false; // htmx tells of each new element by itself; what follows from them all is done once
  document.addEventListener("htmx:beforeSwap", () => { swapped = true; });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!swapped) return;
    swapped = false;
    tell(detail.target?.id === "log-view" || detail.elt?.id === "log-view");
  });
  document.addEventListener("DOMContentLoaded", () => tell());

  Jobdeck.log = {
    section, page, headers, goesOn, asked, say, ask, view, tell,
    list: () => section.querySelector(".log"),
    line: (seq) => document.getElementById(`L${seq}`),
  };
})();
