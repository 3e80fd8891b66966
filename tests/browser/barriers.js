// barriersOf(all) gives what axe finds serious or critical on the page as it looks now: of colours, or all.
//
// To judge the colours of a text takes axe a millisecond or more, and a page has hundreds of texts that look alike. It is
// asked about one of each look; only if it cannot judge that one, as it is covered or disabled, about the others.

globalThis.barriersOf = (() => {
  const STYLES = [
    "backgroundColor", "backgroundImage", "clipPath", "color", "display", "filter", "float", "fontSize", "fontWeight", "inset",
    "mixBlendMode", "opacity", "overflow", "position", "textDecoration", "textShadow", "transform", "visibility",
    "webkitTextStroke", "zIndex",
  ];
  const isText = ({nodeType, data}) => nodeType === Node.TEXT_NODE && data.trim() !== "";
  // What each of them may concern, and which looks have passed. At this size: which elements it turned out not to concern,
  // and which are covered, or something else that only their place can explain.
  const OF_COLOURS = Object.entries({
    "color-contrast": (element) => element.matches("input, select, textarea") || [...element.childNodes].some(isText),
    "link-in-text-block": (element) => element.matches("a[href], [role=link]"),
  }).map(([id, concerns]) => ({id, concerns, passed: new Set(), beside: new Set(), unsure: new Set()}));
  const IDS = OF_COLOURS.map(({id}) => id);
  const NEVER_SERIOUS = [
    "empty-table-header", "heading-order", "landmark-one-main", "landmark-unique", "page-has-heading-one", "region",
  ];
  // Those that are never serious are left out as they take long; target-size is of WCAG 2.2, and off by default.
  const OTHERS = Object.fromEntries([...IDS, ...NEVER_SERIOUS].map((id) => [id, {enabled: false}]));
  OTHERS["target-size"] = {enabled: true};
  const MARK = "data-to-be-judged";
  const numbers = new Map();

  axe.configure({rules: IDS.map((id) => ({id, selector: `[${MARK}~=${id}]`}))});

  // By element that can be seen: a number, the same for all that have the same styles, in parents that have the same.
  const looksNow = () => {
    const looks = new Map();
    for (const element of document.querySelectorAll("*")) {
      if (!element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const state = [element.tagName, element.matches(":disabled"), element.scrollWidth > element.clientWidth];
      const look = [looks.get(element.parentElement), ...state, ...STYLES.map((name) => style[name])].join("|");
      if (!numbers.has(look)) numbers.set(look, numbers.size);
      looks.set(element, numbers.get(look));
    }
    return looks;
  };

  // What the rule is to judge: one element of each look of which nothing is known; or all but those it could not judge.
  const unknown = ({concerns, passed, beside, unsure}, failed, looks, every) => {
    const known = new Set([...passed, ...failed]);
    return [...looks].flatMap(([element, look]) => {
      if (known.has(look) || beside.has(element) || (every && unsure.has(element)) || !concerns(element)) return [];
      if (!every) known.add(look);
      return [element];
    });
  };

  const told = (violations) => violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id} at ${target}: ${failureSummary}`));

  const ofColours = async () => {
    const looks = looksNow();
    const failed = Object.fromEntries(IDS.map((id) => [id, new Set()]));
    const words = [];
    for (const every of [false, true]) {
      const asked = OF_COLOURS.map((rule) => unknown(rule, failed[rule.id], looks, every));
      if (!asked.flat().length) break;
      asked.forEach((elements, index) => elements.forEach((element) => {
        element.setAttribute(MARK, `${element.getAttribute(MARK) ?? ""} ${IDS[index]}`);
      }));
      const kinds = ["passes", "violations", "incomplete"];
      const results = await axe.run({runOnly: IDS, resultTypes: kinds, elementRef: true});
      OF_COLOURS.forEach(({id, passed, beside, unsure}, index) => {
        const [good, bad, open] = kinds.map((kind) => results[kind].filter((rule) => rule.id === id)
          .flatMap(({nodes}) => nodes.map(({element}) => element)));
        good.forEach((element) => passed.add(looks.get(element)));
        bad.forEach((element) => failed[id].add(looks.get(element)));
        open.forEach((element) => unsure.add(element));
        const concerned = new Set([...good, ...bad, ...open]);
        asked[index].filter((element) => !concerned.has(element)).forEach((element) => beside.add(element));
      });
      words.push(...told(results.violations));
      asked.flat().forEach((element) => element.removeAttribute(MARK));
    }
    return words;
  };

  const ofTheRest = async () => {
    OF_COLOURS.forEach(({beside, unsure}) => [beside, unsure].forEach((elements) => elements.clear()));
    return told((await axe.run({resultTypes: ["violations"], rules: OTHERS})).violations);
  };

  return async (all) => {
    scrollTo(0, 0); // else what is sticky covers a part of something
    return [...all ? await ofTheRest() : [], ...await ofColours()];
  };
})();
