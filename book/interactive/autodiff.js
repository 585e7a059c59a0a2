/* Type an expression, see its graph, and step through it: values forward, gradients backward. */
"use strict";

(() => {
  const { range, sum, compact, mean } = Interactive;
  const MOST = 26;

  /* Each operation: its value, and its pull: the gradient of the result -> one for each parent. */
  const OPERATIONS = {
    "+": { value: (a, b) => a + b, pull: (g) => [g, g] },
    "−": { value: (a, b) => a - b, pull: (g) => [g, -g] },
    "·": { value: (a, b) => a * b, pull: (g, a, b) => [g * b, g * a] },
    "/": { value: (a, b) => a / b, pull: (g, a, b) => [g / b, (-g * a) / (b * b)] },
    "^": {
      value: (a, b) => a ** b,
      pull: (g, a, b) => [b && g * b * a ** (b - 1), a > 0 ? g * a ** b * Math.log(a) : 0],
    },
    neg: { value: (a) => -a, pull: (g) => [-g] },
    exp: { value: Math.exp, pull: (g, a) => [g * Math.exp(a)] },
    log: { value: Math.log, pull: (g, a) => [g / a] },
    sin: { value: Math.sin, pull: (g, a) => [g * Math.cos(a)] },
    tanh: { value: Math.tanh, pull: (g, a) => [g * (1 - Math.tanh(a) ** 2)] },
    relu: { value: (a) => Math.max(0, a), pull: (g, a) => [a > 0 ? g : 0] },
    max: { value: Math.max, pull: (g, a, b) => (a === b ? [g / 2, g / 2] : a > b ? [g, 0] : [0, g]) },
  };
  /* Signs that stand for others: Python's, and those in which the graph is written. */
  const SIGNS = { "**": "^", "−": "-", "·": "*" };
  const FUNCTIONS = { exp: 1, log: 1, sin: 1, tanh: 1, relu: 1, max: 2 };

  /** A text -> nodes [{op, parents, name?, constant?}], each after its parents; throws an Error with a sentence. */
  function parse(text) {
    const tokens = [];
    const pattern = /\s*(?:(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+)|([a-z]\w*)|(\*\*|[-−+*·/^(),;=]))/iy;
    while (text.slice(pattern.lastIndex).trim()) {
      const start = pattern.lastIndex;
      const found = pattern.exec(text);
      if (!found)
        throw new Error(
          `“${[...text.slice(start).trim()][0]}” has no meaning here. Use numbers, names, + − * / ^ and brackets.`,
        );
      tokens.push({ number: found[1], name: found[2], sign: SIGNS[found[3]] ?? found[3] });
    }
    if (!tokens.length) throw new Error("Type an expression, such as w*x + b.");
    const nodes = [];
    const known = new Map();
    let at = 0;

    const add = (node) => {
      if (nodes.length === MOST)
        throw new Error(`That is a graph of more than ${MOST} nodes, too large to be drawn here.`);
      return nodes.push(node) - 1;
    };
    const apply = (op, ...parents) => add({ op, parents });
    const here = (sign) => tokens[at]?.sign === sign;
    const take = (sign) => here(sign) && ++at > 0;
    const demand = (sign) => {
      if (!take(sign))
        throw new Error(
          `A “${sign}” is missing ${at < tokens.length ? "before “" + shown(tokens[at]) + "”" : "at the end"}.`,
        );
    };
    const shown = (token) => token.number ?? token.name ?? token.sign;

    function addition() {
      let left = product();
      for (;;) {
        if (take("+")) left = apply("+", left, product());
        else if (take("-")) left = apply("−", left, product());
        else return left;
      }
    }
    function product() {
      let left = signed();
      for (;;) {
        if (take("*")) left = apply("·", left, signed());
        else if (take("/")) left = apply("/", left, signed());
        else return left;
      }
    }
    // As in Python: −a² is −(a²), and a^−b needs no brackets.
    const signed = () => (take("-") ? apply("neg", signed()) : raised());
    function raised() {
      const base = atom();
      return take("^") ? apply("^", base, signed()) : base;
    }
    function atom() {
      const token = tokens[at++];
      if (!token) throw new Error("Something is missing at the end.");
      if (token.number) return add({ op: "constant", parents: [], constant: Number(token.number) });
      if (token.name && Object.hasOwn(FUNCTIONS, token.name)) {
        demand("(");
        const parents = [addition()];
        while (take(",")) parents.push(addition());
        demand(")");
        if (parents.length !== FUNCTIONS[token.name])
          throw new Error(
            `${token.name} takes ${FUNCTIONS[token.name] === 1 ? "one number" : "two numbers"}, not ${parents.length}.`,
          );
        return apply(token.name, ...parents);
      }
      if (token.name) {
        if (here("("))
          throw new Error(`There is no function “${token.name}”. Known are ${Object.keys(FUNCTIONS).join(", ")}.`);
        if (!known.has(token.name)) known.set(token.name, add({ op: "variable", parents: [], name: token.name }));
        return known.get(token.name);
      }
      if (token.sign === "(") {
        const inner = addition();
        demand(")");
        return inner;
      }
      throw new Error(`“${token.sign}” stands where a number or a name is needed.`);
    }

    let result;
    do {
      if (at === tokens.length && result !== undefined) break;
      const name = tokens[at]?.name;
      if (name && tokens[at + 1]?.sign === "=") {
        if (known.has(name)) throw new Error(`“${name}” has a meaning already. Give the new one another name.`);
        at += 2;
        result = addition();
        known.set(name, result);
        nodes[result].label ??= name;
      } else result = addition();
    } while (take(";"));
    if (at < tokens.length) throw new Error(`“${shown(tokens[at])}” stands where an operation is needed.`);
    return reachable(nodes, result);
  }

  /** Those nodes on which the result depends, in their order: the result is the last. */
  function reachable(nodes, result) {
    const used = new Set();
    (function visit(k) {
      if (used.has(k)) return;
      nodes[k].parents.forEach(visit);
      used.add(k);
    })(result);
    const order = [...used];
    return order.map((k) => ({ ...nodes[k], parents: nodes[k].parents.map((parent) => order.indexOf(parent)) }));
  }

  /** {text, values: {name: number}} -> {nodes, data: value of each, grad: gradient of each, pulls: what each gives its
      parents}, or {error}. `after` limits how many operations have pulled, from the result backwards. */
  function arithmetic({ text, values, after = Infinity }) {
    let nodes;
    try {
      nodes = parse(text);
    } catch (error) {
      return { error: error.message };
    }
    const data = [];
    for (const { op, parents, name, constant } of nodes) {
      if (op === "variable") data.push(values[name] ?? 1);
      else if (op === "constant") data.push(constant);
      else data.push(OPERATIONS[op].value(...parents.map((k) => data[k])));
    }
    const grad = nodes.map(() => 0);
    grad[nodes.length - 1] = 1;
    const pulls = nodes.map(() => null);
    let pulled = 0;
    for (let k = nodes.length - 1; k >= 0 && pulled < after; k -= 1) {
      const { op, parents } = nodes[k];
      if (!parents.length) continue;
      pulls[k] = OPERATIONS[op].pull(grad[k], ...parents.map((parent) => data[parent]));
      parents.forEach((parent, i) => {
        grad[parent] += pulls[k][i];
      });
      pulled += 1;
    }
    return { nodes, data, grad, pulls, operations: nodes.filter(({ parents }) => parents.length).length };
  }

  /** How far a step has come: {forward: operations computed, seeded, backward: operations that have pulled}. */
  const progress = (step, operations) => ({
    forward: Math.min(step, operations),
    seeded: step > operations,
    backward: Math.max(0, step - operations - 1),
  });
  const last = ({ operations }) => 2 * operations + 1;

  const number = (value) => compact(value, 3);
  /** What stands in a node: its name, and what it is made of where that is short. */
  function title(nodes, k) {
    const short = ({ op, name, label, constant }) => name ?? label ?? (op === "constant" ? number(constant) : null);
    const { op, parents, label } = nodes[k];
    if (!parents.length) return short(nodes[k]);
    const args = parents.map((parent) => short(nodes[parent]));
    const spelled = Object.hasOwn(FUNCTIONS, op)
      ? `${op}(${args.join(", ")})`
      : op === "neg"
        ? `−${args[0]}`
        : args.join(op === "·" ? op : ` ${op} `);
    const made = args.includes(null) || spelled.length > 9 ? op : spelled;
    return label ? `${label} = ${made}` : made;
  }

  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

  /** What the present step does, in a line or two. */
  function explain(state, values) {
    const { nodes, data, operations } = values;
    const { forward, seeded, backward } = progress(Math.min(state.step, last(values)), operations);
    const inner = range(nodes.length).filter((k) => nodes[k].parents.length);
    const spell = (k) => {
      const { op, parents } = nodes[k];
      const args = parents.map((parent) => number(data[parent]));
      if (op === "neg") return `−(${args[0]})`;
      return "+−·/^".includes(op) ? args.join(` ${op} `).replaceAll("+ −", "− ") : `${op}(${args.join(", ")})`;
    };
    if (!seeded && forward === 0)
      return ["Given: the inputs and the constants.", "To change an input, drag its number, or use the arrow keys."];
    if (!seeded)
      return [
        `Forward: ${title(nodes, inner[forward - 1])}: ${spell(inner[forward - 1])} = ${number(data[inner[forward - 1]])}`,
      ];
    if (backward === 0) return ["Backward begins: the gradient of the result by itself is 1."];
    const k = inner[inner.length - backward];
    const { grad, pulls } = arithmetic({ ...state, after: backward });
    const to = nodes[k].parents.map((parent, i) => `${title(nodes, parent)} gets ${number(pulls[k][i])}`);
    return [`Backward: ${title(nodes, k)} has the gradient ${number(grad[k])}, and pulls:`, `${to.join("; ")}.`];
  }

  function words(state, values) {
    if (values.error) return values.error;
    const { nodes, data, grad } = values;
    const variables = nodes.flatMap((node, k) =>
      node.op === "variable" ? [`d${node.name} = ${number(grad[k])}`] : [],
    );
    const step = Math.min(state.step, last(values));
    return `Step ${step} of ${last(values)}. ${explain(state, values).join(" ")} At the end: result ${number(data.at(-1))}, ${variables.join(", ") || "no variables"}.`;
  }

  /** {nodes: a place {level, x in 0..1, room: its share of the width} for each, edges: {k, i, places}, each with its
  way from parent i to node k}.

  Inputs stand as late as they can. A long edge has a place of its own in every row that it passes. */
  function layout(nodes) {
    const level = [];
    nodes.forEach(({ parents }, k) => {
      level[k] = parents.length ? 1 + Math.max(...parents.map((p) => level[p])) : 0;
    });
    nodes.forEach(({ parents }, k) => {
      const children = nodes.flatMap((node, c) => (node.parents.includes(k) ? [level[c]] : []));
      if (!parents.length && children.length) level[k] = Math.min(...children) - 1;
    });
    const neighbours = nodes.map((_, k) => [k]);
    const join = (a, b) => {
      neighbours[a].push(b);
      neighbours[b].push(a);
    };
    const edges = nodes.flatMap(({ parents }, k) =>
      parents.map((parent, i) => {
        const way = [parent];
        for (let l = level[parent] + 1; l < level[k]; l += 1) {
          neighbours.push([level.push(l) - 1]);
          way.push(level.length - 1);
        }
        way.push(k);
        d3.pairs(way, join);
        return { k, i, parent, way };
      }),
    );
    const rows = range(Math.max(...level) + 1).map((l) => range(level.length).filter((k) => level[k] === l));
    /** The share of a row's width that is a node's, or, which is less, that of an edge on its way. */
    const wide = (k) => (k < nodes.length ? 1 : 0.4);
    const share = (row, k) => wide(k) / sum(row.map(wide));
    /** The places across, with each row in the order of its neighbours, from an order to begin with. */
    function arrange(rows) {
      const x = [];
      const spread = (row) => {
        let left = 0;
        for (const k of row) {
          x[k] = left + share(row, k) / 2;
          left += share(row, k);
        }
      };
      rows.forEach(spread);
      for (let sweep = 0; sweep < 8; sweep += 1) {
        for (const row of sweep % 2 ? rows : [...rows].reverse()) {
          const pull = new Map(row.map((k) => [k, mean(neighbours[k].map((other) => x[other]))]));
          row.sort((a, b) => pull.get(a) - pull.get(b));
          spread(row);
        }
      }
      return x;
    }
    // Long edges pass on the right or on the left of the nodes, whichever makes all edges together shorter.
    const bent = (x) => sum(edges.flatMap(({ way }) => d3.pairs(way, (a, b) => Math.abs(x[a] - x[b]))));
    const left = rows.map((row) => d3.sort(row, (k) => k < nodes.length));
    const x = d3.least([rows, left].map(arrange), bent);
    const places = level.map((l, k) => ({ level: l, x: x[k], room: share(rows[l], k) }));
    return {
      nodes: places.slice(0, nodes.length),
      edges: edges.map(({ way, ...edge }) => ({ ...edge, places: way.map((k) => places[k]) })),
    };
  }

  const EXAMPLES = {
    "log(exp(w*x) + exp(v*x)) - w*x": "two logits",
    "p = w*x; q = v*x; log(exp(p) + exp(q)) - p": "with names",
    "(a + b) * (a - b) / c": "a fraction",
    "h = relu(w*x + b); (h - y)^2": "one unit",
  };

  function view(figure) {
    const { state } = figure;
    const graph = figure.panel({ label: "The graph of the expression", height: 400, wide: true });
    const note = figure.lines(2);
    const drawing = graph.svg.append("g").attr("aria-hidden", "true");
    const inputs = graph.svg.append("g");
    const written = new Map();

    const row = figure.controls.append("label").attr("class", "interactive-text");
    row.append("span").text("expression");
    const field = row
      .append("input")
      .attr("type", "text")
      .attr("maxlength", 200)
      .attr("spellcheck", "false")
      .attr("autocapitalize", "off")
      .attr("autocomplete", "off");
    field.on("input", () => figure.update({ text: field.property("value"), step: Infinity }));
    figure.choice({ key: "text", label: "or", options: Object.entries(EXAMPLES), change: () => ({ step: 0 }) });
    const present = () => Math.min(state.step, last(figure.values));
    const back = figure.button("◀ Step back", () => figure.update({ step: Math.max(0, present() - 1) }));
    const on = figure.button("Step on ▶", () => figure.update({ step: Math.min(last(figure.values), present() + 1) }));
    figure.button("To the end", () => figure.update({ step: Infinity }));

    const input = (name) => {
      if (!written.has(name)) {
        written.set(
          name,
          figure.written(inputs, {
            label: name,
            low: -9,
            high: 9,
            value: () => state.values[name] ?? 1,
            set: (value) => figure.update({ values: { ...state.values, [name]: value } }),
          }),
        );
      }
      return written.get(name);
    };

    return (state, values) => {
      if (field.property("value") !== state.text) field.property("value", state.text);
      field.attr("aria-invalid", values.error ? "true" : null);
      back.property("disabled", Boolean(values.error) || state.step === 0);
      on.property("disabled", Boolean(values.error) || state.step >= last(values));
      note(values.error ? [values.error] : explain(state, values), values.error ? "off" : "");
      // While the reader types, the last whole expression stays.
      if (values.error) return;

      const { nodes, data, operations } = values;
      const { forward, seeded, backward } = progress(Math.min(state.step, last(values)), operations);
      const { grad, pulls } = arithmetic({ ...state, after: backward });
      const inner = range(nodes.length).filter((k) => nodes[k].parents.length);
      const order = new Map(inner.map((k, i) => [k, i + 1]));
      const { nodes: places, edges } = layout(nodes);
      const levels = Math.max(...places.map((place) => place.level)) + 1;
      graph.height = 96 * levels - 30;
      graph.svg.style("height", `${graph.height}px`);
      const half = (k) => Math.min(44, (graph.width * places[k].room) / 2 - 3);
      const spot = (place) => [place.x * graph.width, 32 + 96 * place.level];
      const at = (k) => spot(places[k]);
      const here = seeded ? (backward ? inner[inner.length - backward] : nodes.length - 1) : inner[forward - 1];

      /** From the lower side of the parent to the upper side of the node. */
      const points = ({ k, i, places: way }) => {
        const shift = nodes[k].parents[0] === nodes[k].parents[1] ? 20 * (i - 0.5) : 0;
        return way.flatMap((place, n) => {
          const [x, y] = spot(place);
          const both = n > 0 && n < way.length - 1;
          return [...(n > 0 ? [[x + shift, y - 30]] : []), ...(n === 0 || both ? [[x + shift, y + 30]] : [])];
        });
      };
      const active = (e) => (e.k === here ? (seeded ? (backward ? "backward" : "") : "forward") : "");
      drawing
        .selectAll(".edge")
        .data(edges)
        .join("path")
        .attr("class", (e) => `edge ${active(e)}`)
        .attr("d", (e) => d3.line().curve(d3.curveMonotoneY)(points(e)));
      const node = drawing
        .selectAll(".node")
        .data(nodes)
        .join("g")
        .attr("class", (d, k) => `node ${k === here ? "here" : ""}`)
        .attr("transform", (d, k) => `translate(${at(k)})`)
        .style("font-size", (d, k) => (half(k) < 30 ? "11px" : null));
      node
        .selectAll("rect")
        .data((d, k) => [half(k)])
        .join("rect")
        .attr("x", (half) => -half)
        .attr("y", -30)
        .attr("width", (half) => 2 * half)
        .attr("height", 60)
        .attr("rx", 7);
      const ready = (k) => !nodes[k].parents.length || order.get(k) <= forward;
      const texts = (d, k) => [
        ["strong", cut(title(nodes, k), half(k) / 4.6), -15],
        // What can be changed is written by its handle.
        ["value number", d.op === "variable" || d.op === "constant" || !ready(k) ? "" : number(data[k]), 3],
        [
          "gradient number",
          seeded && (grad[k] !== 0 || backward === operations) && d.op !== "constant" ? `d ${number(grad[k])}` : "",
          22,
        ],
      ];
      node.each(function (d) {
        const k = nodes.indexOf(d);
        d3.select(this)
          .selectAll("text")
          .data(texts(d, k))
          .join("text")
          .attr("class", (t) => `${t[0]} middle`)
          .attr("y", (t) => t[2])
          .text((t) => t[1]);
      });
      const given = edges.filter((e) => pulls[e.k] && nodes[e.parent].op !== "constant");
      // Beside the end of the edge, where the gradient starts its way back.
      drawing
        .selectAll(".given")
        .data(given)
        .join("text")
        .attr("class", "given halo gradient number middle")
        .each(function (e) {
          const [[u, w], [x, y]] = points(e).slice(-2);
          d3.select(this)
            .attr("x", (x + u) / 2 + (u < x ? -4 : 4))
            .attr("y", (y + w) / 2 + 4)
            .text(number(pulls[e.k][e.i]));
        })
        .style("display", (e) => (half(e.k) < 27 ? "none" : null));

      const variables = new Set(nodes.filter(({ op }) => op === "variable").map(({ name }) => name));
      for (const [name, { g }] of written) if (!variables.has(name)) g.style("display", "none");
      nodes.forEach(({ op, name }, k) => {
        if (op !== "variable") return;
        const handle = input(name);
        handle.g.style("display", null);
        handle.place(at(k)[0], at(k)[1] - 1);
      });
    };
  }

  const START = { text: Object.keys(EXAMPLES)[1], values: { x: 0.5, w: 2, v: -1, a: 2, b: 1, c: 4, y: 1 }, step: 0 };
  Interactive.figure("autodiff", { state: START, arithmetic, words, view });
})();
