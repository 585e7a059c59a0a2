// What scrolls sideways can be scrolled from the keyboard; what is printed is printed light.

(() => {
  const NAMES = {
    "div.math": "Equation",
    "span.math": "Formula",
    ".pst-scrollable-table-container": "Table",
    ".text_html": "Output",
    table: "",
    figure: "",
    pre: "",
  };
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const scrolls = target.scrollWidth > target.clientWidth + 1;
      target.toggleAttribute("tabindex", scrolls);
      if (scrolls) target.tabIndex = 0;
      const name = NAMES[Object.keys(NAMES).find((selector) => target.matches(selector))];
      if (!name) continue;
      for (const [attribute, value] of [["role", "group"], ["aria-label", name]]) {
        if (scrolls) target.setAttribute(attribute, value);
        else target.removeAttribute(attribute);
      }
    }
  });
  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    for (const selector of Object.keys(NAMES))
      for (const box of document.querySelectorAll(`.bd-article ${selector}`)) observer.observe(box);
  });

  const shown = document.documentElement.dataset;
  let theme;
  addEventListener("beforeprint", () => {
    theme = shown.theme;
    shown.theme = "light";
  });
  addEventListener("afterprint", () => {
    shown.theme = theme;
  });
})();
