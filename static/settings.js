// A form about several objects: whoever fills in a field means it to be set.
"use strict";
document.addEventListener("input", ({ target }) => {
  const box = target.closest(".setting__value")?.closest(".setting").querySelector("[name='_set']");
  if (box) box.checked = true;
});
