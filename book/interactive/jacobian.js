/* A point on the simplex, the Jacobian there, and the answer to a nudge of the logits: exact beside linear. */
"use strict";

(() => {
  const { range, clamp, dot, fixed, brief, softmax, simplex, tint, arrow } = Interactive;
  const NAMES = ["class 1", "class 2", "class 3"];
  const COLOURS = ["var(--blue)", "var(--orange)", "var(--green)"];
  // Two directions at right angles to (1, 1, 1), which span all that softmax can answer with.
  const PLANE = [[1, -1, 0].map((v) => v / Math.sqrt(2)), [1, 1, -2].map((v) => v / Math.sqrt(6))];

  /** f (N,) -> J (N, N), J[i][j] = f_i (δ_ij − f_j). */
  const jacobian = (f) => f.map((fi, i) => f.map((fj, j) => fi * ((i === j) - fj)));
  /** (N,), (N,) -> J v (N,) without the matrix. */
  const jvp = (f, v) => f.map((value, k) => value * (v[k] - dot(f, v)));

  /** The two eigenvalues that are not 0, the larger first, each with its vector of length 1 in the plane of the simplex. */
  function eigen(f) {
    const [[a, b], [, c]] = PLANE.map((e) => PLANE.map((g) => dot(e, jvp(f, g))));
    const angle = Math.atan2(2 * b, a - c) / 2;
    return [0, Math.PI / 2].map((turn) => {
      const [s, t] = [Math.cos(angle + turn), Math.sin(angle + turn)];
      return {
        value: a * s * s + 2 * b * s * t + c * t * t,
        vector: range(3).map((k) => s * PLANE[0][k] + t * PLANE[1][k]),
      };
    });
  }

  /** {p, v} -> {f, J, change: J v, exact: softmax(p + v), linear: f + J v, eigen, gap: largest |exact − linear|}. */
  function arithmetic({ p, v }) {
    const f = softmax(p);
    const change = jvp(f, v);
    const exact = softmax(p.map((value, k) => value + v[k]));
    const linear = f.map((value, k) => value + change[k]);
    const gap = Math.max(...exact.map((value, k) => Math.abs(value - linear[k])));
    return { f, J: jacobian(f), change, exact, linear, eigen: eigen(f), gap };
  }

  const listed = (values, decimals = 3) => values.map((value) => fixed(value, decimals)).join(", ");

  function words({ v }, { f, exact, linear, eigen, gap }) {
    const same = new Set(v).size === 1 && v[0] !== 0;
    const answer = same
      ? "The nudge is the same for all logits, and the answer is 0."
      : `The nudge (${v.map(brief).join(", ")}) leads to ${listed(exact)}; the Jacobian predicts ${listed(linear)}, off by at most ${fixed(gap, 3)}.`;
    return `At f = (${listed(f)}) the eigenvalues are ${listed(eigen.map((e) => e.value))} and 0. ${answer}`;
  }

  function view(figure) {
    const { state } = figure;
    const triangle = figure.panel({ label: "The simplex, with the point f and the answers to the nudge", height: 350 });
    const right = figure.panel({ label: "The nudge and the Jacobian", height: 350 });
    const corners = () => simplex.corners(3, triangle.width, triangle.height - 20);

    const drawing = triangle.svg.append("g").attr("aria-hidden", "true");
    const outline = drawing.append("g");
    drawing.append("text").attr("class", "quiet").attr("y", 14).text("drag the point f");
    const flow = drawing.append("g").attr("class", "flow");
    const axes = drawing.append("g").attr("class", "eigen");
    const arrows = drawing.append("g");
    const legend = drawing.append("g").attr("transform", `translate(0, ${triangle.height - 8})`);
    [
      ["exact", "solid", 0],
      ["f + J v", "dashed", 70],
      ["eigenvectors", "eigen", 158],
    ].forEach(([text, name, x]) => {
      legend
        .append("line")
        .attr("class", name)
        .attr("x1", x)
        .attr("x2", x + 22)
        .attr("y1", -4)
        .attr("y2", -4);
      legend
        .append("text")
        .attr("x", x + 27)
        .text(text);
    });
    const point = figure.handle(triangle.svg, {
      label: "the probabilities f, a point of the simplex",
      min: 0,
      max: 1,
      drag: (place) => aim(place),
      nudge: (dx, dy) => {
        const [x, y] = simplex.place(figure.values.f, corners());
        aim([x + 3 * clamp(dx, -30, 30), y - 3 * clamp(dy, -30, 30)]);
      },
    });
    const aim = (place) => figure.update({ p: simplex.probabilities(place, corners()).map(Math.log) });

    right.svg
      .append("text")
      .attr("class", "quiet")
      .attr("y", 14)
      .attr("aria-hidden", "true")
      .text("nudge v of the logits: drag");
    const nudge = figure.columns(right, {
      labels: NAMES.map((name) => `nudge of the logit of ${name}`),
      low: -2,
      high: 2,
      bottom: 108,
      top: 34,
      colours: COLOURS,
      set: (k, value) => figure.update({ v: state.v.map((old, i) => (i === k ? value : old)) }),
    });
    const heat = right.svg.append("g").attr("aria-hidden", "true");
    heat.append("text").attr("class", "quiet").attr("y", 142).text("J: how f answers (row) to p (column)");
    const table = right.svg.append("g").attr("aria-hidden", "true");
    const read = figure.table("The Jacobian J: how f answers to p", ["J", ...NAMES.map((name) => `p of ${name}`)]);

    figure.button("The same nudge for all", () => figure.update({ v: [1, 1, 1] }));
    figure.button("Largest answer", () => {
      const { vector } = figure.values.eigen[0];
      figure.update({ v: vector.map((value) => Math.round(100 * value) / 100) });
    });

    return ({ v }, { f, J, exact, linear, eigen, gap }) => {
      const points = corners();
      const place = (g) => simplex.place(g, points);
      const [x, y] = place(f);
      const along = (vector, length) => {
        const [dx, dy] = simplex.place(vector, points);
        return [length * dx, length * dy];
      };
      simplex.outline(outline, points, NAMES, COLOURS);
      // The same nudge, asked at many points: short where softmax is deaf.
      const grid = range(11).flatMap((i) =>
        range(11 - i).map((j) => [i + 0.4, j + 0.4, 10 - i - j + 0.4].map((n) => n / 11.2)),
      );
      flow
        .selectAll("path")
        .data(grid)
        .join("path")
        .attr("d", (g) => {
          const [dx, dy] = along(jvp(g, v), 0.22);
          const [px, py] = place(g);
          return arrow(px - dx / 2, py - dy / 2, px + dx / 2, py + dy / 2, 3.5);
        });
      // A nudge along an eigenvector is answered along it, so both ends are heads.
      axes
        .selectAll("path")
        .data(eigen)
        .join("path")
        .attr("d", (e) => {
          const [dx, dy] = along(e.vector, e.value);
          return arrow(x, y, x + dx, y + dy, 8) + arrow(x, y, x - dx, y - dy, 8);
        });
      const ends = [
        ["solid", exact],
        ["dashed", linear],
      ];
      arrows
        .selectAll("path")
        .data(ends)
        .join("path")
        .attr("class", (d) => d[0])
        .attr("d", (d) => arrow(x, y, ...place(d[1]), 7));
      point.place(x, y, f[0], `f = ${listed(f)}`);

      const column = d3.scalePoint(range(3), [44, right.width]).padding(0.5);
      nudge(v, column);
      const [wide, tall] = [Math.min(86, (right.width - 44) / 3.1), 34];
      const cells = J.flatMap((row, i) =>
        row.map((value, j) => ({ value, x: column(j) - wide / 2, y: 152 + i * tall })),
      );
      heat
        .selectAll("rect")
        .data(cells)
        .join("rect")
        .attr("x", (c) => c.x)
        .attr("y", (c) => c.y)
        .attr("width", wide)
        .attr("height", tall)
        .style("fill", (c) => tint(c.value, 0.25));
      heat
        .selectAll(".entry")
        .data(cells)
        .join("text")
        .attr("class", "entry number middle")
        .attr("x", (c) => c.x + wide / 2)
        .attr("y", (c) => c.y + 22)
        .text((c) => fixed(c.value, 3));
      read(J.map((row, i) => [`f of ${NAMES[i]}`, ...row.map((value) => fixed(value, 3))]));
      const rows = [
        ["f", f],
        ["exact", exact],
        ["linear", linear],
      ];
      rows.forEach(([name, values], i) => {
        const data = [{ x: 0, text: name }, ...values.map((value, k) => ({ x: column(k), text: fixed(value, 3) }))];
        table
          .selectAll(`.row${i}`)
          .data(data)
          .join("text")
          .attr("class", (d, k) => `row${i} number ${k ? "middle" : "quiet"}`)
          .attr("x", (d) => d.x)
          .attr("y", 278 + 19 * i)
          .text((d) => d.text);
      });
      const last = [`gap ${fixed(gap, 3)}`, `eigenvalues ${listed(eigen.map((e) => e.value))}, 0`];
      table
        .selectAll(".last")
        .data(last)
        .join("text")
        .attr("class", "last number")
        .attr("y", 341)
        .attr("x", (d, k) => 84 * k)
        .text((d) => d);
    };
  }

  Interactive.figure("jacobian", { state: { p: [0, 1, 0.4], v: [1, -0.5, 0] }, arithmetic, words, view });
})();
