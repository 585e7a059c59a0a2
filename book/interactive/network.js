/* A small network, one step at a time: forward layer by layer, and backward again. */
"use strict";

(() => {
  const { range, clamp, sum, dot, fixed, power, compact, softmax, arrow, subscript } = Interactive;
  const START = {
    x: [1, 2],
    W1: [
      [1, -0.5, 0.5],
      [0.5, 1, -1],
    ],
    b1: [0.1, -0.2, 0],
    W2: [
      [0.5, -1],
      [-0.8, 0.6],
      [1.2, 0.7],
    ],
    b2: [0.2, -0.1],
    z: 1,
    step: 1,
  };
  const STEPS = ["x", "a", "h", "p", "f", "L", "dp", "dW2", "dh", "da", "dW1"];

  const column = (W, j) => W.map((row) => row[j]);
  const linear = (x, W, b) => b.map((value, j) => dot(x, column(W, j)) + value);
  const outer = (x, d) => x.map((value) => d.map((slope) => value * slope));

  /** {x, W1, b1, W2, b2, z} -> every number of the forward pass, and the gradient of each. */
  function arithmetic({ x, W1, b1, W2, b2, z }) {
    const a = linear(x, W1, b1);
    const h = a.map((value) => Math.max(0, value));
    const p = linear(h, W2, b2);
    const f = softmax(p);
    const dp = f.map((value, j) => value - (j === z));
    const dh = W2.map((row) => dot(row, dp));
    const da = dh.map((value, k) => (a[k] > 0 ? value : 0));
    // The loss from the logits: exact where a probability is close to 0.
    const L = Math.max(...p) + Math.log(sum(p.map((value) => Math.exp(value - Math.max(...p))))) - p[z];
    return {
      a,
      h,
      p,
      f,
      L,
      dp,
      dW2: outer(h, dp),
      db2: dp,
      dh,
      da,
      dW1: outer(x, da),
      db1: da,
      dx: W1.map((row) => dot(row, da)),
    };
  }

  const n = (value) => compact(value, 2);
  /** A probability, which may be too small for three decimals. */
  const share = (value) => (value < 5e-4 ? power(value) : fixed(value, 3));
  const times = (u, v) => `${n(u)}·${v < 0 ? `(${n(v)})` : n(v)}`;
  const vector = (list) => `(${list.map(n).join(", ")})`;
  const s = subscript;
  const terms = (list) => list.join(" + ").replaceAll("+ −", "− ");

  /** What happens in a step: {title, shapes, formulas}, the formulas with their numbers in them. */
  function explain(state, v) {
    const { x, W1, b1, W2, b2, z } = state;
    const each = (list, text) => list.map((value, j) => text(value, j, j + 1));
    return {
      x: {
        title: "The input x (2,) and the parameters.",
        formulas: ["Change any number: drag it, or choose it and use the arrow keys."],
      },
      a: {
        title: "a = W₁ᵀ x + b₁:  (3, 2) (2,) + (3,) → (3,)",
        formulas: each(
          v.a,
          (value, j, i) => `a${s(i)} = ${terms([...x.map((xk, k) => times(xk, W1[k][j])), n(b1[j])])} = ${n(value)}`,
        ),
      },
      h: {
        title: "h = relu(a):  (3,) → (3,)",
        formulas: each(
          v.h,
          (value, j, i) => `h${s(i)} = max(0, ${n(v.a[j])}) = ${n(value)}${v.a[j] > 0 ? "" : "   off"}`,
        ),
      },
      p: {
        title: "p = W₂ᵀ h + b₂:  (2, 3) (3,) + (2,) → (2,)",
        formulas: each(
          v.p,
          (value, j, i) => `p${s(i)} = ${terms([...v.h.map((hk, k) => times(hk, W2[k][j])), n(b2[j])])} = ${n(value)}`,
        ),
      },
      f: {
        title: "f = softmax(p):  (2,) → (2,)",
        formulas: each(
          v.f,
          (value, j, i) =>
            `f${s(i)} = exp(${n(v.p[j])}) / (${terms(v.p.map((pj) => `exp(${n(pj)})`))}) = ${share(value)}`,
        ),
      },
      L: {
        title: "L = −log f_z:  (2,) → number",
        formulas: [
          v.f[z] > 0
            ? `L = −log f${s(z + 1)} = −log ${share(v.f[z])} = ${fixed(v.L, 3)}`
            : `L = log(${terms(v.p.map((pj) => `exp(${n(pj)})`))}) − p${s(z + 1)} = ${fixed(v.L, 3)}: f${s(z + 1)} itself is rounded to 0`,
        ],
      },
      dp: {
        title: "dp = f − y:  (2,)",
        formulas: each(
          v.dp,
          (value, j, i) => `dp${s(i)} = ${fixed(v.f[j], 3)} − ${j === z ? 1 : 0} = ${fixed(value, 3)}`,
        ),
      },
      dW2: {
        title: "dW₂ = h dpᵀ:  (3,) (2,) → (3, 2);   db₂ = dp",
        formulas: v.dW2.map((row, k) => `h${s(k + 1)} dp = ${n(v.h[k])} · ${vector(v.dp)} = ${vector(row)}`),
      },
      dh: {
        title: "dh = W₂ dp:  (3, 2) (2,) → (3,): all paths are added up",
        formulas: each(
          v.dh,
          (value, k, i) => `dh${s(i)} = ${terms(v.dp.map((d, j) => times(W2[k][j], d)))} = ${n(value)}`,
        ),
      },
      da: {
        title: "da = dh where a > 0, else 0:  (3,)",
        formulas: each(
          v.da,
          (value, k, i) =>
            `da${s(i)} = ${v.a[k] > 0 ? `dh${s(i)} = ${n(value)}` : `0, since a${s(i)} = ${n(v.a[k])} is not above 0`}`,
        ),
      },
      dW1: {
        title: "dW₁ = x daᵀ:  (2,) (3,) → (2, 3);   db₁ = da",
        formulas: v.dW1.map((row, k) => `x${s(k + 1)} da = ${n(x[k])} · ${vector(v.da)} = ${vector(row)}`),
      },
    }[STEPS[state.step]];
  }

  function words(state, values) {
    const { title, formulas } = explain(state, values);
    return `Step ${state.step} of ${STEPS.length - 1}. ${title}. ${formulas.join("; ")}.`;
  }

  function view(figure) {
    const { state } = figure;
    const net = figure.panel({
      label: "A network of two inputs, three hidden units and two classes",
      height: 442,
      wide: true,
    });
    const formulas = figure.lines(4);
    const drawing = net.svg.append("g").attr("aria-hidden", "true");
    const rows = { x: [129, 299], h: [88, 214, 340], p: [129, 299] };

    /* Every number that can be changed: its place in the state, its name, where it stands, and its gradient. */
    const numbers = [
      ...range(2).map((k) => ({ path: ["x", k], name: `x${s(k + 1)}`, at: (X) => [X.x, rows.x[k]] })),
      ...range(2).flatMap((k) =>
        range(3).map((j) => ({
          path: ["W1", k, j],
          name: `W₁[${k + 1},${j + 1}]`,
          at: (X) => between([X.x, rows.x[k]], [X.h, rows.h[j]], 0.3),
          since: 10,
          gradient: (v) => v.dW1[k][j],
        })),
      ),
      ...range(3).map((j) => ({
        path: ["b1", j],
        name: `b₁[${j + 1}]`,
        at: (X) => [X.h, rows.h[j] - 38],
        since: 10,
        gradient: (v) => v.db1[j],
        b: true,
      })),
      ...range(3).flatMap((k) =>
        range(2).map((j) => ({
          path: ["W2", k, j],
          name: `W₂[${k + 1},${j + 1}]`,
          at: (X) => between([X.h, rows.h[k]], [X.p, rows.p[j]], 0.68),
          since: 7,
          gradient: (v) => v.dW2[k][j],
        })),
      ),
      ...range(2).map((j) => ({
        path: ["b2", j],
        name: `b₂[${j + 1}]`,
        at: (X) => [X.p, rows.p[j] - 38],
        since: 7,
        gradient: (v) => v.db2[j],
        b: true,
      })),
    ];
    const between = ([x, y], [u, w], t) => [x + t * (u - x), y + t * (w - y)];
    const edges = [
      ...range(2).flatMap((k) => range(3).map((j) => ({ from: ["x", k], to: ["h", j], unit: j }))),
      ...range(3).flatMap((k) => range(2).map((j) => ({ from: ["h", k], to: ["p", j], unit: k }))),
    ];
    const value = ({ path }) => path.reduce((part, key) => part[key], state);
    function change(number, wanted) {
      const next = structuredClone(state[number.path[0]]);
      const last = number.path.length === 3 ? next[number.path[1]] : next;
      last[number.path.at(-1)] = wanted;
      figure.update({ [number.path[0]]: next });
    }

    const handles = numbers.map((number) => {
      const handle = figure.written(net.svg, {
        label: number.name,
        low: -9,
        high: 9,
        value: () => value(number),
        set: (wanted) => change(number, wanted),
      });
      handle.g.append("text").attr("class", "gradient number middle halo");
      if (number.b) handle.g.select(".plate").attr("x", -23).attr("width", 46);
      return handle;
    });
    // Half the width of a node.
    const half = () => clamp(net.width / 11.5, 22, 32);
    const places = () => ({ x: 17, h: net.width * 0.4, p: net.width - half() - 1 });

    const back = figure.button("◀ Step back", () => figure.update({ step: Math.max(0, state.step - 1) }));
    const on = figure.button("Step on ▶", () => figure.update({ step: Math.min(STEPS.length - 1, state.step + 1) }));
    figure.slider({
      key: "step",
      label: "step",
      min: 0,
      max: STEPS.length - 1,
      step: 1,
      text: (k) => `${k}: ${STEPS[k].replace(/\d/, s)}`,
    });
    figure.choice({
      key: "z",
      label: "true class",
      options: [
        [0, "1"],
        [1, "2"],
      ],
    });

    return (state, v) => {
      const { step } = state;
      const X = places();
      const on_ = (unit) => step < 2 || v.a[unit] > 0;
      const spot = ([layer, k]) => [X[layer], rows[layer][k]];
      const active = { 1: "x", 3: "h", 7: "h", 8: "h", 10: "x" }[step];
      drawing
        .selectAll(".edge")
        .data(edges)
        .join("path")
        .attr(
          "class",
          (e) =>
            `edge ${on_(e.unit) ? "" : "cut-off"} ${e.from[0] === active ? (step > 5 ? "backward" : "forward") : ""}`,
        )
        .attr("d", (e) => `M${spot(e.from)}L${spot(e.to)}`);
      // From the probabilities to the loss, which stands between them.
      drawing
        .selectAll(".to-loss")
        .data([
          [145, 198],
          [283, 230],
        ])
        .join("path")
        .attr("class", `to-loss edge ${step === 5 ? "forward" : step === 6 ? "backward" : ""}`)
        .attr("d", ([from, to]) => `M${X.p + half() - 6},${from}V${to}`);
      // What goes along the arrows has the shapes under them.
      const reach = half() + 5;
      drawing
        .selectAll(".way")
        .data([
          ["x", X.x, X.h],
          ["h", X.h, X.p],
        ])
        .join("path")
        .attr("class", (d) => `way edge ${d[0] === active ? (step > 5 ? "backward" : "forward") : ""}`)
        .attr("d", ([, from, to]) =>
          step > 5 ? arrow(to - reach, 420, from + reach, 420, 6) : arrow(from + reach, 420, to - reach, 420, 6),
        );
      const nodes = [
        ...range(3).map((k) => ({
          at: spot(["h", k]),
          lines: [step >= 1 && `a ${n(v.a[k])}`, step >= 2 && `h ${n(v.h[k])}`],
          grads: [step >= 8 && `dh ${n(v.dh[k])}`, step >= 9 && `da ${n(v.da[k])}`],
          here: [1, 2, 8, 9].includes(step),
        })),
        ...range(2).map((k) => ({
          at: spot(["p", k]),
          lines: [step >= 3 && `p ${n(v.p[k])}`, step >= 4 && `f ${fixed(v.f[k], 3)}`],
          grads: [step >= 6 && `dp ${n(v.dp[k])}`],
          here: [3, 4, 6].includes(step),
        })),
        { at: [X.p, 214], lines: [step >= 5 && "L", step >= 5 && fixed(v.L, 3)], grads: [], here: step === 5 },
      ];
      const node = drawing
        .selectAll(".node")
        .data(nodes)
        .join("g")
        .attr("class", (d) => `node ${d.here ? "here" : ""}`)
        .attr("transform", (d) => `translate(${d.at})`);
      node
        .selectAll("rect")
        .data((d) => [d])
        .join("rect")
        .attr("x", -half())
        .attr("y", -21)
        .attr("width", 2 * half())
        .attr("height", 42)
        .attr("rx", 20);
      node
        .selectAll(".value")
        .data((d) => d.lines)
        .join("text")
        .attr("class", "value number middle")
        .attr("y", (d, k) => -3 + 16 * k)
        .text((d) => d || "");
      node
        .selectAll(".gradient")
        .data((d) => d.grads)
        .join("text")
        .attr("class", "gradient number middle halo")
        .attr("y", (d, k) => 36 + 15 * k)
        .text((d) => d || "");
      const heads = [
        [X.x, "x", "(2,)"],
        [(X.x + X.h) / 2, "W₁, b₁", "(2, 3), (3,)"],
        [X.h, "h", "(3,)"],
        [(X.h + X.p) / 2, "W₂, b₂", "(3, 2), (2,)"],
        [X.p, "p, f, L", "(2,)"],
      ];
      drawing
        .selectAll(".head")
        .data(
          heads.flatMap(([x, name, shape]) => [
            [x, 12, name],
            [x, 438, shape],
          ]),
        )
        .join("text")
        .attr("class", (d, k) => `head middle ${k % 2 ? "quiet" : "strong"}`)
        .attr("x", (d) => d[0])
        .attr("y", (d) => d[1])
        .text((d) => d[2]);
      drawing
        .selectAll(".truth")
        .data(range(2))
        .join("text")
        .attr("class", "truth quiet middle")
        .attr("x", X.p)
        .attr("y", (j) => rows.p[j] + 51)
        .text((j) => `y ${j === state.z ? 1 : 0}`);

      handles.forEach(({ g, place }, i) => {
        const number = numbers[i];
        place(...number.at(X), (number.b ? "b " : "") + fixed(value(number), 1));
        g.select(".gradient")
          .text(step >= number.since ? n(number.gradient(v)) : "")
          .attr("y", number.b ? -13 : 21);
      });
      const { title, formulas: said } = explain(state, v);
      formulas([title, ...said], step > 5 ? "back" : "");
      back.property("disabled", step === 0);
      on.property("disabled", step === STEPS.length - 1);
    };
  }

  Interactive.figure("network", { state: START, arithmetic, words, view });
})();
