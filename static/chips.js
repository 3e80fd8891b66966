// Long lists to choose from, select[data-chips]: type to search, a chip for each of several, paste a list of many. The
// select stays in the form and carries the values. choices.js knows the choices, chip-parts.js has the sheet for a list.
"use strict";
(() => {
  const PAUSE = 200; // milliseconds without a key before the server is asked
  const made = new Map(); // the Chips of each select
  let number = 0;

  const { element, button, PasteSheet } = window.chipParts;

  class Chips {
    constructor(select) {
      this.select = select;
      this.several = select.multiple;
      this.source = window.choicesOf(select);
      this.shown = []; // the choices in the open list
      this.at = -1; // the one that Enter takes
      this.turn = 0;
      this.build(select, select.id, `chips-${++number}`);
      this.listen();
      this.paint();
    }

    build(select, id, own) {
      const label = document.querySelector(`label[for="${CSS.escape(id)}"]`)?.firstChild.textContent.trim() || select.name;
      const copied = ["aria-invalid", "aria-required"].filter((name) => select.hasAttribute(name));
      const described = `${select.getAttribute("aria-describedby") || ""} ${own}-note`.trim();
      this.refused = select.classList.contains("is-invalid"); // by the server
      const focused = document.activeElement === select;
      select.id = `${id}-values`;
      select.hidden = true;
      this.input = element("input", {
        id, class: "chips__input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
        "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${own}-list`,
        "aria-describedby": described, placeholder: "Type to search", ...Object.fromEntries(copied.map((name) => [name, select.getAttribute(name)])),
      });
      this.chosen = element("ul", { class: "chips__chosen", "aria-label": `${label}: chosen` });
      this.list = element("div", { id: `${own}-list`, class: "chips__list", role: "listbox", "aria-label": `${label}: choices`, hidden: "" });
      if (this.several) this.list.setAttribute("aria-multiselectable", "true");
      this.said = element("span", { class: "chips__said", role: "status" });
      this.count = element("span", { class: "visually-hidden", role: "status" });
      this.note = element("p", { id: `${own}-note`, class: "chips__note", role: "status", hidden: "" });
      this.box = element("div", { class: `chips__box form-${this.several ? "control" : "select"} ${this.refused ? "is-invalid" : ""}` }, this.chosen, this.input);
      this.root = element("div", { class: `chips ${this.several ? "" : "chips--one"}` }, this.box, this.list, this.count, this.note);
      if (this.several) this.root.append(this.tools(`${own}-paste`, label));
      select.after(this.root);
      if (focused) this.input.focus();
    }
    tools(id, label) {
      this.sheet = new PasteSheet(id, label, this.source, (choices) => this.take(choices), () => this.input.focus());
      this.clearer = button("Clear all", "chips__tool", () => this.clear(), { "aria-label": `Clear all: ${label}` });
      return element("div", {}, element("div", { class: "chips__tools" }, this.said, this.sheet.opener, this.clearer), this.sheet.root);
    }

    listen() {
      this.box.addEventListener("mousedown", (event) => {
        if (event.target.closest("button, input")) return;
        event.preventDefault();
        this.input.focus();
      });
      this.box.addEventListener("click", (event) => { if (!event.target.closest("button") && this.list.hidden) this.search(); });
      this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
      this.list.addEventListener("click", ({ target }) => {
        const option = target.closest("[role=option]");
        if (option) this.toggle(this.shown[option.dataset.at]);
      });
      this.input.addEventListener("input", () => this.searchSoon());
      this.input.addEventListener("keydown", (event) => this.press(event));
      this.input.addEventListener("paste", (event) => {
        const text = event.clipboardData.getData("text");
        if (!this.several || !/[\r\n\t,;]/.test(text.trim())) return;
        event.preventDefault();
        this.sheet.takeAll(text);
      });
      this.chosen.addEventListener("keydown", (event) => this.pressOnChip(event));
      this.box.addEventListener("focusout", ({ relatedTarget }) => { if (!this.box.contains(relatedTarget)) this.settle(); });
      // What is typed here becomes an answer only when it is chosen; the select tells of that.
      ["input", "change"].forEach((kind) => this.root.addEventListener(kind, (event) => {
        event.stopPropagation();
        this.root.closest(".place")?.setAttribute("data-typed", "");
      }));
    }

    // Keys.
    press(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const open = !this.list.hidden;
      const act = {
        ArrowDown: () => (open ? this.move(1) : this.search()),
        ArrowUp: () => (open ? this.move(-1) : this.search()),
        Enter: () => (open && this.shown[this.at] ? this.toggle(this.shown[this.at]) : this.search()),
        Escape: () => (open ? this.close() : this.write("")),
        Backspace: this.several && !this.input.value && this.select.selectedOptions.length && (() => this.remove(this.select.selectedOptions.length - 1)),
        ArrowLeft: this.several && this.input.selectionEnd === 0 && this.chosen.lastChild && (() => this.focusChip(this.chosen.children.length - 1)),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    }
    pressOnChip(event) {
      const chips = [...this.chosen.children];
      const at = chips.indexOf(event.target.closest("li"));
      const act = {
        ArrowLeft: () => this.focusChip(Math.max(0, at - 1)),
        ArrowRight: () => this.focusChip(at + 1),
        Delete: () => this.remove(at, at),
        Backspace: () => this.remove(at, at),
      }[event.key]; // Enter and Space press the button
      if (!act) return;
      event.preventDefault();
      act();
    }
    focusChip(at) {
      (this.chosen.children[at]?.querySelector("button") || this.input).focus();
    }

    // The list.
    typed() {
      const label = this.several ? "" : this.label();
      return this.input.value.trim() === label ? "" : this.input.value.trim();
    }
    searchSoon() {
      clearTimeout(this.timer);
      this.point(-1); // Enter must not take what was found for another text
      this.mark(false);
      if (this.select.dataset.search) this.timer = setTimeout(() => this.search(), PAUSE);
      else this.search();
    }
    async search() {
      clearTimeout(this.timer);
      const turn = ++this.turn;
      try {
        const { results, more } = await this.source.search(this.typed());
        if (turn === this.turn && document.activeElement === this.input) this.show(results, more);
      } catch {
        if (turn === this.turn) this.say("The choices could not be loaded. Type to try again.");
      }
    }
    show(results, more) {
      const values = new Set([...this.select.selectedOptions].map(({ value }) => value));
      const places = new Map([["", this.list]]);
      this.shown = results;
      this.list.replaceChildren();
      results.forEach((choice, at) => {
        const group = choice.group || "";
        if (!places.has(group)) places.set(group, this.list.appendChild(element("div", { role: "group", "aria-label": group })));
        places.get(group).append(element("div", {
          id: `${this.list.id}-${at}`, class: "chips__option", role: "option", "data-at": at, "aria-selected": values.has(choice.value),
        }, choice.label || choice.value));
      });
      this.list.hidden = !results.length;
      this.input.setAttribute("aria-expanded", results.length > 0);
      this.count.textContent = results.length === 1 ? "1 choice" : results.length ? `${results.length} choices` : "";
      this.say(results.length ? (more ? `The first ${results.length}: type to see others` : "") : "No choice fits.");
      const chosen = results.findIndex(({ value }) => values.has(value));
      this.point(this.typed() || this.several ? 0 : Math.max(0, chosen));
    }
    move(by) {
      this.point((this.at + by + this.shown.length) % this.shown.length);
    }
    point(at) {
      this.list.querySelector(".chips__option--at")?.classList.remove("chips__option--at");
      const option = document.getElementById(`${this.list.id}-${at}`);
      this.at = option ? at : -1;
      if (!option) return this.input.removeAttribute("aria-activedescendant");
      option.classList.add("chips__option--at");
      option.scrollIntoView({ block: "nearest" });
      return this.input.setAttribute("aria-activedescendant", option.id);
    }
    close() {
      this.turn += 1; // what is still being looked for comes too late
      clearTimeout(this.timer);
      this.list.hidden = true;
      this.input.setAttribute("aria-expanded", "false");
      this.point(-1);
      this.say("");
    }
    say(text) {
      this.note.className = "chips__note";
      this.note.textContent = text;
      this.note.hidden = !text;
    }
    // Whether what was typed keeps the form from being sent; why, the note says.
    mark(wrong) {
      this.box.classList.toggle("is-invalid", wrong || this.refused);
      if (wrong || this.refused) this.input.setAttribute("aria-invalid", "true");
      else this.input.removeAttribute("aria-invalid");
      if (!wrong && this.note.matches(".field__errors")) this.say("");
      if (!wrong) return;
      this.note.className = "field__errors";
      this.note.prepend(document.getElementById("one-error").content.querySelector(".icon").cloneNode(true), " ");
    }
    write(text) {
      this.input.value = text;
      this.say("");
      this.mark(false);
      if (!this.several) this.paint();
    }

    // What is chosen.
    label() {
      const option = this.select.selectedOptions[0];
      return option?.value ? option.text.trim() : "";
    }
    option({ value, label }) {
      const known = [...this.select.options].find((option) => option.value === value);
      return known || this.select.appendChild(element("option", { value }, label));
    }
    toggle(choice) {
      this.choose(choice, !this.several || !this.option(choice).selected);
    }
    choose(choice, selected = true) {
      this.option(choice).selected = selected;
      this.input.value = "";
      this.mark(false);
      this.changed();
      this.close();
    }
    remove(at, focus = -1) {
      this.select.selectedOptions[at].selected = false;
      this.changed();
      this.focusChip(focus < 0 ? this.chosen.children.length : focus);
    }
    clear() {
      [...this.select.selectedOptions].forEach((option) => { option.selected = false; });
      this.changed();
      this.input.focus();
    }
    changed() {
      this.paint();
      ["input", "change"].forEach((kind) => this.select.dispatchEvent(new Event(kind, { bubbles: true })));
    }
    paint() {
      if (!this.several) this.input.value = this.label();
      if (!this.several) return;
      const options = [...this.select.selectedOptions];
      this.chosen.replaceChildren(...options.map((option, at) => {
        const cross = button("×", "chips__cross", () => this.remove(at, at), { "aria-label": `Remove ${option.text}`, tabindex: "-1" });
        return element("li", { class: "chips__chip" }, element("span", { title: option.text }, option.text), cross);
      }));
      this.said.textContent = `${options.length || "None"} chosen`;
      this.clearer.hidden = options.length < 2;
    }

    take(choices) {
      choices.forEach((choice) => { this.option(choice).selected = true; });
      this.changed();
      this.close();
    }

    // What was typed and is not chosen: chosen if it names a choice, else told.
    settle() {
      const text = this.typed();
      const choice = text ? window.choiceMeant(this.source.known, text) : undefined;
      this.close();
      if (choice) this.choose(choice);
      else if (text) this.refuse(text);
      else if (!this.several && !this.input.value && this.label()) this.empty();
    }
    refuse(text) {
      this.say(`“${text}” is none of the choices. Nothing was chosen for it.`);
      this.mark(true);
    }
    empty() {
      const none = [...this.select.options].find(({ value }) => !value);
      if (!none) return this.paint();
      none.selected = true;
      return this.changed();
    }
    // What would get lost without a word if the form were sent now: the control that holds it.
    left() {
      this.settle();
      return this.typed() ? this.input : this.sheet?.left();
    }
  }

  function enhance(root) {
    root.querySelectorAll("select[data-chips]").forEach((select) => { if (!made.has(select)) made.set(select, new Chips(select)); });
    made.forEach((_, select) => { if (!select.isConnected) made.delete(select); });
  }
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:load", ({ target }) => enhance(target.parentElement || document));
  addEventListener("pageshow", () => made.forEach((chips) => chips.paint())); // the browser may have filled the form again
  document.addEventListener("submit", (event) => {
    const chips = [...made.values()].filter(({ select }) => event.target.contains(select));
    const left = chips.map((each) => each.left()).find(Boolean);
    if (!left) return;
    event.preventDefault();
    event.stopPropagation();
    left.focus();
  }, true);
})();
