/* The step h of a difference quotient, its two errors and their sum, and the digits that are right. */
"use strict";

(() => {
  const { range, clamp, power } = Interactive;
  const EPSILON = Number.EPSILON;
  const [SMALLEST, LARGEST] = [-16, 0];

  /* Each function at x = 1, with its slope there, and what its difference quotients would be off by if nothing were
     rounded: written so that no digits cancel. Series take over where h is small. */
  const sinhc = (h) => (h < 1e-2 ? h ** 2 / 6 + h ** 4 / 120 + h ** 6 / 5040 : Math.sinh(h) / h - 1);
  const sinc = (h) => (h < 1e-2 ? -(h ** 2) / 6 + h ** 4 / 120 - h ** 6 / 5040 : Math.sin(h) / h - 1);
  const growth = (h) =>
    h < 1e-2 ? h / 2 + h ** 2 / 6 + h ** 3 / 24 + h ** 4 / 120 + h ** 5 / 720 : Math.expm1(h) / h - 1;
  const FUNCTIONS = {
    exp: {
      f: Math.exp,
      name: "eˣ",
      slope: Math.E,
      central: (h) => Math.E * sinhc(h),
      forward: (h) => Math.E * growth(h),
    },
    cube: { f: (x) => x * x * x, name: "x³", slope: 3, central: (h) => h * h, forward: (h) => 3 * h + h * h },
    sine: {
      f: Math.sin,
      name: "sin x",
      slope: Math.cos(1),
      central: (h) => Math.cos(1) * sinc(h),
      forward: (h) => Math.cos(1) * sinc(h) - (Math.sin(1) * 2 * Math.sin(h / 2) ** 2) / h,
    },
  };

  /** {f, method, h} at x = 1 -> {above, below, slope, truth, truncation, rounding, error, bound}, in float64. */
  function measure({ f, method, h }) {
    const known = FUNCTIONS[f];
    const [above, below] = [known.f(1 + h), known.f(method === "central" ? 1 - h : 1)];
    const slope = (above - below) / (method === "central" ? 2 * h : h);
    const truncation = known[method](h);
    const error = slope - known.slope;
    // The bound of the chapter: each value may be off by half a rounding, and so may 1 ± h.
    const delta = EPSILON * (Math.abs(known.f(1)) + Math.abs(known.slope));
    const bound = ((method === "central" ? 1 : 2) * delta) / h;
    return { above, below, slope, truth: known.slope, truncation, rounding: error - truncation, error, bound };
  }

  /** {f, method, exponent} -> what is measured at h = 10^exponent, the whole curve, and how many digits are right. */
  function arithmetic({ f, method, exponent }) {
    const h = 10 ** exponent;
    const curve = range(129).map((k) => {
      const step = 10 ** (SMALLEST + k / 8);
      return { h: step, ...measure({ f, method, h: step }) };
    });
    const now = measure({ f, method, h });
    return { h, ...now, curve, digits: digits(now.slope, now.truth) };
  }

  /** How many characters of a slope are right, from the first: those that it shares with the truth. */
  const right = (slope, truth) => {
    // The same number, spelled from below, so that a slope of 2.99999 is not wrong from its first digit on.
    const spellings = [decimals(truth), ...(truth === 3 ? ["2.9999999999999999"] : [])];
    return Math.max(...spellings.map((spelling) => common(decimals(slope), spelling)));
  };
  const digits = (slope, truth) => {
    const shared = decimals(slope).slice(0, right(slope, truth));
    return shared.replace(/^[−0.]+/, "").replace(/\D/g, "").length;
  };

  function words({ f, method }, { h, slope, truth, truncation, rounding, error, digits }) {
    const larger = Math.abs(truncation) > Math.abs(rounding);
    const blame = larger
      ? "What is cut off is the larger error: make h smaller."
      : "What is rounded off is the larger error: make h larger.";
    return (
      `With h = ${power(h)} the ${method} difference of ${FUNCTIONS[f].name} at 1 is ${slope} where ${truth} is right, ` +
      `off by ${power(Math.abs(error))}; ${digits} ${digits === 1 ? "digit is" : "digits are"} right. Cut off: ${power(Math.abs(truncation))}, rounded off: ` +
      `${power(Math.abs(rounding))}. ${blame}`
    );
  }

  function view(figure) {
    const chart = figure.panel({ label: "The errors against the step h", height: 290, wide: true });
    const text = figure.panel({ label: "The digits", height: 132, wide: true });
    const [left, top, bottom] = [44, 14, 262];
    const y = d3.scaleLog([1e-17, 30], [bottom, top]);
    const x = d3.scaleLog([10 ** SMALLEST, 10 ** LARGEST], [left, 300]);
    const size = (value) => y(Math.max(1e-17, Math.abs(value)));

    const drawing = chart.svg.append("g").attr("aria-hidden", "true");
    const ticks = drawing.append("g");
    const lines = drawing.append("g");
    const dots = drawing.append("g").attr("class", "measured");
    const rule = drawing.append("line").attr("class", "axis").attr("y1", top).attr("y2", bottom);
    const marks = drawing.append("g");
    drawing.append("text").attr("class", "quiet").attr("y", 10).text("error");
    const set = (exponent) => figure.update({ exponent: Math.round(clamp(exponent, SMALLEST, LARGEST) * 20) / 20 });
    const handle = figure.handle(chart.svg, {
      label: "step h, as a power of ten",
      min: SMALLEST,
      max: LARGEST,
      drag: ([place]) => set(Math.log10(x.invert(place))),
      nudge: (dx, dy) => set(figure.state.exponent + 0.05 * (dx + dy)),
    });
    handle.g.style("color", "var(--ink)");

    figure.choice({ key: "f", label: "f", options: Object.entries(FUNCTIONS).map(([key, { name }]) => [key, name]) });
    figure.choice({
      key: "method",
      label: "difference",
      options: [
        ["forward", "forward"],
        ["central", "central"],
      ],
    });

    return ({ exponent }, values) => {
      const { h, curve, above, below, slope, truth, truncation, rounding, error } = values;
      x.range([left, chart.width - 12]);
      const powers = (step, from, to) => range(Math.floor((to - from) / step) + 1).map((k) => from + k * step);
      ticks
        .selectAll(".x")
        .data(powers(4, -16, 0))
        .join("text")
        .attr("class", "x quiet middle")
        .attr("y", bottom + 18)
        .attr("x", (k) => x(10 ** k))
        .text((k) => power(10 ** k, 0).replace("1 · ", ""));
      ticks
        .selectAll(".y")
        .data(powers(4, -16, 0))
        .join("text")
        .attr("class", "y quiet end")
        .attr("x", left - 6)
        .attr("y", (k) => y(10 ** k) + 4)
        .text((k) => power(10 ** k, 0).replace("1 · ", ""));
      ticks
        .selectAll("path")
        .data([0])
        .join("path")
        .attr("class", "axis")
        .attr("d", `M${left},${top}V${bottom}H${chart.width - 12}`);
      const path = (key) =>
        d3
          .line(
            (d) => x(d.h),
            (d) => size(d[key]),
          )
          .defined((d) => Math.abs(d[key]) > 1e-17)(curve);
      lines
        .selectAll("path")
        .data(["truncation", "bound"])
        .join("path")
        .attr("class", (key) => key)
        .attr("d", path);
      dots
        .selectAll("circle")
        .data(curve)
        .join("circle")
        .attr("r", 2.2)
        .attr("cx", (d) => x(d.h))
        .attr("cy", (d) => size(d.error));
      const names = [
        { text: "cut off", class: "cut end", x: 2e-7, y: at(curve, 2e-7).truncation, dx: -10 },
        { text: "rounded off, at most", class: "off", x: 1e-11, y: at(curve, 1e-11).bound, dx: 10 },
        { text: "measured", class: "", x: 1e-16, y: 1e-6, dx: 8 },
      ];
      lines
        .selectAll("text")
        .data(names)
        .join("text")
        .attr("class", (d) => d.class)
        .attr("x", (d) => x(d.x) + d.dx)
        .attr("y", (d) => size(d.y))
        .text((d) => d.text);
      rule.attr("x1", x(h)).attr("x2", x(h));
      const beside = exponent < -8 ? 1 : -1;
      marks
        .selectAll("text")
        .data([`h = ${power(h)}`])
        .join("text")
        .attr("class", beside > 0 ? "number strong" : "number strong end")
        .attr("x", x(h) + 8 * beside)
        .attr("y", top + 8)
        .text((d) => d);
      const two = [
        ["cut", truncation],
        ["off", rounding],
      ];
      marks
        .selectAll("circle")
        .data(two)
        .join("circle")
        .attr("class", (d) => d[0])
        .attr("r", 4.5)
        .attr("cx", x(h))
        .attr("cy", (d) => size(d[1]));
      handle.place(x(h), size(error), exponent, `h = ${power(h)}, error ${power(Math.abs(error))}`);

      const same = common(decimals(above), decimals(below));
      const rows = [
        [`f(1 + h)`, decimals(above), same, "quiet", ""],
        [figure.state.method === "central" ? "f(1 − h)" : "f(1)", decimals(below), same, "quiet", ""],
        ["slope", decimals(slope), right(slope, truth), "sure", "wrong"],
        ["truth", decimals(truth), 99, "", ""],
      ];
      const parts = (row) => {
        const [name, number, cut, first, second] = row;
        return [
          ["label quiet", name, 0],
          [`digits large ${first}`, number.slice(0, cut), 74],
          [`digits large ${second}`, number.slice(cut), cut ? null : 74],
        ];
      };
      const sum = [
        ["label quiet", "error", 0],
        ["number cut", shownError(truncation), 74],
        ["number", rounding < 0 ? " − " : " + ", null],
        ["number off", shownError(Math.abs(rounding)), null],
        ["number strong", ` = ${shownError(error)}`, null],
      ];
      text.svg
        .selectAll("text")
        .data([...rows.map(parts), sum])
        .join("text")
        .attr("transform", (d, k) => `translate(0, ${20 + 25 * k})`)
        .selectAll("tspan")
        .data((d) => d)
        .join("tspan")
        .attr("class", (d) => d[0])
        .attr("x", (d) => d[2])
        .text((d) => d[1]);
    };
  }

  const at = (curve, h) => curve.reduce((best, d) => (Math.abs(d.h / h - 1) < Math.abs(best.h / h - 1) ? d : best));
  const shownError = (value) => power(value, 1, "·");
  /** As many digits as tell a float64 from its neighbours. */
  const decimals = (value) => value.toPrecision(17).replace("-", "−");
  /** How long the common beginning of two texts is. */
  function common(a, b) {
    let k = 0;
    while (k < a.length && a[k] === b[k]) k += 1;
    return k;
  }

  Interactive.figure("gradient_checking", {
    state: { f: "exp", method: "central", exponent: -2 },
    arithmetic,
    words,
    view,
  });
})();
