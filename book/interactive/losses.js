/* Prediction and target to drag: seven losses and their gradients, all at once. */
"use strict";

(() => {
  const { range, clamp, dot, fixed, signed, sum, softmax, arrow } = Interactive;

  /** A difference d = a − y -> {loss, gradient} of each distance. */
  const squared = (d) => ({ loss: d * d, gradient: 2 * d });
  const absolute = (d) => ({ loss: Math.abs(d), gradient: Math.sign(d) });
  const huber = (d, delta) => ({
    loss: Math.abs(d) <= delta ? (d * d) / 2 : delta * (Math.abs(d) - delta / 2),
    gradient: clamp(d, -delta, delta),
  });

  /** Scores S (T,) and the true class z -> {loss, gradient (T,)} of each loss for classes. */
  function hinge(S, z) {
    const active = S.map((value, j) => j !== z && value - S[z] + 1 > 0);
    const loss = sum(S.map((value, j) => (active[j] ? value - S[z] + 1 : 0)));
    return { loss, gradient: active.map((on, j) => (j === z ? -active.filter(Boolean).length : Number(on))) };
  }
  function entropy(S, z) {
    const largest = Math.max(...S);
    const loss = largest - S[z] + Math.log(sum(S.map((value) => Math.exp(value - largest))));
    return { loss, gradient: softmax(S).map((f, j) => f - (j === z)) };
  }
  function focal(S, z, gamma) {
    const f = softmax(S);
    // 1 − f_z without a difference: what the others have.
    const rest = sum(f.filter((_, j) => j !== z));
    const log = -entropy(S, z).loss;
    const weight = rest ** gamma - (gamma ? gamma * rest ** (gamma - 1) * f[z] * log : 0);
    return { loss: -(rest ** gamma) * log, gradient: f.map((value, j) => weight * (j === z ? -rest : value)) };
  }

  /** Vectors a, y (D,) -> {loss, gradient (D,)} of the cosine distance. */
  function cosine(a, y) {
    const [long, other] = [Math.hypot(...a), Math.hypot(...y)];
    const c = dot(a, y) / (long * other);
    return { loss: 1 - c, gradient: a.map((value, k) => ((c * value) / long - y[k] / other) / long) };
  }

  /** The state -> {loss, gradient} of every loss, by its name. */
  function arithmetic({ a, y, delta, S, z, gamma, u, v }) {
    return {
      squared: squared(a - y),
      absolute: absolute(a - y),
      huber: huber(a - y, delta),
      hinge: hinge(S, z),
      entropy: entropy(S, z),
      focal: focal(S, z, gamma),
      cosine: cosine(u, v),
    };
  }

  const TITLES = {
    squared: "squared",
    absolute: "absolute",
    huber: "Huber",
    hinge: "hinge",
    entropy: "cross-entropy",
    focal: "focal",
    cosine: "cosine",
  };
  const STYLES = ["first", "second", "third"];

  function words({ a, y, S, z }, values) {
    const said = (names, shown) =>
      names
        .map((name) => `${TITLES[name]} ${fixed(values[name].loss, 2)}, gradient ${shown(values[name].gradient)}`)
        .join("; ");
    return (
      `Prediction ${fixed(a, 1)}, target ${fixed(y, 1)}: ${said(["squared", "absolute", "huber"], (g) => signed(g))}. ` +
      `Scores ${S.map((s) => fixed(s, 1)).join(" and ")}, true class ${z + 1}; with respect to the first score: ` +
      `${said(["hinge", "entropy", "focal"], (g) => signed(g[0]))}. ` +
      `${said(["cosine"], (g) => `(${g.map((value) => signed(value)).join(", ")})`)}.`
    );
  }

  function view(figure) {
    const { state } = figure;
    const distance = figure.panel({ label: "Losses of a number", height: 340 });
    const classes = figure.panel({ label: "Losses of scores", height: 340 });
    const plane = figure.panel({ label: "Cosine distance", height: 262, wide: true });
    const tenth = (value, low, high) => Math.round(clamp(value, low, high) * 10) / 10;

    /** A chart with three curves of a value on the x axis; returns draw(names, curve, now). */
    function chart(panel, { low, high, top, title }) {
      const [bottom, left] = [226, 24];
      const x = d3.scaleLinear([low, high], [left, 300]);
      const y = d3.scaleLinear([0, top], [bottom, 26]);
      const g = panel.svg.append("g").attr("aria-hidden", "true");
      g.append("text").attr("class", "quiet").attr("y", 12).text(title);
      const clip = `${figure.parts.name}-${panel.svg.attr("aria-label").replace(/\W/g, "")}`;
      const window_ = panel.svg
        .append("clipPath")
        .attr("id", clip)
        .append("rect")
        .attr("y", 20)
        .attr("height", bottom - 19);
      const inside = g.append("g").attr("clip-path", `url(#${clip})`);
      const draw = (names, at, now, slope) => {
        x.range([left, panel.width - 8]);
        window_.attr("width", panel.width);
        g.selectAll(".axis")
          .data([0])
          .join("path")
          .attr("class", "axis")
          .attr("d", `M${left},24V${bottom}H${panel.width - 8}`);
        g.selectAll(".tick")
          .data(x.ticks(5))
          .join("text")
          .attr("class", "tick quiet middle")
          .attr("y", bottom + 24)
          .attr("x", x)
          .text((t) => fixed(t, 0));
        g.selectAll(".level")
          .data(y.ticks(4))
          .join("text")
          .attr("class", "level quiet end")
          .attr("x", left - 5)
          .attr("y", (t) => y(t) + 4)
          .text(String);
        const places = range(161).map((k) => low + ((high - low) * k) / 160);
        inside
          .selectAll(".curve")
          .data(names)
          .join("path")
          .attr("class", (d, k) => `curve ${STYLES[k]}`)
          .attr("d", (name) =>
            d3.line(
              (t) => x(t),
              (t) => y(at(t)[name].loss),
            )(places),
          );
        const values = at(now);
        inside
          .selectAll(".tangent")
          .data(names)
          .join("path")
          .attr("class", (d, k) => `tangent ${STYLES[k]}`)
          .attr("d", (name) => {
            const { loss } = values[name];
            const g = slope(values[name]);
            const half = 46 / Math.hypot(1, (g * (y(0) - y(1))) / (x(1) - x(0))) / (x(1) - x(0));
            return `M${x(now - half)},${y(loss - half * g)}L${x(now + half)},${y(loss + half * g)}`;
          });
        inside
          .selectAll("circle")
          .data(names)
          .join("circle")
          .attr("class", (d, k) => `dot ${STYLES[k]}`)
          .attr("r", 5)
          .attr("cx", x(now))
          .attr("cy", (name) => y(values[name].loss));
        rows(
          g,
          names.map((name, k) => [STYLES[k], TITLES[name], fixed(values[name].loss), signed(slope(values[name]))]),
          290,
          panel.width,
        );
      };
      return { x, y, bottom, draw };
    }

    /** A little table: a dash of the curve, the name, the loss, the gradient. */
    function rows(g, data, top, width) {
      const place = [0, 24, width - 90, width - 6];
      g.selectAll(".column")
        .data(["loss", "gradient"])
        .join("text")
        .attr("class", "column quiet end")
        .attr("x", (d, k) => place[k + 2])
        .attr("y", top - 19)
        .text((d) => d);
      const all = data.flatMap((row, i) => row.slice(1).map((text, k) => ({ text, k, y: top + 19 * i })));
      g.selectAll(".cell")
        .data(all)
        .join("text")
        .attr("class", (d) => `cell number ${d.k ? "end" : ""}`)
        .attr("x", (d) => place[d.k + 1])
        .attr("y", (d) => d.y)
        .text((d) => d.text);
      g.selectAll(".key")
        .data(data)
        .join("path")
        .attr("class", (d) => `key curve ${d[0]}`)
        .attr("d", (d, i) => `M0,${top - 4 + 19 * i}h18`);
    }

    const numbers = chart(distance, { low: -4, high: 4, top: 9, title: "drag prediction a and target y" });
    const along = (key, label) =>
      figure.handle(distance.svg, {
        label,
        min: -4,
        max: 4,
        drag: ([x]) => figure.update({ [key]: tenth(numbers.x.invert(x), -4, 4) }),
        nudge: (dx, dy) => figure.update({ [key]: tenth(state[key] + 0.1 * (dx + dy), -4, 4) }),
        shape: (g) =>
          key === "a"
            ? g.append("circle").attr("r", 7)
            : g.append("rect").attr("x", -6.5).attr("y", -6.5).attr("width", 13).attr("height", 13),
      });
    const target = along("y", "target y");
    const prediction = along("a", "prediction a");
    target.g.style("color", "var(--green)");

    const scores = chart(classes, { low: -4, high: 4, top: 5, title: "drag the score s₁; s₂ is 0" });
    const score = figure.handle(classes.svg, {
      label: "score of class 1",
      min: -4,
      max: 4,
      drag: ([x]) => figure.update({ S: [tenth(scores.x.invert(x), -4, 4), 0] }),
      nudge: (dx, dy) => figure.update({ S: [tenth(state.S[0] + 0.1 * (dx + dy), -4, 4), 0] }),
    });

    const unit = 46;
    const drawing = plane.svg.append("g").attr("aria-hidden", "true");
    drawing.append("text").attr("class", "quiet").attr("y", 12).text("drag the tips of a and y");
    const middle = () => [plane.width / 2, 118];
    const tip = (key, label) =>
      figure.handle(plane.svg, {
        label,
        min: -3,
        max: 3,
        drag: ([x, y]) => aim(key, [(x - middle()[0]) / unit, (middle()[1] - y) / unit]),
        nudge: (dx, dy) =>
          aim(key, [state[key][0] + 0.1 * clamp(dx, -10, 10), state[key][1] + 0.1 * clamp(dy, -10, 10)]),
        shape: (g) =>
          key === "u"
            ? g.append("circle").attr("r", 7)
            : g.append("rect").attr("x", -6.5).attr("y", -6.5).attr("width", 13).attr("height", 13),
      });
    function aim(key, [x, y]) {
      const vector = [tenth(x, -3, 3), tenth(y, -2.3, 2.3)];
      // Where a vector ends, it has no direction.
      if (Math.hypot(...vector) >= 0.3) figure.update({ [key]: vector });
    }
    const tips = { v: tip("v", "target vector y"), u: tip("u", "prediction vector a") };
    tips.v.g.style("color", "var(--green)");

    figure.slider({ key: "delta", label: "Huber δ", min: 0.2, max: 3, step: 0.1, text: (v) => fixed(v, 1) });
    figure.slider({ key: "gamma", label: "focal γ", min: 0, max: 5, step: 0.1, text: (v) => fixed(v, 1) });
    figure.choice({
      key: "z",
      label: "true class",
      options: [
        [0, "1"],
        [1, "2"],
      ],
    });

    return (state, { cosine: turn }) => {
      const { a, y, delta, S, z, gamma, u, v } = state;
      numbers.draw(
        ["squared", "absolute", "huber"],
        (t) => ({ squared: squared(t - y), absolute: absolute(t - y), huber: huber(t - y, delta) }),
        a,
        (value) => value.gradient,
      );
      scores.draw(
        ["hinge", "entropy", "focal"],
        (t) => ({ hinge: hinge([t, 0], z), entropy: entropy([t, 0], z), focal: focal([t, 0], z, gamma) }),
        S[0],
        (value) => value.gradient[0],
      );
      target.place(numbers.x(y), numbers.bottom, y, `y = ${fixed(y, 1)}`);
      prediction.place(numbers.x(a), numbers.bottom, a, `a = ${fixed(a, 1)}`);
      score.place(scores.x(S[0]), scores.bottom, S[0], `score ${fixed(S[0], 1)}`);

      const [cx, cy] = middle();
      const at = ([p, q]) => [cx + unit * p, cy - unit * q];
      const end = u.map((value, k) => value - 2 * turn.gradient[k]);
      /** The place `by` pixels beyond the end of the way from one place to another. */
      const beyond = ([x, y], [u, w], by) => {
        const share = by / Math.max(1, Math.hypot(u - x, w - y));
        return [u + share * (u - x), w + share * (w - y)];
      };
      // A head is not hidden by the handle in front of it.
      const before = (tip) => beyond([cx, cy], tip, -9);
      const arrows = [
        ["vector target", [cx, cy], before(at(v))],
        ["vector", [cx, cy], before(at(u))],
        ["dashed", at(u), at(end)],
      ];
      drawing
        .selectAll("path.arrow")
        .data(arrows)
        .join("path")
        .attr("class", (d) => `arrow ${d[0]}`)
        .attr("d", (d) => arrow(...d[1], ...d[2], 9));
      drawing
        .selectAll(".name")
        .data([
          ["a", beyond([cx, cy], at(u), 18)],
          ["y", beyond([cx, cy], at(v), 18)],
          // The gradient is at right angles to a.
          ["−2 da", beyond([cx, cy], at(u.map((value, k) => value - turn.gradient[k])), 26)],
        ])
        .join("text")
        .attr("class", "name middle halo")
        .attr("x", (d) => d[1][0])
        .attr("y", (d) => d[1][1] + 4)
        .style("display", (d, k) => (k === 2 && Math.hypot(...turn.gradient) < 0.1 ? "none" : null))
        .text((d) => d[0]);
      const said = [
        `cosine distance ${fixed(turn.loss)}`,
        `gradient (${turn.gradient.map((g) => signed(g)).join(", ")})`,
      ];
      drawing
        .selectAll(".summary")
        .data(said)
        .join("text")
        .attr("class", "summary number")
        .attr("y", (d, k) => 236 + 18 * k)
        .text((d) => d);
      for (const [key, { place }] of Object.entries(tips))
        place(...at(state[key]), state[key][0], `(${state[key].map((value) => fixed(value, 1)).join(", ")})`);
    };
  }

  const START = { a: 1.4, y: -0.6, delta: 1, S: [-0.8, 0], z: 0, gamma: 2, u: [1.6, 0.8], v: [0.6, 1.6] };
  Interactive.figure("losses", { state: START, arithmetic, words, view });
})();
