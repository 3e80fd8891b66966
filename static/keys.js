// Single keys: what one press of a key does on this page, and the dialog that tells. Loaded with every page.
//
// In HTML:
//   data-key="r" data-key-help="Run again"   of a link, a button or a summary: the key clicks it, with data-key-focus
//                                            it only goes there, as it does for anything else. Of several, the last
//                                            one that is to be seen counts.
//   data-list-keys                           around rows, each with data-list-row, or whatever else its value selects:
//                                            j and k go down and up, o opens, x ticks. The row that has the focus is the
//                                            current one; the focus goes to its [data-list-link], else to its first link.
//                                            Where rows are swapped, that link needs an id, so that htmx finds it again.
//   data-row-key="c" data-key-help="Cancel"  in such a row: the key clicks it while the row is the current one.
// In scripts, those with `defer` among them:
//   Jobdeck.key("f", "Follow", act)          the key calls act(event); it comes before what the HTML says of the key. A
//                                            fourth argument, { repeats: true }, lets it go on while the key is down;
//                                            { when: () => … } says whether the key does something now.
// A key is what KeyboardEvent.key says: "G" is g with Shift. Without data-key-help the dialog does not tell of it.
// Nothing happens while somebody types, with Ctrl, Alt or Meta, while a dialog is open, and where <body data-keys="off">
// says that this reader wants no single keys.
"use strict";
(() => {
  const TEXT = "textarea, select, input:not([type='checkbox'], [type='radio'], [type='button'], [type='submit'], [type='reset'])";
  const CLICKED = "a, button, summary, input[type='checkbox']";
  const own = new Map();
  let last; // the row that was current last, and where it stood
  let lastAt = -1;

  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches(":disabled");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(seen);
  const named = (attribute, key, within) => all(`[${attribute}]`, within).findLast((each) => each.getAttribute(attribute) === key);
  const typing = (target) => target.isContentEditable || target.matches(TEXT);
  const off = () => document.body.dataset.keys === "off";

  function use(element) {
    if (element.matches(CLICKED) && !("keyFocus" in element.dataset)) element.click();
    else element.focus();
  }

  // Lists.
  const rowsOf = (list) => list.dataset.listKeys || "[data-list-row]";
  const rows = () => [...document.querySelectorAll("[data-list-keys]")].flatMap((list) => all(rowsOf(list), list));
  function current() {
    const list = document.activeElement.closest("[data-list-keys]");
    return list && document.activeElement.closest(rowsOf(list));
  }
  const linkOf = (row) => row?.querySelector("[data-list-link]") ?? row?.querySelector("a[href]");
  const boxOf = (row) => row?.querySelector("input[type='checkbox']:not(:disabled)");
  function go(by) {
    const there = rows();
    const here = there.indexOf(current() ?? last);
    const next = here < 0 ? Math.max(0, lastAt) : here + by;
    lastAt = Math.min(there.length - 1, Math.max(0, next));
    last = there[lastAt];
    linkOf(last)?.focus({ preventScroll: true });
    last.scrollIntoView({ block: "nearest" });
  }
  const OF_LISTS = [
    { key: "j", help: "Next row", repeats: true, when: () => rows().length, act: () => go(1) },
    { key: "k", help: "Row before", repeats: true, when: () => rows().length, act: () => go(-1) },
    { key: "o", help: "Open the row", when: () => linkOf(current()), act: () => linkOf(current()).click() },
    { key: "x", help: "Tick the row", when: () => boxOf(current()), act: () => boxOf(current()).click() },
  ];

  const EVERYWHERE = [{ key: "?", help: "Show the keys of this page", act: () => tell() }];

  // What a key does, if it does something now.
  function found(key) {
    const told = [own.get(key), ...OF_LISTS, ...EVERYWHERE].find((each) => each?.key === key && (each.when?.() ?? true));
    if (told) return told;
    const row = current();
    const element = (row && named("data-row-key", key, row)) ?? named("data-key", key);
    return element && { act: () => use(element) };
  }

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (off() || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(target instanceof Element) || typing(target) || document.querySelector("dialog[open]")) return;
    const what = found(key);
    if (!what) return;
    event.preventDefault();
    if (!event.repeat || what.repeats) what.act(event);
  });

  // The dialog.
  function told(pairs) {
    const lines = new Map();
    for (const [key, help] of pairs) if (help && !lines.has(key)) lines.set(key, help);
    return [...lines];
  }
  function section(title, pairs) {
    if (!pairs.length) return [];
    const heading = Object.assign(document.createElement("h3"), { textContent: title });
    const list = document.createElement("dl");
    for (const [key, help] of pairs) {
      const term = document.createElement("dt");
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      list.append(term, Object.assign(document.createElement("dd"), { textContent: help }));
    }
    return [heading, list];
  }
  const helps = (attribute, within) =>
    all(`[${attribute}]`, within).map((each) => [each.getAttribute(attribute), each.dataset.keyHelp]);
  function ofThisPage() {
    const scripts = [...own.values()].filter((each) => each.when?.() ?? true).map(({ key, help }) => [key, help]);
    return told([...scripts, ...helps("data-key").reverse()]).sort(([one], [other]) => one.localeCompare(other));
  }
  function ofLists() {
    if (!rows().length) return [];
    const ticks = rows().some(boxOf);
    const usual = OF_LISTS.filter(({ key }) => key !== "x" || ticks).map(({ key, help }) => [key, help]);
    return told([...usual, ...rows().flatMap((row) => helps("data-row-key", row))]);
  }
  function tell() {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    dialog.classList.toggle("keys--off", off());
    const everywhere = told(EVERYWHERE.map(({ key, help }) => [key, help]));
    dialog.querySelector("[data-keys-list]").replaceChildren(
      ...section("This page", ofThisPage()),
      ...section("Lists", ofLists()),
      ...section("Everywhere", everywhere),
    );
    dialog.showModal();
  }
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element)) return;
    if (target.closest("[data-keys-open]")) tell();
    else if (target.matches("#keys") || target.closest("[data-keys-close]")) document.getElementById("keys").close();
  });

  window.Jobdeck = {
    ...window.Jobdeck,
    key(key, help, act, { repeats = false, when } = {}) {
      own.set(key, { key, help, act, repeats, when });
    },
  };
})();
