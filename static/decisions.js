// Forms in which administrators decide instead of classes: a value that is changed counts at once, and what is given back
// to its class shows at once what that says.
"use strict";
(() => {
  const announce = (text) => { document.getElementById("announcement").textContent = text; };
  const labelOf = (line) => line.querySelector(".field__label").textContent.trim();

  function show(line, value) {
    line.querySelectorAll(".decision__value :is(input, select, textarea)").forEach((control) => {
      if (control.type === "checkbox") control.checked = value.includes(control.value);
      else control.value = value;
    });
  }
  // Of one job: a switch.
  function flip(line, ticked) {
    if (!ticked) show(line, JSON.parse(line.dataset.original));
    announce(ticked ? `${labelOf(line)} is overridden` : `${labelOf(line)} is as its class says`);
  }
  // Of several: what is to be done.
  function choose(line, what) {
    if (what !== "override") show(line, "");
    announce(`${labelOf(line)}: ${line.querySelector(".decision__how select").selectedOptions[0].text}`);
  }
  function typed(line) {
    const ticked = line.querySelector(".decision__switch input");
    const what = line.querySelector(".decision__how select");
    if (ticked && !ticked.checked) {
      ticked.checked = true;
      flip(line, true);
    }
    if (what && what.value !== "override") {
      what.value = "override";
      choose(line, what.value);
    }
  }

  document.addEventListener("input", ({ target }) => {
    const line = target.closest("form[data-decisions] .decision");
    if (!line) return;
    if (target.closest(".decision__switch")) flip(line, target.checked);
    else if (target.closest(".decision__how")) choose(line, target.value);
    else typed(line);
  });
})();
