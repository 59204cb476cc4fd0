// Lines of equal value through a grid, by marching squares with linear interpolation.

// Segments [x0, y0, x1, y1] in cells, (0, 0) being the middle of the first cell, where `grid`
// (rows from low y to high) crosses `level`.
export function contour(grid, level) {
  const segments = [];
  for (let j = 0; j + 1 < grid.length; j++) {
    for (let i = 0; i + 1 < grid[j].length; i++) {
      cell(segments, i, j, grid[j][i], grid[j][i + 1], grid[j + 1][i + 1], grid[j + 1][i], level);
    }
  }
  return segments;
}

function cell(segments, i, j, a, b, c, d, level) {
  const kind = (a > level) | ((b > level) << 1) | ((c > level) << 2) | ((d > level) << 3);
  if (kind === 0 || kind === 15) return;
  const between = (u, v) => (level - u) / (v - u);
  const low = () => [i + between(a, b), j];
  const right = () => [i + 1, j + between(b, c)];
  const high = () => [i + between(d, c), j + 1];
  const left = () => [i, j + between(a, d)];
  const add = (from, to) => segments.push([...from, ...to]);
  switch (kind) {
    case 1: case 14: add(left(), low()); break;
    case 2: case 13: add(low(), right()); break;
    case 3: case 12: add(left(), right()); break;
    case 4: case 11: add(right(), high()); break;
    case 6: case 9: add(low(), high()); break;
    case 7: case 8: add(left(), high()); break;
    default: {
      // a saddle: the middle says which corners hang together
      const joined = (a + b + c + d) / 4 > level === (kind === 5);
      if (joined) { add(left(), high()); add(low(), right()); }
      else { add(left(), low()); add(right(), high()); }
    }
  }
}
