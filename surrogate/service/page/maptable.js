// The map in words, for whoever can't see it: some of its cells, each with its interval.

import { isDeclined } from "./raster.js";
import { element, short } from "./words.js";

const MOST = 12; // rows and columns

export function mapTable(map) {
  const every = (values) => values.map((_, k) => k).filter((k) => k % Math.ceil(values.length / MOST) === 0);
  const columns = every(map.x.values);
  const rows = map.y ? every(map.y.values).reverse() : [0];
  const head = element("tr", {}, element("th", {}, map.y ? `${map.y.name} \\ ${map.x.name}` : map.x.name));
  columns.forEach((i) => head.append(element("th", { scope: "col" }, short(map.x.values[i]))));
  const body = rows.map((j) => {
    const row = element("tr", {}, element("th", { scope: "row" }, map.y ? short(map.y.values[j]) : map.response));
    columns.forEach((i) => row.append(element("td", { title: `${short(map.lower[j][i])}..${short(map.upper[j][i])}` }, said(map, j, i))));
    return row;
  });
  const response = `${map.response}; the interval of a cell shows on it`;
  return element("table", {}, element("caption", {}, response), head, ...body);
}

function said(map, j, i) {
  if (!map.allowed[j][i]) return "";
  return isDeclined(map, j, i) ? "declines" : short(map.mean[j][i]);
}
