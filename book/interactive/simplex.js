/* Probabilities as a point in a polygon: the simplex itself for three classes, its shadow for more. */
"use strict";

Interactive.simplex = (() => {
  const { range, sum } = Interactive;

  /** The corners of the polygon for N classes, [[x, y]], class 1 at the bottom left as in the book's triangles. */
  function corners(N, width, height) {
    const unit = range(N).map((k) => {
      const angle = Math.PI * (1.5 - (2 * k + 1) / N);
      return [Math.cos(angle), -Math.sin(angle)];
    });
    const [left, right] = d3.extent(unit, (c) => c[0]);
    const [top, bottom] = d3.extent(unit, (c) => c[1]);
    const size = Math.min((width - 60) / (right - left), (height - 64) / (bottom - top));
    return unit.map(([x, y]) => [
      width / 2 + size * (x - (left + right) / 2),
      height / 2 + size * (y - (top + bottom) / 2),
    ]);
  }

  /** The place of the probabilities f (N,) among the corners. */
  const place = (f, points) => [0, 1].map((axis) => sum(f.map((value, k) => value * points[k][axis])));

  /** The probabilities (3,) at a place of the triangle, moved inside it by at least `least` for each class. */
  function probabilities([x, y], [a, b, c], least = 0.002) {
    const area = (p, q, r) => (q[0] - p[0]) * (r[1] - p[1]) - (r[0] - p[0]) * (q[1] - p[1]);
    const whole = area(a, b, c);
    const f = [area([x, y], b, c), area(a, [x, y], c), area(a, b, [x, y])].map((v) => Math.max(least, v / whole));
    return f.map((value) => value / sum(f));
  }

  /** Draws the outline and the names of the corners into `g`. */
  function outline(g, points, names, colours) {
    g.selectAll("polygon")
      .data([points])
      .join("polygon")
      .attr("class", "outline")
      .attr("points", (d) => d.join(" "));
    const middle = d3.mean(points, (c) => c[1]);
    g.selectAll("text")
      .data(points)
      .join("text")
      .attr("text-anchor", "middle")
      .attr("class", "strong")
      .attr("x", (c) => c[0])
      .attr("y", (c) => c[1] + (c[1] < middle ? -12 : 22))
      .style("fill", (c, k) => colours[k])
      .text((c, k) => names[k]);
  }

  return { corners, place, probabilities, outline };
})();
