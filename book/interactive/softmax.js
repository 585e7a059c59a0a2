/* Logits to drag, their probabilities, and the point that these are on the simplex. */
"use strict";

(() => {
  const { range, clamp, sum, fixed, signed, brief, softmax, simplex } = Interactive;
  const NAMES = ["cat", "dog", "horse", "owl", "bee"];
  const COLOURS = ["var(--blue)", "var(--orange)", "var(--green)", "var(--violet)", "var(--ink)"];
  const [LOW, HIGH] = [-4, 8];
  const START = [1, 2, 3, 0.5, 2];

  /** {p, shift, tau} -> {p: the logits with the shift, f: their probabilities at the temperature, path: f at others}. */
  function arithmetic({ p, shift, tau }) {
    const shifted = p.map((value) => value + shift);
    const at = (temperature) => softmax(shifted.map((value) => value / temperature));
    return { p: shifted, f: at(tau), path: range(61).map((k) => at(10 ** (1.5 - k * 0.05))) };
  }

  function words({ shift, tau }, { p, f }) {
    const listed = p.map((value, k) => `${NAMES[k]}: logit ${brief(value)}, probability ${fixed(f[k], 3)}`).join("; ");
    const moved = shift ? ` All logits have got ${signed(shift, 1)}, and no probability has moved.` : "";
    const ranked = range(p.length).sort((i, j) => p[j] - p[i]);
    const lead = p[ranked[0]] - p[ranked[1]];
    const ratio = Math.exp(lead / tau);
    const times = ratio < 1e4 ? `${fixed(ratio, ratio < 10 ? 2 : 0)} times` : "more than 10 000 times";
    const leads =
      lead < 1e-9
        ? `The ${NAMES[ranked[0]]} and the ${NAMES[ranked[1]]} are tied.`
        : `The ${NAMES[ranked[0]]} leads the ${NAMES[ranked[1]]} by ${brief(lead)} and is ${times} as probable.`;
    return `Temperature ${fixed(tau, 2)}. ${listed}. ${leads}${moved}`;
  }

  function view(figure) {
    const { state } = figure;
    const columns = figure.panel({ label: "Logits to drag, and their probabilities", height: 360 });
    const triangle = figure.panel({ label: "The probabilities as a point", height: 360 });
    const [top, middle, base] = [34, 200, 328];
    const share = d3.scaleLinear([0, 1], [base, middle + 50]);

    const back = columns.svg.append("g").attr("aria-hidden", "true");
    back.append("text").attr("class", "quiet").attr("y", 14).text("logits p: drag them");
    back
      .append("text")
      .attr("class", "quiet")
      .attr("y", middle + 26)
      .text("probabilities f");
    const floor = back.append("line").attr("class", "axis").attr("y1", base).attr("y2", base);
    const logits = figure.columns(columns, {
      labels: NAMES.map((name) => `logit of ${name}`),
      low: LOW,
      high: HIGH,
      bottom: middle,
      top,
      colours: COLOURS,
      set(k, value) {
        const p = [...state.p];
        p[k] = value - state.shift;
        figure.update({ p });
      },
    });

    const outline = triangle.svg.append("g").attr("aria-hidden", "true");
    const path = triangle.svg.append("path").attr("class", "trace").attr("aria-hidden", "true");
    const note = triangle.svg.append("text").attr("class", "quiet").attr("y", 14).attr("aria-hidden", "true");
    const dot = figure.handle(triangle.svg, {
      label: "the probabilities, as a point among the classes",
      min: 0,
      max: 1,
      drag: (place) => aim(simplex.probabilities(place, corners())),
      nudge: (dx, dy) => {
        const [x, y] = simplex.place(figure.values.f, corners());
        aim(simplex.probabilities([x + 3 * clamp(dx, -30, 30), y - 3 * clamp(dy, -30, 30)], corners()));
      },
    });

    /** Logits with the probabilities f, at the present temperature, whose mean stays what it was. */
    function aim(f) {
      if (state.p.length !== 3) return;
      const p = f.map((value) => state.tau * Math.log(value));
      const level = (sum(state.p) - sum(p)) / 3;
      const reach = (value) => clamp(value + level, LOW - state.shift, HIGH - state.shift);
      figure.update({ p: p.map(reach) });
    }

    const corners = () => simplex.corners(state.p.length, triangle.width, triangle.height);

    figure.slider({
      key: "shift",
      label: "add the same to all",
      min: -4,
      max: 4,
      step: 0.1,
      text: (v) => signed(v, 1),
      // As far as all of them stay on the drawing.
      scale: { to: (v) => clamp(v, LOW - Math.min(...state.p), HIGH - Math.max(...state.p)), from: (v) => v },
    });
    figure.slider({
      key: "tau",
      label: "temperature τ",
      min: -1,
      max: 1,
      step: 0.02,
      scale: { to: (t) => 10 ** t, from: (v) => Math.log10(v) },
    });
    figure.choice({
      key: "N",
      label: "classes",
      options: [
        [3, "3"],
        [4, "4"],
        [5, "5"],
      ],
      change: (N, { p }) => ({ p: range(N).map((k) => p[k] ?? START[k]) }),
    });

    return ({ N }, { p, f, path: cooled }) => {
      const x = d3.scalePoint(range(N), [0, columns.width]).padding(0.6);
      floor.attr("x2", columns.width);
      logits(p, x);
      back
        .selectAll("rect")
        .data(f)
        .join("rect")
        .attr("width", 34)
        .attr("x", (d, k) => x(k) - 17)
        .attr("y", share)
        .attr("height", (d) => base - share(d))
        .style("fill", (d, k) => COLOURS[k]);
      back
        .selectAll(".share")
        .data(f)
        .join("text")
        .attr("class", "share number middle")
        .attr("x", (d, k) => x(k))
        .attr("y", (d) => share(d) - 6)
        .text((d) => fixed(d, 3));
      back
        .selectAll(".strong")
        .data(p)
        .join("text")
        .attr("class", "strong middle")
        .attr("x", (d, k) => x(k))
        .attr("y", base + 20)
        .style("fill", (d, k) => COLOURS[k])
        .text((d, k) => NAMES[k]);

      const points = corners();
      simplex.outline(outline, points, NAMES, COLOURS);
      path.attr("d", d3.line()(cooled.map((g) => simplex.place(g, points))));
      note.text(N === 3 ? "as a point: drag it" : `as a point: the shadow of ${N - 1} dimensions`);
      dot.g.classed("fixed", N !== 3);
      dot.place(
        ...simplex.place(f, points),
        fixed(Math.max(...f), 3),
        f.map((v, k) => `${NAMES[k]} ${fixed(v, 3)}`).join(", "),
      );
    };
  }

  Interactive.figure("softmax", { state: { p: START.slice(0, 3), shift: 0, tau: 1, N: 3 }, arithmetic, words, view });
})();
