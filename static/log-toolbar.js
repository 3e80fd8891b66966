// The toolbar of a log, and its keys; it comes last, and begins once the page is there.
"use strict";
(() => {
  const { key, log, memory } = Jobdeck;
  const { section } = log;
  const search = document.getElementById("log-search");
  const wrap = document.getElementById("log-wrap");

  // How long lines are shown is remembered.
  function setWrap() {
    section.classList.toggle("log--unwrapped", !wrap.checked);
    memory.set("log-wrap", wrap.checked ? "yes" : "no");
  }
  wrap.checked = memory.get("log-wrap") !== "no";
  wrap.addEventListener("change", setWrap);

  // What is not chosen is not said in the address, and whoever changes how lines look stays at their line.
  let stay = 0;
  let searched = false;
  let naming = null; // the lines that the address goes on naming
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.elt.matches(".log__settings")) return;
    [...detail.formData].forEach(([field, value]) => { if (!value) detail.formData.delete(field); });
    const asked = log.asked();
    searched = search.value.trim() !== (asked.get("q") || "") || (asked.has("q") && detail.triggeringEvent?.target.name === "case");
    const allTurned = detail.triggeringEvent?.target.id === "log-folds";
    for (const field of ["open", "close"])
      if (asked.has(field) && !allTurned) detail.formData.set(field, asked.get(field));
    stay = !searched && !log.follows() && scrollY > section.offsetTop ? log.current() : 0;
    if (stay) detail.formData.set("at", stay);
    naming = searched || (allTurned && !stay) ? null : log.named();
    if (naming) log.around(...naming, detail.formData);
  });
  section.addEventListener("log:lines", async ({ detail }) => {
    if (!detail.anew) return;
    const [here, first] = [stay, searched];
    [stay, searched] = [0, false];
    if (naming) log.name(...naming);
    naming = null;
    if (first && log.hits().length) await log.goToHit(1, 0);
    else if (here) log.holdLine(here);
  });

  function toTheTop() {
    log.setFollowing(false);
    scrollTo(0, 0);
  }
  function pick(id) {
    const select = document.getElementById(id);
    select.selectedIndex = (select.selectedIndex + 1) % select.length;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function toggle(box) {
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  key("n", "Next warning or error", () => log.goToSign("after"));
  key("p", "Warning or error before", () => log.goToSign("before"));
  key("g", "Top of the page", toTheTop);
  key("G", "End of the log", () => (log.mayFollow() ? log.setFollowing(true) : log.hold(log.showEnd)));
  key("f", "Follow, or let go", () => log.setFollowing(!log.follows()), { when: log.mayFollow });
  key("e", "Open or fold all groups", log.turnAll, { when: log.mayFold });
  key("t", "Another time beside the lines", () => pick("log-time"));
  key("w", "Wrap long lines, or not", () => toggle(wrap));
  key("y", "Copy the link to the line", log.copyLink);

  document.addEventListener("DOMContentLoaded", async () => {
    setWrap();
    if (log.mayFollow() && !log.named()) log.toTheEnd();
    await log.recall();
    if (log.named()) log.goTo(...log.named());
  });
})();
