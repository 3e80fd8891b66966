// What chips.js is built of: elements, and the sheet on which a list is pasted and corrected.
"use strict";
(() => {
  const SEPARATORS = /[\r\n\t;]+/;
  const AWAY = "The choices could not be loaded. Try again.";
  const SHEET = "One on each line, or with commas, semicolons or tabs between them";
  const LEFT = "Nothing was chosen for this yet: choose, correct or remove it.";
  const parts = (text, separators) => text.split(separators).map((part) => part.trim()).filter(Boolean);

  function element(tag, attributes = {}, ...children) {
    const created = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => created.setAttribute(name, value));
    created.append(...children);
    return created;
  }
  function button(text, kind, act, attributes = {}) {
    const created = element("button", { type: "button", class: kind, ...attributes }, text);
    created.addEventListener("click", act);
    return created;
  }

  // about is the label of the field. take gets the choices that a list names; what it names wrongly stays here. leave is
  // called when the sheet closes.
  class PasteSheet {
    constructor(id, about, source, take, leave) {
      Object.assign(this, { source, take, leave });
      this.text = element("textarea", { id, class: "form-control", rows: "5", spellcheck: "false" });
      this.said = element("p", { class: "chips__unknown", role: "status" });
      const named = (words) => ({ "aria-label": `${words}: ${about}` });
      const told = { ...named("Paste a list"), "aria-expanded": "false" };
      this.opener = button("Paste a list", "chips__tool", () => this.show(this.root.hidden), told);
      this.root = element(
        "div",
        { class: "chips__paste", hidden: "" },
        this.said,
        element("label", { for: id, class: "chips__hint" }, SHEET, element("span", { class: "visually-hidden" }, ` (${about})`)),
        this.text,
        element(
          "div",
          { class: "chips__answers" },
          button("Choose these", "btn btn-sm btn-soft", () => this.takeAll(this.text.value), named("Choose these")),
          button("Close", "btn btn-sm btn-plain", () => this.show(false), named("Close")),
        ),
      );
      this.root.addEventListener("keydown", ({ key }) => { if (key === "Escape" && !this.text.value.trim()) this.show(false); });
    }
    async takeAll(text) {
      try {
        const first = await this.source.named(parts(text, SEPARATORS));
        // A comma may belong to a name, unless the name is not known.
        const rest = await this.source.named(first.unknown.flatMap((name) => parts(name, ",")));
        this.settle([...first.results, ...rest.results], rest.unknown);
      } catch {
        this.show(true, text, AWAY);
      }
    }
    settle(choices, unknown) {
      const known = new Set(choices.map(({ value }) => value)).size;
      this.take(choices);
      const words = `${known} of them chosen, ${unknown.length} not known: correct or remove what is left.`;
      this.show(unknown.length > 0, unknown.join("\n"), unknown.length ? words : "");
    }
    show(open, text = "", words = "") {
      this.root.hidden = !open;
      this.opener.setAttribute("aria-expanded", open);
      this.text.value = text;
      this.said.textContent = words;
      if (open) this.text.focus();
      else this.leave();
    }
    // The control that holds what would get lost if the form were sent now.
    left() {
      if (this.root.hidden || !this.text.value.trim()) return undefined;
      this.said.textContent = LEFT;
      return this.text;
    }
  }

  window.chipParts = { element, button, PasteSheet };
})();
