"use strict";
// What the page is drawn with: texts, elements, tables, charts that follow the width of their place.

const DATA = JSON.parse(document.getElementById("data").textContent);
const STATS = DATA.stats;
const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en-US");
const percent = (part, whole) => {
  if (!whole) return "-";
  const share = 100 * part / whole;
  return part && share < 0.05 ? "under 0.1 %" : share.toFixed(1) + " %";
};
// Dollars with cents, small amounts with three figures.
const dollars = (value) => {
  if (value === null) return "-";
  if (!value) return "$0";
  const digits = value >= 1 ? 2 : 2 - Math.floor(Math.log10(value));
  return "$" + value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
};
const short = (n) =>
  n >= 1e9 ? +(n / 1e9).toFixed(1) + "G" : n >= 1e6 ? +(n / 1e6).toFixed(1) + "M" :
  n >= 1e3 ? +(n / 1e3).toFixed(1) + "k" : String(+n.toFixed(2));

// Characters that could hide or turn text around; joiners within Persian or Hindi words and emoji
// are none of them.
const HIDDEN = new RegExp("\\r\\n?|\\p{Cs}|" +
  "[\\0-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]|" +
  "(?<![^\\0-\\xad\\u200b-\\u200f])[\\u200c\\u200d]|[\\u200c\\u200d](?![^\\0-\\xad\\u200b-\\u200f])", "gu");

function shown(hidden) {
  const code = hidden.codePointAt(0);
  if (hidden[0] === "\r") return "\n";
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code >= 0xd800 && code < 0xe000) return "\ufffd";
  return code === 0x7f ? "\u2421" : "<U+" + code.toString(16).toUpperCase().padStart(4, "0") + ">";
}

// A text, or a part of it, in which those characters are shown instead of obeyed.
function visible(text, from = 0, to = text.length) {
  let out = "", at = from;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index < from || found.index >= to) continue;
    out += text.slice(at, found.index) + shown(found[0]);
    at = found.index + found[0].length;
  }
  return out + text.slice(at, to);
}

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function label(x, y, text, extra) {
  return svg("text", { x, y, ...extra }, text);
}

// Calls `draw(width)` for an SVG in this place, now and whenever the width changes.
function chart(id, name, draw) {
  const place = byId(id);
  let before = 0;
  const redraw = () => {
    const width = Math.floor(place.clientWidth);
    if (width === before || width < 40) return;
    before = width;
    const [height, parts] = draw(width);
    place.querySelector("svg")?.remove();
    place.prepend(svg("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": name }, ...parts));
  };
  new ResizeObserver(redraw).observe(place);
  redraw();
}

function nothing(id) {
  byId(id).append(element("p", { class: "soft" }, "Nothing to show yet."));
}

function table(id, head, rows) {
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const inner = i === 0 && cell.startsWith("  ");
      return element("td", inner ? { class: "inner" } : {}, cell.trim().replaceAll(" %", "\u00a0%"));
    });
    return element("tr", {}, ...cells);
  });
  byId(id).append(
    element("thead", {}, element("tr", {}, ...head.map((cell) => element("th", { scope: "col" }, cell)))),
    element("tbody", {}, ...body),
  );
}

// Round values from 0 to `most`; those of a count are whole.
function ticks(most, wanted, whole) {
  if (!(most > 0)) return [0, 1];
  const rough = whole ? Math.max(1, most / wanted) : most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= rough);
  const out = [];
  for (let n = 0; (n - 1) * step < most * (1 - 1e-9); n += 1) out.push(+(n * step).toPrecision(12));
  return out;
}

// Bars side by side. `marks` are lines across: [place in bars, text, class].
function histogram(id, name, bars, names, marks) {
  if (!bars.length) return nothing(id);
  chart(id, [name, ...marks.map(([, text]) => text)].join(", "), (width) => {
    const left = 38, top = 22, bottom = 24, height = 210;
    const across = width - left - 6, tall = height - top - bottom;
    const grid = ticks(Math.max(...bars), 4, true), most = grid[grid.length - 1];
    const x = (place) => left + across * place / bars.length;
    const y = (value) => top + tall * (1 - value / most);
    const parts = grid.map((value) => svg("g", {},
      svg("line", { class: "axis", x1: left, x2: width - 6, y1: y(value), y2: y(value) }),
      label(left - 5, y(value) + 4, short(value), { class: "soft", "text-anchor": "end" })));
    const gap = Math.min(2, across / bars.length * 0.15);
    bars.forEach((value, i) => {
      if (!value) return;
      parts.push(svg("rect", { class: "main", x: x(i) + gap / 2, width: Math.max(1, x(1) - x(0) - gap), y: y(value), height: tall + top - y(value) },
        svg("title", {}, `${names(i)}: ${count(value)}`)));
    });
    const every = Math.ceil(bars.length / Math.max(2, Math.floor(across / 44)));
    const round = [1, 2, 4, 5, 10, 20, 25, 50].find((n) => n >= every) || every;
    for (let i = 0; i <= bars.length; i += round) {
      parts.push(label(x(i), height - 6, names(i, true), { class: "soft", "text-anchor": "middle" }));
    }
    const written = [];
    let taken = 0; // what the label before covers; another one there goes to a second row
    [...marks].sort((a, b) => a[0] - b[0]).forEach(([place, text, kind], i) => {
      const at = x(Math.min(place, bars.length)), long = 6.4 * text.length + 4;
      const end = at + long > width || (i === 0 && marks.length > 1 && at > long);
      const second = (end ? at - long : at) < taken;
      taken = end ? at : at + long;
      parts.push(svg("line", { class: kind, x1: at, x2: at, y1: top - 10, y2: top + tall }));
      written.push(label(at + (end ? -4 : 4), top - (second ? -2 : 10), text, { class: "soft", "text-anchor": end ? "end" : "start" }));
    });
    return [height, [...parts, ...written]];
  });
}

// Lines over one axis; each series is [name, [[x, y], ...], whether it is part of another].
function lines(id, name, series, format, xName, most, edge = format) {
  if (!series.length || !series[0][1].length) return nothing(id);
  const ends = series.filter(([, points]) => points.length).map(([text, points]) =>
    `${text} from ${format(points[0][1])} to ${format(points[points.length - 1][1])}`);
  const whole = series.every(([, points]) => points.every(([at]) => Number.isInteger(at)));
  chart(id, [name, ...ends].join(", "), (width) => {
    const top = 8, bottom = 36, height = 230, tall = height - top - bottom;
    const all = series.flatMap(([, points]) => points);
    const wide = Math.max(...all.map(([x]) => x)) || 1;
    const grid = most ? [0, .25, .5, .75, 1].map((part) => part * most) : ticks(Math.max(...all.map(([, y]) => y)), 4);
    const high = grid[grid.length - 1];
    const left = Math.max(44, 12 + 6.4 * Math.max(...grid.map((value) => edge(value).length)));
    const across = width - left - 10;
    const x = (value) => left + across * value / wide;
    const y = (value) => top + tall * (1 - value / high);
    const parts = grid.map((value) => svg("g", {},
      svg("line", { class: "axis", x1: left, x2: width - 10, y1: y(value), y2: y(value) }),
      label(left - 5, y(value) + 4, edge(value), { class: "soft", "text-anchor": "end" })));
    for (const value of ticks(wide, Math.max(2, Math.floor(across / 90)), whole).filter((v) => v <= wide)) {
      parts.push(label(x(value), height - 20, short(value), { class: "soft", "text-anchor": "middle" }));
    }
    parts.push(label(left + across / 2, height - 4, xName, { class: "soft", "text-anchor": "middle" }));
    series.forEach(([text, points, part], i) => {
      const kind = `s${i % 5}${part ? " part" : ""}`;
      if (points.length > 1) parts.push(svg("polyline", { class: `line ${kind}`, points: points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ") }));
      for (const [a, b] of points) {
        parts.push(svg("circle", points.length > 1 ? { cx: x(a), cy: y(b), r: 5, fill: "transparent" } : { class: `dot ${kind}`, cx: x(a), cy: y(b), r: 4 },
          svg("title", {}, `${text}: ${format(b)} at ${(+a.toPrecision(4)).toLocaleString("en-US")}`)));
      }
    });
    return [height, parts];
  });
  if (series.length > 1) {
    byId(id).append(element("div", { class: "key" }, ...series.map(([text, , part], i) =>
      element("span", {}, element("i", { class: `s${i % 5}${part ? " part" : ""}` }), visible(text)))));
  }
}
