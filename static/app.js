// What pages do beyond links, forms and htmx. Loaded before the first paint, so that the chosen colours do not flash.
"use strict";
(() => {
  const SENT_BY_KEY = "form[data-send='ctrl-enter']";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const all = (selector) => document.querySelectorAll(selector);
  const live = (event) => event.detail.elt?.matches("[data-live]");

  // What the browser remembers of its reader; where that is forbidden, or full, the page does while it is open.
  const unkept = new Map();
  const memory = {
    get(name) {
      try {
        return unkept.get(name) ?? localStorage.getItem(name);
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(name, value);
        unkept.delete(name);
      } catch {
        unkept.set(name, value);
      }
    },
    remove(name) {
      unkept.delete(name);
      try {
        localStorage.removeItem(name);
      } catch { /* there is nothing to forget */ }
    },
  };
  window.Jobdeck = { ...window.Jobdeck, memory };

  // Colours: light, dark or auto, which follows the system.
  function paint() {
    const wish = memory.get("theme") || "auto";
    root.dataset.bsTheme = wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
    all("[data-theme]").forEach((button) => button.setAttribute("aria-pressed", button.dataset.theme === wish));
  }
  root.classList.add("script");
  // The zone in which forms show moments, and read them.
  document.cookie = `zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; max-age=31536000; samesite=lax`;
  paint();
  dark.addEventListener("change", paint);
  addEventListener("storage", paint);

  // Lengths of time, written as the server writes them.
  function rough(seconds) {
    if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
    return seconds < 86400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
  }
  function length(seconds) {
    const [s, m, h] = [Math.floor(seconds), Math.floor(seconds / 60), Math.floor(seconds / 3600)];
    const two = (number) => String(number).padStart(2, "0");
    if (s < 60) return `${s} s`;
    if (m < 60) return `${m} m ${two(s % 60)} s`;
    return h < 24 ? `${h} h ${two(m % 60)} m` : `${Math.floor(h / 24)} d ${h % 24} h`;
  }
  let ahead = 0; // this clock before the server's, in milliseconds
  function readServerClock() {
    all("[data-now]").forEach((element) => {
      ahead = Date.now() - Date.parse(element.dataset.now);
      delete element.dataset.now; // it was now only once
    });
  }
  function countUp() {
    all("[data-started]").forEach((element) => {
      element.textContent = length(Math.max(0, (Date.now() - ahead - Date.parse(element.dataset.started)) / 1000));
    });
  }
  function countDown() {
    all("time[data-until]").forEach((element) => {
      const left = Math.ceil((Date.parse(element.dateTime) - Date.now() + ahead) / 1000);
      element.textContent = left > 0 ? `in ${length(left)}` : "now";
    });
  }
  function age() {
    all("time[data-ago]").forEach((element) => {
      const seconds = (Date.now() - ahead - Date.parse(element.dateTime)) / 1000;
      if (seconds >= 45 && seconds < 7 * 86400) element.textContent = `${rough(seconds)} ago`;
    });
  }

  // What the page says about itself after it changed: in its title, and aloud, once.
  function tell() {
    const teller = document.querySelector("[data-announcement]");
    if (!teller) return;
    const inside = document.querySelector("[data-title-begins]")?.dataset.titleBegins; // a part of what it tells of
    const title = [inside, teller.dataset.title].filter(Boolean).join(" · ");
    if (title) document.title = `${title} · Jobdeck`;
    const announcement = document.getElementById("announcement");
    if (announcement.textContent !== teller.dataset.announcement) announcement.textContent = teller.dataset.announcement;
    // What turns goes on turning where its predecessor was.
    teller.getAnimations({ subtree: true }).forEach((animation) => { animation.startTime = 0; });
  }

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    readServerClock();
    tell();
    document.querySelector("[data-focus]")?.focus();
    countDown();
    setInterval(countUp, 1000);
    setInterval(countDown, 1000);
    setInterval(age, 30000);
  });

  document.addEventListener("click", ({ target }) => {
    const theme = target.closest("[data-theme]:not(html)");
    if (theme) {
      memory.set("theme", theme.dataset.theme);
      paint();
    }
    const dismiss = target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();
    all("details[data-menu][open]").forEach((menu) => { menu.open = menu.contains(target); });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      all("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const own = event.target.closest("form, dialog, a, button, summary");
      const form = own ? own.closest(SENT_BY_KEY) : document.querySelector(SENT_BY_KEY);
      form?.querySelector("[type='submit']").click(); // unless it is disabled
    }
  });

  // A form that starts something is sent once, however often the button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // Whoever has typed something is asked before the page goes.
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-guard]");
    if (form) form.dataset.touched = "";
  });
  addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-guard][data-touched]:not([data-sent])")) event.preventDefault();
  });
  addEventListener("pageshow", () => all("[data-once]").forEach((form) => delete form.dataset.sent));

  // What is live: gentler while nobody looks, and not lost when the server is away.
  document.addEventListener("htmx:configRequest", (event) => {
    if (document.hidden) event.detail.headers["X-Tab-Hidden"] = "1";
    if (document.hidden && event.detail.elt.matches("[data-idle]")) event.preventDefault();
  });
  let changed = false; // htmx tells of each new line by itself; what follows from them all is done once
  document.addEventListener("htmx:beforeSwap", (event) => {
    changed = true;
    if (live(event) && event.detail.xhr.status >= 500) event.detail.shouldSwap = false;
    else root.classList.remove("offline");
  });
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const fresh = event.detail.fragment.querySelector("[data-version]");
    if (fresh && fresh.dataset.version === event.detail.target.dataset.version) event.detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!changed) return;
    changed = false;
    readServerClock();
    countDown();
    tell();
  });
  function askAgain(event) {
    if (!live(event)) return;
    const asking = event.detail.elt; // the detail is used again for the events that follow
    root.classList.add("offline");
    setTimeout(() => htmx.trigger(asking, "again"), 2000);
  }
  document.addEventListener("htmx:sendError", askAgain);
  document.addEventListener("htmx:timeout", askAgain);
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.status >= 500) askAgain(event);
  });
})();
