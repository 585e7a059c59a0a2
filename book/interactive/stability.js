/* Three forms of one loss in three number types, as logits grow: where each of them breaks, number by number.

What is modelled is NumPy: every operation rounds its result to the type. A float16 `exp` or `log` is that of float32,
rounded once more, and a float16 sum is added up in float32 and rounded at its end. `exp` and `log` in float32 are the
rounded ones of float64; NumPy's own are up to three units in the last place away. */
"use strict";

(() => {
  const { range, clamp, sum, fixed } = Interactive;
  const [SMALLEST, LARGEST] = [1, 4000];

  /** The nearest float16 of a number, ties to even, as a float64. */
  function float16(x) {
    const size = Math.abs(x);
    if (!(size > 0) || size === Infinity) return x;
    if (size >= 65520) return Math.sign(x) * Infinity;
    // The unit in the last place: 2^-24 among the subnormal numbers, else 2^-10 of the power of two below.
    const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(size))) - 10);
    const scaled = size / unit;
    const whole = Math.floor(scaled);
    const rest = scaled - whole;
    const up = rest > 0.5 || (rest === 0.5 && whole % 2 === 1);
    return Math.sign(x) * (whole + up) * unit;
  }

  const TYPES = {
    float16: { round: float16, wide: Math.fround, epsilon: 2 ** -10 },
    float32: { round: Math.fround, wide: Math.fround, epsilon: 2 ** -23 },
    float64: { round: (x) => x, wide: (x) => x, epsilon: 2 ** -52 },
  };

  /** The operations of a type: each takes and gives numbers of that type. */
  function machine({ round, wide }) {
    return {
      exp: (x) => round(wide(Math.exp(x))),
      log: (x) => round(wide(Math.log(x))),
      sum: (list) => round(list.reduce((total, x) => wide(total + x), 0)),
      divide: (a, b) => round(wide(a / b)),
      subtract: (a, b) => round(wide(a - b)),
    };
  }

  /** {type, p} -> the numbers that each form meets on its way to the loss of class 0, and the loss. */
  function forms({ type, p }) {
    const m = machine(TYPES[type]);
    const chain = (logits) => {
      const e = logits.map(m.exp);
      const total = m.sum(e);
      const f = m.divide(e[0], total);
      return { e, sum: total, f, loss: -m.log(f) };
    };
    const largest = Math.max(...p);
    const s = p.map((value) => m.subtract(value, largest));
    const shifted = { s, ...chain(s) };
    const fused = { s, e: shifted.e, sum: shifted.sum, log: m.log(shifted.sum) };
    fused.loss = m.subtract(fused.log, s[0]);
    return { naive: chain(p), shifted, fused };
  }

  /** The logits s · (1/3, 2/3, 1) in a type. */
  const logits = (type, size) => [1, 2, 3].map((k) => TYPES[type].round((size * k) / 3));

  /** The loss of class 0 for logits that are numbers of a type, to nearly all digits of float64. */
  function exact(p) {
    const largest = Math.max(...p);
    return largest - p[0] + Math.log(sum(p.map((value) => Math.exp(value - largest))));
  }

  /** "right" to a few roundings of the type, "off", "inf" or "nan". */
  function verdict(loss, truth, type) {
    if (Number.isNaN(loss)) return "nan";
    if (!Number.isFinite(loss)) return "inf";
    return Math.abs(loss - truth) <= 8 * TYPES[type].epsilon * Math.max(1, truth) ? "right" : "off";
  }

  /** {size} -> for each type its logits, the exact loss, and each form's numbers with their verdict. */
  function arithmetic({ size }) {
    return Object.fromEntries(
      Object.keys(TYPES).map((type) => {
        const p = logits(type, size);
        const truth = exact(p);
        const found = forms({ type, p });
        for (const form of Object.values(found)) form.verdict = verdict(form.loss, truth, type);
        return [type, { p, exact: truth, ...found }];
      }),
    );
  }

  /** The shortest decimal that stands for this number of the type and no other, as NumPy prints it. */
  function shortest(x, type) {
    if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "−inf";
    const { round } = TYPES[type];
    const digits = range(17)
      .map((k) => k + 1)
      .find((k) => round(Number(x.toPrecision(k))) === x);
    const plain = x === 0 || (Math.abs(x) >= 1e-4 && Math.abs(x) < 1e7);
    const text = plain ? String(Number(x.toPrecision(digits))) : x.toExponential(digits - 1).replace("e+", "e");
    return text.replaceAll("-", "−");
  }

  const FORMS = {
    naive: "naive: exp, divide, log",
    shifted: "shifted: the same of p − max p",
    fused: "fused: lse(p) − p_z",
  };

  function words({ size, type }, values) {
    const said = Object.keys(TYPES).map(
      (name) =>
        `${name}: ${Object.keys(FORMS)
          .map((form) => `${form} ${values[name][form].verdict}`)
          .join(", ")}`,
    );
    const { naive, shifted, fused, exact } = values[type];
    return (
      `Largest logit ${fixed(size, size < 100 ? 1 : 0)}. ${said.join("; ")}. In ${type} the loss is ${shortest(exact, "float64")}; ` +
      `naive ${shortest(naive.loss, type)}, shifted ${shortest(shifted.loss, type)}, fused ${shortest(fused.loss, type)}.`
    );
  }

  function view(figure) {
    const { state } = figure;
    const map = figure.panel({ label: "Where each form breaks, as the logits grow", height: 356 });
    const detail = figure.panel({ label: "The numbers on the way", height: 356 });
    const left = 60;
    const x = d3.scaleLog([SMALLEST, LARGEST], [left, 300]);
    // Nothing here moves, so it is computed once.
    const sizes = range(220).map((k) => SMALLEST * (LARGEST / SMALLEST) ** (k / 219));
    const strips = Object.keys(FORMS).flatMap((form, i) =>
      Object.keys(TYPES).map((type, j) => ({ form, type, y: 44 + 98 * i + 24 * j, runs: [] })),
    );
    for (const size of sizes) {
      const values = arithmetic({ size });
      for (const { form, type, runs } of strips) {
        const word = values[type][form].verdict;
        if (runs.at(-1)?.word !== word) runs.push({ word, from: size });
        runs.at(-1).to = size;
      }
    }

    const drawing = map.svg.append("g").attr("aria-hidden", "true");
    const rule = drawing.append("line").attr("class", "axis").attr("y1", 22).attr("y2", 326);
    const set = (size) => figure.update({ size: Number(clamp(size, SMALLEST, LARGEST).toPrecision(4)) });
    const handle = figure.handle(map.svg, {
      label: "size of the logits",
      min: SMALLEST,
      max: LARGEST,
      drag: ([place]) => set(x.invert(place)),
      nudge: (dx, dy) => set(state.size * 1.02 ** (dx + dy)),
    });
    const lines = detail.svg.append("g").attr("aria-hidden", "true");
    const read = figure.table("The numbers on the way to the loss of class 1", ["step", "first", "second"]);
    figure.choice({ key: "type", label: "look inside", options: Object.keys(TYPES).map((type) => [type, type]) });

    /** What stays as it is until the width changes. */
    function background() {
      x.range([left, map.width - 10]);
      const runs = strips.flatMap((strip) => strip.runs.map((run) => ({ ...strip, ...run })));
      drawing
        .selectAll("rect")
        .data(runs)
        .join("rect")
        .attr("class", (d) => `verdict ${d.word}`)
        .attr("x", (d) => x(d.from))
        .attr("width", (d) => Math.max(1.5, x(d.to) - x(d.from)))
        .attr("y", (d) => d.y)
        .attr("height", 20);
      drawing
        .selectAll(".form")
        .data(Object.keys(FORMS))
        .join("text")
        .attr("class", "form strong")
        .attr("x", left)
        .attr("y", (d, i) => 38 + 98 * i)
        .text((d) => FORMS[d]);
      drawing
        .selectAll(".word")
        .data(runs.filter((d) => x(d.to) - x(d.from) > 28))
        .join("text")
        .attr("class", (d) => `word middle verdict ${d.word}`)
        .attr("x", (d) => (x(d.from) + x(d.to)) / 2)
        .attr("y", (d) => d.y + 14.5)
        .text((d) => d.word);
      drawing
        .selectAll(".tick")
        .data([1, 10, 100, 1000])
        .join("text")
        .attr("class", "tick quiet middle")
        .attr("x", x)
        .attr("y", 348)
        .text(String);
      drawing.selectAll(".what").data([0]).join("text").attr("class", "what quiet").attr("y", 348).text("max p");
      rule.raise();
    }

    let drawn = 0;
    return ({ size, type }, values) => {
      if (drawn !== map.width) background();
      drawn = map.width;
      drawing
        .selectAll(".type")
        .data(strips)
        .join("text")
        .attr("class", (d) => `type end ${d.type === type ? "strong" : "quiet"}`)
        .attr("x", left - 6)
        .attr("y", (d) => d.y + 15)
        .text((d) => d.type);
      rule.attr("x1", x(size)).attr("x2", x(size));
      handle.place(x(size), 14, size, `largest logit ${size}`);

      const { p, exact, naive, shifted, fused } = values[type];
      const number = (value, kind = "") => ({ text: shortest(value, type), kind: `digits ${kind}` });
      // What is no ordinary number any more, or none at all, is where a form begins to break.
      const checked = (value) => number(value, value === 0 || !Number.isFinite(value) ? "wrong" : "");
      const loss = ({ loss, verdict }) => [
        "loss",
        null,
        {
          text: Number.isFinite(loss) ? `${shortest(loss, type)}  ${verdict}` : verdict,
          kind: `digits said ${verdict}`,
        },
      ];
      const rest = (form) => [["sum", null, checked(form.sum)], ["f_z", null, checked(form.f)], loss(form)];
      const head = (form, ...names) => [form, ...names.map((text) => ({ text, kind: "quiet" }))];
      const rows = [
        ["exact loss of class 1", null, { text: shortest(exact, "float64"), kind: "digits" }],
        head("naive", "p", "exp p"),
        ...p.map((value, k) => [`${k + 1}`, number(value), checked(naive.e[k])]),
        ...rest(naive),
        head("shifted", "s = p − max", "exp s"),
        ...shifted.s.map((value, k) => [`${k + 1}`, number(value), checked(shifted.e[k])]),
        ...rest(shifted),
        head("fused", "", ""),
        ["log sum", null, number(fused.log)],
        ["s_z", null, number(fused.s[0])],
        loss(fused),
      ];
      read(rows.map(([name, ...cells]) => [name, ...cells.map((cell) => cell?.text ?? "")]));
      const isHead = (name) => Object.hasOwn(FORMS, name);
      // Two numbers of float64 have room side by side on the narrowest page.
      const font = clamp(detail.width / 26, 9.5, 12.5);
      lines.style("font-size", `${font}px`);
      lines
        .selectAll("g")
        .data(rows)
        .join("g")
        .attr("transform", (d, k) => `translate(0, ${14 + 17.2 * k})`)
        .selectAll("text")
        .data(([name, ...cells]) => [{ text: name, kind: isHead(name) ? "strong" : "quiet" }, ...cells])
        .join("text")
        .attr("class", (d) => d?.kind ?? "")
        .attr("x", (d, k) => [0, d?.kind === "quiet" ? 60 : 16, Math.max(16 + 11.1 * font, detail.width / 2)][k])
        .text((d) => d?.text ?? "");
    };
  }

  Interactive.figure("stability", {
    state: { size: 10, type: "float32" },
    arithmetic,
    words,
    view,
    float16,
    shortest,
  });
})();
