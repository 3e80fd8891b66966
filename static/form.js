// What the form of a job does while it is being filled in.
"use strict";
(() => {
  const errorsOf = (input) => document.getElementById(`${input.id}-errors`);

  // Fields with data-reads: what the server makes of their text is shown as soon as they are left.
  async function read(input) {
    const typed = input.value;
    const found = await ask(input, typed);
    if (!found || !input.isConnected || input.value !== typed) return; // somebody goes on typing
    if (found.text !== typed) input.value = found.text;
    const means = input.closest(".field").querySelector(".field__means");
    if (means) means.textContent = found.means;
    mark(input, found.errors);
  }
  async function ask(input, typed) {
    const { action, dataset, elements } = input.form;
    const body = new URLSearchParams({ csrf_token: elements.csrf_token.value, _zone: elements._zone.value });
    body.set(input.name, typed);
    try {
      const address = new URL(dataset.fields + encodeURIComponent(input.name), action);
      const answer = await fetch(address, { method: "POST", body });
      return answer.ok && answer.headers.get("Content-Type") === "application/json" ? await answer.json() : undefined;
    } catch {
      return undefined; // it is read when the form is sent
    }
  }

  // The field says what is wrong with it, as it does on a page that the server has made.
  function mark(input, errors) {
    errorsOf(input)?.remove();
    if (errors.length) input.after(list(input, errors));
    input.classList.toggle("is-invalid", errors.length > 0);
    if (errors.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    describe(input, errors.length > 0);
    document.getElementById("announcement").textContent = errors.join(" ");
  }
  function list(input, errors) {
    const made = document.createElement("div");
    made.id = `${input.id}-errors`;
    made.className = "field__errors";
    made.append(...errors.map((text) => {
      const line = document.getElementById("one-error").content.cloneNode(true);
      line.firstElementChild.append(` ${text}`);
      return line;
    }));
    return made;
  }
  function describe(input, wrong) {
    const others = (input.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== `${input.id}-errors`);
    const ids = wrong ? [`${input.id}-errors`, ...others] : others;
    if (ids.length) input.setAttribute("aria-describedby", ids.join(" "));
    else input.removeAttribute("aria-describedby");
  }
  // htmx asks with texts alone: of a file that was chosen it tells the name.
  document.addEventListener("htmx:configRequest", ({ detail: { formData } }) => {
    [...formData].forEach(([name, value]) => { if (value instanceof File) formData.set(name, value.name); });
  });

  // The commands follow the form from when they have been asked for.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (elt.id !== "commands") return;
    if (elt.childElementCount) elt.setAttribute("aria-live", "off"); // whoever types is not read to meanwhile
    else event.preventDefault();
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("form[data-fields] [data-reads]")) read(target);
  });

  // The link to a document that cannot be read leads to the place where it ceases to be one.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".problems a[href^='#id_']");
    const input = link && document.getElementById(link.hash.slice(1));
    const fault = input?.closest(".field")?.querySelector("[data-line]");
    if (!fault) return;
    event.preventDefault();
    const before = input.value.split("\n").slice(0, fault.dataset.line - 1).join("\n").length;
    const at = before + (fault.dataset.line > 1 ? 1 : 0) + Number(fault.dataset.column) - 1;
    input.focus();
    input.setSelectionRange(at, at + 1);
  });
})();
