/* A problem in the plane, learnt live by minibatch SGD, with a check of the gradient that rides along. */
"use strict";

(() => {
  const { range, clamp, sum, mean, dot, fixed, power, softmax, generator, normal, calm } = Interactive;
  const FULL = 32;
  const SIZE = 150;
  const CHECKED = 0.1;
  const THRESHOLD = 1e-4;
  const CLASSES = ["var(--blue)", "var(--orange)", "var(--green)"];
  const SIDE = 1.25;

  /* Each makes one point of class k, of K classes. */
  const DATA = {
    moons: {
      name: "moons",
      K: 2,
      point: (k, r) => {
        const t = Math.PI * r();
        return [
          (k ? 0.5 - Math.cos(t) : Math.cos(t) - 0.5) * 0.7 + 0.07 * normal(r),
          (k ? 0.2 - Math.sin(t) : Math.sin(t) - 0.2) * 0.9 + 0.07 * normal(r),
        ];
      },
    },
    rings: {
      name: "rings",
      K: 2,
      point: (k, r) => {
        const t = 2 * Math.PI * r();
        const radius = (k ? 0.9 : 0.3) + 0.08 * normal(r);
        return [radius * Math.cos(t), radius * Math.sin(t)];
      },
    },
    corners: {
      name: "XOR",
      K: 2,
      point: (k, r) => {
        const [x, y] = [0.12 + 0.88 * r(), 0.12 + 0.88 * r()];
        const [s, t] = r() < 0.5 ? [1, 1] : [-1, -1];
        return [s * x, (k ? -t : t) * y];
      },
    },
    arms: {
      name: "three arms",
      K: 3,
      point: (k, r) => {
        const turn = 0.1 + 0.9 * r();
        const angle = (2 * Math.PI * k) / 3 + 3.6 * turn + 0.13 * normal(r);
        return [turn * Math.cos(angle), turn * Math.sin(angle)];
      },
    },
  };

  function sample(data, seed) {
    const random = generator(seed);
    const z = range(SIZE).map((i) => i % DATA[data].K);
    return { X: z.map((k) => DATA[data].point(k, random)), z };
  }

  /** sizes [N0, ..., NL] -> [{W, b}], normal with variance 2 / N, biases 0. */
  function initialise(sizes, random) {
    return range(sizes.length - 1).map((m) => ({
      W: range(sizes[m]).map(() => range(sizes[m + 1]).map(() => normal(random) * Math.sqrt(2 / sizes[m]))),
      b: new Array(sizes[m + 1]).fill(0),
    }));
  }

  /** One row through one layer. */
  function linear(x, { W, b }) {
    const out = b.slice();
    for (let k = 0; k < x.length; k += 1) {
      if (x[k] === 0) continue;
      for (let j = 0; j < out.length; j += 1) out[j] += x[k] * W[k][j];
    }
    return out;
  }
  const relu = (a) => a.map((value) => (value > 0 ? value : 0));

  /** A row (N0,) -> its activations [x, h1, ..., p]: the last are the logits. */
  function forward(params, x) {
    const all = [x];
    params.forEach((layer, m) => {
      const a = linear(all[m], layer);
      all.push(m < params.length - 1 ? relu(a) : a);
    });
    return all;
  }

  const lossOf = (p, z) => {
    const largest = Math.max(...p);
    return largest - p[z] + Math.log(sum(p.map((value) => Math.exp(value - largest))));
  };
  /** Mean loss of rows X (B, N0) with the classes z (B,). */
  const loss = (params, X, z) => mean(X.map((x, i) => lossOf(forward(params, x).at(-1), z[i])));

  /** The gradient of the mean loss, [{W, b}] like the parameters; with a `bug`, what that makes of it. */
  function gradient(params, X, z, bug = "none") {
    const grads = params.map(({ W, b }) => ({ W: W.map((row) => row.map(() => 0)), b: b.map(() => 0) }));
    X.forEach((x, i) => {
      const all = forward(params, x);
      let d = softmax(all.at(-1)).map((f, j) => (f - (j === z[i])) / (bug === "by 32" ? FULL : X.length));
      for (let m = params.length - 1; m >= 0; m -= 1) {
        const h = all[m];
        for (let k = 0; k < h.length; k += 1) for (let j = 0; j < d.length; j += 1) grads[m].W[k][j] += h[k] * d[j];
        for (let j = 0; j < d.length; j += 1) grads[m].b[j] += bug === "sign" && m === 0 ? -d[j] : d[j];
        if (m > 0) d = params[m].W.map((row, k) => (h[k] > 0 || bug === "no mask" ? dot(row, d) : 0));
      }
    });
    return grads;
  }

  /** For each array, how far the slope along a random direction is from the measured one, beside its own gradient. */
  function slopeErrors(params, grads, X, z, random, h = 1e-8) {
    const errors = {};
    // What rounding makes of the measured slope. Near a minimum it is all there is, and no fault of the gradient.
    const largest = Math.max(1, ...X.flatMap((x) => forward(params, x).at(-1)).map(Math.abs));
    const doubt = (32 * Number.EPSILON * largest) / h;
    params.forEach((layer, m) => {
      for (const part of ["W", "b"]) {
        const u =
          part === "W" ? layer.W.map((row) => row.map(() => normal(random))) : layer.b.map(() => normal(random));
        const g = grads[m][part];
        const moved = (step) =>
          params.map((other, i) =>
            i !== m
              ? other
              : {
                  ...other,
                  [part]:
                    part === "W"
                      ? layer.W.map((row, k) => row.map((w, j) => w + step * u[k][j]))
                      : layer.b.map((w, j) => w + step * u[j]),
                },
          );
        const slope = (loss(moved(h), X, z) - loss(moved(-h), X, z)) / (2 * h);
        const claimed = dot(g.flat(), u.flat());
        const size = Math.max(Math.abs(slope), Math.hypot(...g.flat()), doubt / THRESHOLD);
        errors[`d${part}${m + 1}`] = Math.abs(slope - claimed) / size;
      }
    });
    return errors;
  }

  const descend = (params, grads, rate) =>
    params.map(({ W, b }, m) => ({
      W: W.map((row, k) => row.map((w, j) => w - rate * grads[m].W[k][j])),
      b: b.map((w, j) => w - rate * grads[m].b[j]),
    }));

  /** A fresh start for the data and layers of the state, with the weights of its seed. */
  function fresh({ data, hidden, seed }) {
    const sizes = [2, ...(hidden ? hidden.split("+").map(Number) : []), DATA[data].K];
    return {
      ...sample(data, 1),
      params: initialise(sizes, generator(seed + 1000)),
      step: 0,
      queue: [],
      history: [],
      checks: 0,
      worst: 0,
      caught: "",
      diverged: false,
    };
  }

  /** The state after `count` more steps, or after the step whose gradient the check caught, or when the loss is lost. */
  function advance(state, count) {
    let { params, step, queue, history, checks, worst, caught, diverged } = state;
    const { X, z, rate, batch, bug, check, seed } = state;
    for (let n = 0; n < count && !caught; n += 1) {
      if (!queue.length) {
        const random = generator(seed + 7 * step + 1);
        queue = d3.shuffler(random)(range(X.length));
      }
      const rows = queue.slice(0, batch);
      queue = queue.slice(batch);
      const [X_b, z_b] = [rows.map((i) => X[i]), rows.map((i) => z[i])];
      const before = loss(params, X_b, z_b);
      diverged = !Number.isFinite(before);
      if (diverged) break;
      const grads = gradient(params, X_b, z_b, bug);
      step += 1;
      // The check draws from a generator of its own, so the training is the same whether it looks or not.
      const own = generator(seed * 31 + step);
      if (check && own() < CHECKED) {
        checks += 1;
        for (const [name, error] of Object.entries(slopeErrors(params, grads, X_b, z_b, own))) {
          if (!(error < THRESHOLD) && !caught)
            caught = `step ${step}, batch of ${rows.length}: ${name} is off by ${error.toPrecision(2)}`;
          worst = Math.max(worst, error);
        }
      }
      if (!caught) params = descend(params, grads, rate);
      if (step % 5 === 0) history = [...history.slice(-399), { step, loss: before }];
    }
    return { params, step, queue, history, checks, worst, caught, diverged };
  }

  /** The state -> {loss, accuracy} over all points. */
  function arithmetic({ params, X, z }) {
    const P = X.map((x) => forward(params, x).at(-1));
    const right = P.filter((p, i) => p.indexOf(Math.max(...p)) === z[i]).length;
    return { loss: mean(P.map((p, i) => lossOf(p, z[i]))), accuracy: right / z.length };
  }

  const lossText = (loss) => (loss < 1e5 ? fixed(loss, 3) : power(loss));

  function verdict({ check, checks, worst, caught, diverged }) {
    if (diverged) return "the loss is no number any more: start again with a smaller η";
    if (caught) return `caught at ${caught}`;
    if (!check) return "the check is off";
    return checks ? `looked ${checks} times, largest error ${power(worst, 0)}` : "the check has not looked yet";
  }

  function words(state, { loss, accuracy }) {
    const { step, bug } = state;
    const planted = bug === "none" ? "The gradient is right" : "The gradient is wrong on purpose";
    return `Step ${step}: loss ${lossText(loss)}, ${fixed(100 * accuracy, 0)} % of ${SIZE} points right. ${planted}; ${verdict(state)}.`;
  }

  function view(figure) {
    const { state } = figure;
    const plane = figure.panel({ label: "The points and the regions that the network claims", height: 310 });
    const chart = figure.panel({ label: "The loss", height: 310 });
    for (const panel of [plane, chart]) panel.svg.attr("role", "img");
    const regions = plane.svg.append("g");
    const points = plane.svg.append("g");
    const GRID = 42;
    const drawing = chart.svg.append("g");

    const reset = (change) => ({ ...fresh({ ...state, ...change }), running: false });
    let turn = 0;
    const run = figure.button("Run", () => {
      figure.update({ running: !state.running, caught: "" });
      turn += 1;
      loop(turn);
    });
    figure.button("One step", () => figure.update({ running: false, ...advance({ ...state, caught: "" }, 1) }));
    figure.button("New weights", () => figure.update({ ...reset({ seed: state.seed + 1 }), seed: state.seed + 1 }));
    figure.choice({
      key: "data",
      label: "data",
      options: Object.entries(DATA).map(([key, { name }]) => [key, name]),
      change: (data) => reset({ data }),
    });
    figure.choice({
      key: "hidden",
      label: "hidden layers",
      options: [
        ["", "none"],
        ["3", "3"],
        ["8", "8"],
        ["8+8", "8 + 8"],
      ],
      change: (hidden) => reset({ hidden }),
    });
    figure.choice({
      key: "batch",
      label: "batch",
      options: [
        [8, "8"],
        [FULL, "32"],
        [SIZE, "all 150"],
      ],
      change: () => ({ queue: [] }),
    });
    figure.choice({
      key: "bug",
      label: "gradient",
      options: [
        ["none", "right"],
        ["no mask", "forgets ReLU’s mask"],
        ["by 32", "always divides by 32"],
        ["sign", "db₁ with the wrong sign"],
      ],
      change: () => ({ caught: "", checks: 0, worst: 0 }),
    });
    figure.choice({
      key: "check",
      label: "check",
      options: [
        [true, "on"],
        [false, "off"],
      ],
      change: () => ({ caught: "" }),
    });
    figure.slider({
      key: "rate",
      label: "learning rate η",
      min: -2,
      max: 1,
      step: 0.05,
      scale: { to: (t) => 10 ** t, from: (v) => Math.log10(v) },
    });

    function loop(mine) {
      // Who pauses and runs again is quicker than a frame: of two loops the older one ends.
      if (!state.running || mine !== turn) return;
      // As many steps as fit beside the drawing; fewer pictures for those who want less movement.
      const started = performance.now();
      const until = calm() ? 30 : 6;
      let after = advance(state, 1);
      const ended = () => Boolean(after.caught) || after.diverged || after.step >= 20000;
      while (!ended() && performance.now() - started < until) after = advance({ ...state, ...after }, 1);
      figure.update({ ...after, running: !ended() });
      // A calm picture still follows the last one so soon that a screen reader hears of the end alone.
      if (calm()) setTimeout(loop, 300, mine);
      else requestAnimationFrame(() => loop(mine));
    }

    return (state, { loss, accuracy }) => {
      const side = Math.min(plane.width, plane.height - 22);
      const x = d3.scaleLinear([-SIDE, SIDE], [0, side]);
      const y = d3.scaleLinear([-SIDE, SIDE], [side, 0]);
      const { K } = DATA[state.data];
      const centre = (plane.width - side) / 2;
      for (const g of [regions, points]) g.attr("transform", `translate(${centre}, 0)`);
      // By how much each class leads the best of the others, on a grid; where that is above 0, the region is its own.
      const leads = range(K).map(() => new Float64Array(GRID * GRID));
      for (let i = 0; i < GRID * GRID; i += 1) {
        const p = forward(state.params, [
          x.invert((((i % GRID) + 0.5) * side) / GRID),
          y.invert(((Math.floor(i / GRID) + 0.5) * side) / GRID),
        ]).at(-1);
        for (let k = 0; k < K; k += 1) leads[k][i] = p[k] - Math.max(...p.filter((_, j) => j !== k));
      }
      const contours = d3.contours().size([GRID, GRID]);
      const path = d3.geoPath(
        d3.geoTransform({
          point(u, v) {
            this.stream.point((u * side) / GRID, (v * side) / GRID);
          },
        }),
      );
      regions
        .selectAll("path")
        .data(leads)
        .join("path")
        .attr("class", "region")
        .style("color", (d, k) => CLASSES[k])
        .attr("d", (lead) => path(contours.contour(lead, 0)));
      const shape = [d3.symbolCircle, d3.symbolSquare, d3.symbolTriangle];
      points
        .selectAll("path")
        .data(state.X)
        .join("path")
        .attr("class", "example")
        .style("color", (d, i) => CLASSES[state.z[i]])
        .attr("transform", (d) => `translate(${x(clamp(d[0], -SIDE, SIDE))},${y(clamp(d[1], -SIDE, SIDE))})`)
        .attr("d", (d, i) => SYMBOLS[state.z[i]] ?? (SYMBOLS[state.z[i]] = d3.symbol(shape[state.z[i]], 42)()));
      const said = `${fixed(100 * accuracy, 0)} % right`;
      plane.svg
        .selectAll(".score")
        .data([said])
        .join("text")
        .attr("class", "score middle strong")
        .attr("x", plane.width / 2)
        .attr("y", plane.height - 4)
        .text((d) => d);

      const [left, top, bottom] = [40, 46, 262];
      const first = state.history[0]?.step ?? 0;
      const t = d3.scaleLinear([first, Math.max(state.step, first + 200)], [left, chart.width - 10]);
      const level = d3.scaleLog([1e-3, 4], [bottom, top]).clamp(true);
      drawing
        .selectAll(".axis")
        .data([0])
        .join("path")
        .attr("class", "axis")
        .attr("d", `M${left},${top}V${bottom}H${chart.width - 10}`);
      drawing
        .selectAll(".level")
        .data([0.001, 0.01, 0.1, 1])
        .join("text")
        .attr("class", "level quiet end")
        .attr("x", left - 6)
        .attr("y", (d) => level(d) + 4)
        .text(String);
      drawing
        .selectAll(".tick")
        .data(t.ticks(4))
        .join("text")
        .attr("class", "tick quiet middle")
        .attr("x", t)
        .attr("y", bottom + 18)
        .text(String);
      drawing
        .selectAll(".batch")
        .data([state.history])
        .join("path")
        .attr("class", "batch")
        .attr(
          "d",
          d3.line(
            (d) => t(d.step),
            (d) => level(d.loss),
          ),
        );
      drawing
        .selectAll(".title")
        .data([`step ${state.step}: loss ${lossText(loss)}`])
        .join("text")
        .attr("class", "title number strong")
        .attr("y", 14)
        .text((d) => d);
      const alarm = state.caught || state.diverged;
      const lines = state.caught
        ? ["the check caught it:", state.caught.replace(/^.*?: /, ""), state.caught.replace(/:.*$/, "")]
        : verdict(state).split(/(?<=:) /);
      drawing
        .selectAll(".said")
        .data(lines)
        .join("text")
        .attr("class", `said ${alarm ? "off strong" : "quiet"}`)
        .attr("x", alarm ? left + 14 : 0)
        .attr("y", (d, k) => (alarm ? top + 30 + 20 * k : 34))
        .text((d) => d);
      run.text(state.running ? "Pause" : "Run");
    };
  }
  const SYMBOLS = {};

  const SETTING = {
    data: "moons",
    hidden: "8",
    rate: 0.3,
    batch: FULL,
    bug: "none",
    check: true,
    seed: 1,
    running: false,
  };
  Interactive.figure("training", {
    state: { ...SETTING, ...fresh(SETTING) },
    arithmetic,
    words,
    view,
    fresh,
    gradient,
    advance,
  });
})();
