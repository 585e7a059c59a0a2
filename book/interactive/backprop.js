/* The last layer, trained by hand: nine parameters to drag, and the forces f − y that act on them. */
"use strict";

(() => {
  const { range, clamp, sum, mean, dot, fixed, softmax, simplex, arrow, subscript } = Interactive;
  const X = [
    [1, 0.5],
    [0.8, -0.6],
    [-1, 0.4],
    [-0.4, -1],
  ];
  const LABELS = [0, 1, 2, 2];
  const CLASSES = ["class 1", "class 2", "class 3"];
  const COLOURS = ["var(--blue)", "var(--orange)", "var(--green)"];
  const START = {
    W: [
      [0.4, 0.8, -0.6],
      [-0.8, 0.5, 0.6],
    ],
    b: [0.5, -0.5, -0.8],
    rate: 0.5,
  };

  /** {W (2, 3), b (3,)} -> {P, F, D = F − Y, losses, loss: their mean, dW, db}, over the batch of four. */
  function arithmetic({ W, b, X: inputs = X, z = LABELS }) {
    const P = inputs.map((x) =>
      b.map(
        (value, j) =>
          dot(
            x,
            W.map((row) => row[j]),
          ) + value,
      ),
    );
    const F = P.map(softmax);
    const D = F.map((f, r) => f.map((value, j) => value - (j === z[r])));
    const losses = P.map(
      (p, r) => Math.max(...p) + Math.log(sum(p.map((v) => Math.exp(v - Math.max(...p))))) - p[z[r]],
    );
    const dW = W.map((row, k) => row.map((_, j) => mean(D.map((d, r) => inputs[r][k] * d[j]))));
    return { P, F, D, losses, loss: mean(losses), dW, db: b.map((_, j) => mean(D.map((d) => d[j]))) };
  }

  const listed = (values) => values.map((value) => fixed(value, 3)).join(", ");

  function words(state, { loss, losses, db, dW }) {
    const largest = Math.max(...[...db, ...dW.flat()].map(Math.abs));
    const worst = losses.indexOf(Math.max(...losses));
    const still = largest < 0.01 ? " Hardly any force is left." : "";
    return (
      `The mean loss is ${fixed(loss, 3)}; the losses are ${listed(losses)}, the largest that of example ${worst + 1}. ` +
      `db = (${listed(db)}), the mean of the rows of F − Y; the largest entry of any gradient is ${fixed(largest, 3)}.${still}`
    );
  }

  function view(figure) {
    const { state } = figure;
    const triangle = figure.panel({ label: "The four examples and the forces on them", height: 330 });
    const table = figure.panel({ label: "F minus Y and its mean", height: 330 });
    const read = figure.table("F − Y, its mean, and the losses", ["row", ...CLASSES, "loss"]);
    const bars = figure.panel({ label: "The nine parameters", height: 262, wide: true });

    const drawing = triangle.svg.append("g").attr("aria-hidden", "true");
    const outline = drawing.append("g");
    const forces = drawing.append("g");
    const points = drawing.append("g");
    drawing.append("text").attr("class", "quiet").attr("y", 14).text("each example is pushed by y − f");
    const grid = table.svg.append("g").attr("aria-hidden", "true");
    const arrows = bars.svg.append("g").attr("aria-hidden", "true");
    arrows.append("text").attr("class", "quiet").attr("y", 12).text("drag each the way its arrow points");
    const names = [0, 1]
      .flatMap((k) => range(3).map((j) => `W${subscript(k + 1)}${subscript(j + 1)}`))
      .concat(range(3).map((j) => `b${subscript(j + 1)}`));
    const parameters = ({ W, b }) => [...W.flat(), ...b];
    const [low, high, bottom, top] = [-4, 4, 212, 34];
    const columns = figure.columns(bars, {
      labels: names,
      low,
      high,
      bottom,
      top,
      colours: range(9).map((k) => COLOURS[k % 3]),
      below: 254,
      set(k, value) {
        const all = parameters(state);
        all[k] = value;
        figure.update({ W: [all.slice(0, 3), all.slice(3, 6)], b: all.slice(6) });
      },
    });
    const scale = d3.scaleLinear([low, high], [bottom, top]);
    function descend() {
      const { dW, db } = arithmetic(state);
      const step = (value, slope) => clamp(value - state.rate * slope, low, high);
      figure.update({
        W: state.W.map((row, k) => row.map((v, j) => step(v, dW[k][j]))),
        b: state.b.map((v, j) => step(v, db[j])),
      });
    }
    figure.slider({
      key: "rate",
      label: "learning rate η",
      min: -1,
      max: 1,
      step: 0.05,
      scale: { to: (t) => 10 ** t, from: (v) => Math.log10(v) },
    });
    figure.button("One step of gradient descent", descend);

    return (state, { F, D, losses, loss, dW, db }) => {
      const corners = simplex.corners(3, triangle.width, triangle.height);
      simplex.outline(outline, corners, CLASSES, COLOURS);
      const spots = F.map((f) => simplex.place(f, corners));
      forces
        .selectAll("path")
        .data(D)
        .join("path")
        .attr("class", "force")
        .style("stroke", (d, r) => COLOURS[LABELS[r]])
        .attr("d", (d, r) => {
          // y − f, as a step in the plane of the simplex: it ends in the corner of the true class. Half of it is drawn.
          const [dx, dy] = simplex.place(
            d.map((value) => -value / 2),
            corners,
          );
          return arrow(...spots[r], spots[r][0] + dx, spots[r][1] + dy, 9);
        });
      points
        .selectAll("circle")
        .data(spots)
        .join("circle")
        .attr("r", 10)
        .attr("cx", (d) => d[0])
        .attr("cy", (d) => d[1])
        .style("fill", (d, r) => COLOURS[LABELS[r]]);
      points
        .selectAll("text")
        .data(spots)
        .join("text")
        .attr("class", "on strong middle")
        .attr("x", (d) => d[0])
        .attr("y", (d) => d[1] + 4.5)
        .text((d, r) => r + 1);

      const wide = Math.min(66, (table.width - 92) / 4);
      const x = (j) => 76 + j * (wide + 3);
      const cells = [...D, db].flatMap((row, r) =>
        row.map((value, j) => ({ value, j, r, y: r === 4 ? 226 : 34 + 44 * r })),
      );
      grid
        .selectAll("rect")
        .data(cells)
        .join("rect")
        .attr("x", (c) => x(c.j))
        .attr("y", (c) => c.y)
        .attr("width", wide)
        .attr("height", 40)
        .style("fill", (c) => Interactive.tint(c.value, 1))
        .attr("class", (c) => (c.r < 4 && c.j === LABELS[c.r] ? "framed" : ""));
      grid
        .selectAll(".entry")
        .data(cells)
        .join("text")
        .attr("class", "entry number middle")
        .attr("x", (c) => x(c.j) + wide / 2)
        .attr("y", (c) => c.y + 25)
        .text((c) => fixed(c.value, 2));
      read(
        [...D, db].map((row, r) => [
          r === 4 ? "mean: db" : `example ${r + 1}, of ${CLASSES[LABELS[r]]}`,
          ...row.map((value) => fixed(value, 2)),
          fixed([...losses, loss][r], 3),
        ]),
      );
      const labels = [
        ...range(4).map((r) => [0, 59 + 44 * r, `example ${r + 1}`, ""]),
        [0, 251, "mean: db", "strong"],
        ...range(3).map((j) => [x(j) + wide / 2, 24, `f${subscript(j + 1)} − y${subscript(j + 1)}`, "quiet middle"]),
        [x(3) + 20, 24, "loss", "quiet middle"],
        ...[...losses, loss].map((value, r) => [
          x(3) + 20,
          r === 4 ? 251 : 59 + 44 * r,
          fixed(value, value < 10 ? 3 : 2),
          `middle number ${r === 4 ? "strong" : ""}`,
        ]),
      ];
      grid
        .selectAll(".label")
        .data(labels)
        .join("text")
        .attr("class", (d) => `label ${d[3]}`)
        .attr("x", (d) => d[0])
        .attr("y", (d) => d[1])
        .text((d) => d[2]);

      const place = (k) => (bars.width / 9.6) * (k + 0.45 + 0.3 * Math.floor(k / 3));
      columns(parameters(state), place);
      const slopes = [...dW.flat(), ...db];
      arrows
        .selectAll("path")
        .data(slopes)
        .join("path")
        .attr("class", "solid")
        .attr("d", (slope, k) => {
          const [at, y] = [place(k) - 11, scale(parameters(state)[k])];
          return Math.abs(slope) < 0.004
            ? `M${at},${y}h0.01`
            : arrow(at, y, at, clamp(y + slope * 90 + Math.sign(slope) * 3, 20, 224), 7);
        });
      arrows
        .selectAll(".name")
        .data(names)
        .join("text")
        .attr("class", "name middle quiet")
        .attr("x", (d, k) => place(k))
        .attr("y", 236)
        .text((d) => d);
    };
  }

  Interactive.figure("backprop", { state: START, arithmetic, words, view });
})();
