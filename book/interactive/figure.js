/* The parts that all figures share.

A figure is one module with the same four parts, handed to `Interactive.figure(name, parts)`:

  state       what the reader can change, as plain data
  arithmetic  state -> values: a pure function of plain data, tested against the course's Python
  words       (state, values) -> a sentence or two that say what there is to see
  view        figure -> draw(state, values): builds controls and panels once, returns what brings them up to date

Every change of the state goes through `figure.update`, and the next frame shows it. */
"use strict";

window.Interactive = (() => {
  const figures = {};

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const range = (n) => Array.from({ length: n }, (_, k) => k);
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  const mean = (list) => sum(list) / list.length;
  const dot = (a, b) => a.reduce((total, value, k) => total + value * b[k], 0);
  const subscript = (k) => String(k).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

  /** A number with a fixed count of decimals and a real minus sign; never "−0.00". */
  function fixed(value, decimals = 2) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "−inf";
    const text = value.toFixed(decimals);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  }
  const signed = (value, decimals = 2) => (Number(value.toFixed(decimals)) > 0 ? "+" : "") + fixed(value, decimals);

  /** A number as 1.2 · 10⁻⁵, or with less room around the sign. */
  function power(value, decimals = 1, times = " · ") {
    if (value === 0 || !Number.isFinite(value)) return fixed(value, 0);
    const [digits, exponent] = value.toExponential(decimals).split("e");
    const raised = String(Number(exponent)).replace(/[-\d]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
    return `${digits.replace("-", "−")}${times}10${raised}`;
  }

  /** A number in few characters: without idle zeros, and as a power of ten where it is very large or very small. */
  function compact(value, decimals) {
    const size = Math.abs(value);
    if (size >= 1e5 || (size > 0 && size < 10 ** -decimals / 2)) return power(value, 1, "·");
    return fixed(value, size < 1000 ? decimals : 0)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "");
  }

  /** A number that is moved in tenths, and shows hundredths where it has them. */
  const brief = (value) => fixed(value).replace(/0$/, "");

  /** (N,) -> (N,), shifted by the maximum. */
  function softmax(p) {
    const largest = Math.max(...p);
    const e = p.map((value) => Math.exp(value - largest));
    const total = sum(e);
    return e.map((value) => value / total);
  }

  /** Uniform numbers in [0, 1) from a seed (mulberry32): the same in every browser. */
  function generator(seed) {
    let a = seed >>> 0;
    return () => {
      a = (a + 0x6d2b79f5) | 0;
      let t = Math.imul(a ^ (a >>> 15), 1 | a);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }
  const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  /** The colour of a number in a heat map: blue is negative, paper is zero, orange is positive. */
  const tint = (value, limit) => {
    // Never so strong that ink on it could not be read.
    const share = Math.min(55, (55 * Math.abs(value)) / limit).toFixed(0);
    return `color-mix(in srgb, var(${value < 0 ? "--blue" : "--orange"}) ${share}%, var(--paper))`;
  };

  /** The path of an arrow from (x, y) to (u, w), with a head of the given size at most. */
  function arrow(x, y, u, w, head) {
    const length = Math.hypot(u - x, w - y);
    if (length < 0.5) return `M${x},${y}h0.01`;
    const [a, b] = [(u - x) / length, (w - y) / length].map((d) => d * Math.min(head, length / 2));
    return `M${x},${y}L${u},${w}M${u - a - b / 1.6},${w - b + a / 1.6}L${u},${w}L${u - a + b / 1.6},${w - b - a / 1.6}`;
  }

  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  class Figure {
    constructor(element, parts) {
      this.parts = parts;
      this.state = structuredClone(parts.state);
      this.panels = [];
      this.shows = [];
      const stage = document.createElement("div");
      stage.className = "interactive-stage";
      this.stage = d3.select(stage);
      // The static picture stands in until here, and where no script runs.
      element.querySelector("img").replaceWith(stage);
      this.body = this.stage.append("div").attr("class", "interactive-panels");
      this.controls = d3.create("div").attr("class", "interactive-controls");
      this.draw = parts.view(this);
      stage.append(this.controls.node());
      this.button("Start again", () => this.update(structuredClone(parts.state)));
      // The eye sees the words move with the figure; a screen reader hears where the movement ended.
      this.words = this.stage.append("p").attr("class", "interactive-words").attr("aria-hidden", "true");
      this.words.attr("hidden", this.told || null);
      this.heard = this.stage.append("p").attr("class", "visually-hidden").attr("aria-live", "polite");
      this.show();
      this.say();
      new ResizeObserver(() => this.update({})).observe(stage);
      new MutationObserver(() => this.update({})).observe(document.documentElement, {
        attributeFilter: ["data-theme"],
      });
    }

    update(change) {
      Object.assign(this.state, change);
      this.frame ??= requestAnimationFrame(() => {
        this.frame = null;
        this.show();
      });
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.say(), 400);
    }

    show() {
      for (const panel of this.panels) panel.measure();
      this.values = this.parts.arithmetic(this.state);
      for (const show of this.shows) show(this.state);
      this.draw(this.state, this.values);
      this.words.text(this.parts.words(this.state, this.values));
    }

    say() {
      const text = this.words.text();
      if (this.heard.text() !== text) this.heard.text(text);
    }

    /** An SVG whose units are pixels, as wide as its place allows: `width` is up to date when `draw` is called. */
    panel({ label, height, wide = false }) {
      const svg = this.body.append("svg").attr("role", "group").attr("aria-label", label);
      svg.classed("wide", wide).style("height", `${height}px`);
      const panel = { svg, height, width: 300 };
      panel.measure = () => {
        panel.width = svg.node().getBoundingClientRect().width || panel.width;
        svg.classed("narrow", panel.width < 290);
      };
      this.panels.push(panel);
      return panel;
    }

    /** Lines of text below the panels, for the eye alone, in place of `words`, which tell the same.

    Returns draw(lines, className). */
    lines(count) {
      const block = this.stage.append("div").attr("class", "interactive-lines").attr("aria-hidden", "true");
      block.style("min-height", `${1.5 * count}em`);
      this.told = true;
      return (lines, className = "") => {
        block
          .selectAll("p")
          .data(lines)
          .join("p")
          .attr("class", className)
          .text((line) => line);
      };
    }

    /** What stands in a drawing as a table for a screen reader alone. Returns draw(rows), each row [name, ...texts]. */
    table(caption, heads) {
      const table = this.stage.append("div").attr("class", "visually-hidden").append("table");
      table.append("caption").text(caption);
      table
        .append("thead")
        .append("tr")
        .selectAll("th")
        .data(heads)
        .join("th")
        .attr("scope", "col")
        .text((head) => head);
      const body = table.append("tbody");
      return (rows) => {
        const row = body.selectAll("tr").data(rows).join("tr");
        row
          .selectAll("th")
          .data(([name]) => [name])
          .join("th")
          .attr("scope", "row")
          .text((name) => name);
        row
          .selectAll("td")
          .data(([, ...texts]) => texts)
          .join("td")
          .text((text) => text);
      };
    }

    /** A native slider for the number `key` of the state; `scale` turns its position into the value. */
    slider({ key, label, min, max, step, text = fixed, scale = { to: (t) => t, from: (v) => v } }) {
      const row = this.controls.append("label").attr("class", "interactive-slider");
      row.append("span").text(label);
      const input = row.append("input").attr("type", "range").attr("min", min).attr("max", max).attr("step", step);
      const output = row.append("output");
      input.on("input", () => this.update({ [key]: scale.to(Number(input.property("value"))) }));
      this.shows.push((state) => {
        const shown = text(state[key]);
        output.text(shown);
        input.property("value", scale.from(state[key])).attr("aria-valuetext", shown);
      });
    }

    /** Radio buttons for `key` of the state; `options` are [value, text]; `change` may say what else changes. */
    choice({ key, label, options, change = () => ({}) }) {
      const group = this.controls.append("fieldset").attr("class", "interactive-choice");
      group.append("legend").text(label);
      const name = `${this.parts.name}-${key}`;
      for (const [value, text] of options) {
        const item = group.append("label");
        const input = item.append("input").attr("type", "radio").attr("name", name);
        input.on("change", () => this.update({ [key]: value, ...change(value, this.state) }));
        item.append("span").text(text);
        this.shows.push((state) => input.property("checked", state[key] === value));
      }
    }

    button(text, action) {
      return this.controls.append("button").attr("type", "button").text(text).on("click", action);
    }

    /** Something to drag within an SVG, by pointer or by the arrow keys.

    `drag([x, y])` gets a place in pixels, `nudge(dx, dy)` gets steps to the right and up, of ±1, ±10 or ±Infinity.
    `place(x, y, now, text)` puts it where it belongs and tells a screen reader its value. */
    handle(parent, { label, min, max, drag, nudge, shape = (g) => g.append("circle").attr("r", 7), reach = 20 }) {
      const at = { x: 0, y: 0 };
      const g = parent.append("g").attr("class", "interactive-handle").attr("tabindex", 0).attr("role", "slider");
      g.attr("aria-label", label).attr("aria-valuemin", min).attr("aria-valuemax", max);
      g.append("circle").attr("class", "reach").attr("r", reach);
      shape(g);
      const steps = {
        ArrowRight: [1, 0],
        ArrowLeft: [-1, 0],
        ArrowUp: [0, 1],
        ArrowDown: [0, -1],
        PageUp: [0, 10],
        PageDown: [0, -10],
        Home: [0, -Infinity],
        End: [0, Infinity],
      };
      g.on("keydown", (event) => {
        const step = steps[event.key];
        if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        nudge(...step.map((d) => (d && event.shiftKey ? 10 * d : d)));
      });
      g.call(
        d3
          .drag()
          .container(parent.node())
          .subject(() => ({ ...at }))
          .on("drag", (e) => drag([e.x, e.y])),
      );
      return {
        g,
        place(x, y, now, text) {
          Object.assign(at, { x, y });
          g.attr("transform", `translate(${x},${y})`).attr("aria-valuenow", now).attr("aria-valuetext", text);
        },
      };
    }

    /** A number that stands in the drawing and is changed where it stands: dragged up or to the right, it grows.

    `value()` is what it is now, `set(value)` gets what the reader wants, in tenths. */
    written(parent, { label, low, high, value, set }) {
      const change = (wanted) => set(Math.round(clamp(wanted, low, high) * 10) / 10);
      const at = { x: 0, y: 0 };
      let held = 0;
      const handle = this.handle(parent, {
        label,
        min: low,
        max: high,
        reach: 16,
        drag: ([x, y]) => change(held + Math.round((x - at.x - (y - at.y)) / 6) / 10),
        nudge: (dx, dy) => change(value() + 0.1 * (dx + dy)),
        shape: (g) =>
          g
            .append("rect")
            .attr("class", "plate")
            .attr("x", -17)
            .attr("y", -10)
            .attr("width", 34)
            .attr("height", 20)
            .attr("rx", 4),
      });
      handle.g.classed("written", true).append("text").attr("class", "number middle").attr("y", 4.5);
      handle.g.on("pointerdown.held", () => {
        held = value();
      });
      return {
        g: handle.g,
        place(x, y, text = fixed(value(), 1)) {
          Object.assign(at, { x, y });
          handle.place(x, y, value(), fixed(value(), 1));
          handle.g.select("text").text(text);
        },
      };
    }

    /** Numbers as points on stems, to drag up and down between the pixels `bottom` and `top`.

    Returns draw(values, x), where x(k) is the place of number k; its text stands beside it, or at the height `below`.
    `set(k, value)` gets what the reader wants. */
    columns(panel, { labels, low, high, bottom, top, colours, set, below = null }) {
      const scale = d3.scaleLinear([low, high], [bottom, top]);
      const back = panel.svg.append("g").attr("aria-hidden", "true");
      const zero = back.append("line").attr("class", "axis").attr("y1", scale(0)).attr("y2", scale(0));
      let shown = [];
      const change = (k, value) => set(k, Math.round(clamp(value, low, high) * 100) / 100);
      const handles = labels.map((label, k) =>
        this.handle(panel.svg, {
          label,
          min: low,
          max: high,
          drag: ([, y]) => change(k, scale.invert(y)),
          nudge: (dx, dy) => change(k, shown[k] + 0.1 * (dx + dy)),
        }),
      );
      handles.forEach(({ g }, k) => g.style("color", colours[k]));
      return (values, x) => {
        shown = values;
        zero.attr("x2", panel.width);
        back
          .selectAll(".stem")
          .data(values)
          .join("line")
          .attr("class", "stem")
          .style("stroke", (d, k) => colours[k])
          .attr("x1", (d, k) => x(k))
          .attr("x2", (d, k) => x(k))
          .attr("y1", scale(0))
          .attr("y2", scale);
        back
          .selectAll("text")
          .data(values)
          .join("text")
          .attr("class", below ? "number middle halo" : "number halo")
          .attr("x", (d, k) => x(k) + (below ? 0 : 13))
          .attr("y", (d) => below ?? scale(d) + 4)
          .text((d) => (panel.width / values.length < 48 ? fixed(d, 1) : brief(d)));
        handles.forEach(({ g, place }, k) => {
          g.style("display", k < values.length ? null : "none");
          if (k < values.length) place(x(k), scale(values[k]), values[k], brief(values[k]));
        });
      };
    }
  }

  /** Makes a figure known, and puts it into the page if the page has a place for it. */
  function figure(name, parts) {
    parts.name = name;
    figures[name] = parts;
    const place = document.querySelector(`figure.interactive-${name}`);
    if (place) parts.mounted = new Figure(place, parts);
  }

  return {
    figure,
    figures,
    clamp,
    range,
    sum,
    mean,
    dot,
    subscript,
    fixed,
    signed,
    power,
    compact,
    brief,
    softmax,
    generator,
    normal,
    tint,
    arrow,
    calm,
  };
})();
