// The choices of a select[data-chips]: its options or, with data-search, what the server finds at that address.
"use strict";
(() => {
  const MOST = 100; // choices that are shown at once
  const MOST_LABELS = 1000; // that the server takes at once
  const LONGEST_ANSWER = 200; // characters of another field of which the server hears
  const NULL = "null"; // the value of the choice that means none
  const folded = (text) => text.trim().toLowerCase();

  const choiceOf = (option) => ({ value: option.value, label: option.text, group: option.closest("optgroup")?.label || "" });
  const has = (text) => (choice) => Object.values(choice).some((word) => word.toLowerCase().includes(folded(text)));

  // The choice that is called so: exactly, else in other capitals. None if several are.
  function meant(choices, name) {
    const called = (fold) => choices.filter(({ value, label }) => value && [value, label].some((word) => fold(word) === fold(name)));
    const exactly = called((word) => word.trim());
    const found = exactly.length ? exactly : called(folded);
    return found.length === 1 ? found[0] : undefined;
  }

  // Choices that are the options of the select.
  class Listed {
    constructor(select) {
      this.known = [...select.options].map(choiceOf);
    }
    async search(text) {
      const found = this.known.filter(has(text));
      return { results: found.slice(0, MOST), more: found.length > MOST };
    }
    async named(labels) {
      return {
        results: labels.map((label) => meant(this.known, label)).filter(Boolean),
        unknown: labels.filter((label) => !meant(this.known, label)),
      };
    }
  }

  // Choices that the server finds. It hears of the fields that data-search-with names, short of secrets and long texts.
  class Asked {
    constructor(select) {
      this.select = select;
      this.always = [...select.options].map(choiceOf).filter(({ value }) => value === "" || value === NULL);
      this.known = this.always;
    }
    async search(text) {
      const { results, more } = await this.ask({ _q: text });
      this.known = [...this.always.filter(has(text)), ...results];
      return { results: this.known, more };
    }
    async named(labels) {
      const ours = labels.map((label) => meant(this.always, label)).filter(Boolean);
      const theirs = labels.filter((label) => !meant(this.always, label));
      const answers = await Promise.all(this.questions(theirs).map((part) => this.ask({ _labels: JSON.stringify(part) })));
      return {
        results: [...ours, ...answers.flatMap(({ results }) => results)],
        unknown: answers.flatMap(({ unknown }) => unknown),
      };
    }
    questions(labels) {
      const starts = labels.map((_, place) => place).filter((place) => place % MOST_LABELS === 0);
      return starts.map((start) => labels.slice(start, start + MOST_LABELS));
    }
    // Not by an address, which servers write down: it would hold what else was filled in.
    async ask(question) {
      const { form, dataset } = this.select;
      const body = new URLSearchParams([...this.others(), ...Object.entries(question), ["csrf_token", form.elements.csrf_token.value]]);
      const answer = await fetch(dataset.search, { method: "POST", body });
      if (!answer.ok) throw new Error(`${answer.status} for ${dataset.search}`);
      return answer.json();
    }
    others() {
      const { form, dataset } = this.select;
      const wanted = new Set((dataset.searchWith || "").split(" "));
      form.querySelectorAll("[type=password]").forEach(({ name }) => wanted.delete(name));
      return [...new FormData(form)].filter(([name, value]) => (
        wanted.has(name) && typeof value === "string" && value.length <= LONGEST_ANSWER
      ));
    }
  }

  window.choicesOf = (select) => (select.dataset.search ? new Asked(select) : new Listed(select));
  window.choiceMeant = meant;
})();
