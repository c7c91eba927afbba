"use strict";
// The figures: tiles, tables and charts, drawn anew when the width of their place changes.

const DATA = JSON.parse(document.getElementById("data").textContent);
const STATS = DATA.stats;
const byId = (id) => document.getElementById(id);
const count = (n) => n.toLocaleString("en-US");
const percent = (part, whole) => (whole ? (100 * part / whole).toFixed(1) + " %" : "-");
const short = (n) =>
  n >= 1e9 ? +(n / 1e9).toFixed(1) + "G" : n >= 1e6 ? +(n / 1e6).toFixed(1) + "M" :
  n >= 1e3 ? +(n / 1e3).toFixed(1) + "k" : String(+n.toFixed(2));

// Characters that could hide or turn text around are shown instead of obeyed.
function visible(text) {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\r\n?/g, "\n")
    .replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
      (c) => "<U+" + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + ">")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
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
      return element("td", inner ? { class: "inner" } : {}, cell.trim());
    });
    return element("tr", {}, ...cells);
  });
  byId(id).append(
    element("thead", {}, element("tr", {}, ...head.map((cell) => element("th", {}, cell)))),
    element("tbody", {}, ...body),
  );
}

function ticks(most, wanted) {
  if (!(most > 0)) return [0, 1];
  const rough = most / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= rough);
  const out = [];
  for (let value = 0; value < most + step; value += step) out.push(value);
  return out;
}

// Bars side by side. `marks` are lines across: [place in bars, text, class].
function histogram(id, name, bars, names, marks) {
  if (!bars.length) return nothing(id);
  chart(id, name, (width) => {
    const left = 38, top = 22, bottom = 24, height = 210;
    const across = width - left - 6, tall = height - top - bottom;
    const grid = ticks(Math.max(...bars), 4), most = grid[grid.length - 1];
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
    [...marks].sort((a, b) => a[0] - b[0]).forEach(([place, text, kind], i) => {
      const at = x(Math.min(place, bars.length));
      const end = at > width - 75 || (i === 0 && marks.length > 1 && at > 75);
      const second = !end && i > 0 && at < 160 && written.length > 0; // both to the right: two rows
      parts.push(svg("line", { class: kind, x1: at, x2: at, y1: top - 10, y2: top + tall }));
      written.push(label(at + (end ? -4 : 4), top - (second ? -2 : 10), text, { class: "soft", "text-anchor": end ? "end" : "start" }));
    });
    return [height, [...parts, ...written]];
  });
}

// Lines over one axis; each series is [name, [[x, y], ...]].
function lines(id, name, series, format, xName, most) {
  if (!series[0][1].length) return nothing(id);
  chart(id, name, (width) => {
    const left = 44, top = 8, bottom = 36, height = 230;
    const across = width - left - 10, tall = height - top - bottom;
    const all = series.flatMap(([, points]) => points);
    const wide = Math.max(...all.map(([x]) => x));
    const grid = most ? [0, .25, .5, .75, 1].map((part) => part * most) : ticks(Math.max(...all.map(([, y]) => y)), 4);
    const high = grid[grid.length - 1];
    const x = (value) => left + across * value / wide;
    const y = (value) => top + tall * (1 - value / high);
    const parts = grid.map((value) => svg("g", {},
      svg("line", { class: "axis", x1: left, x2: width - 10, y1: y(value), y2: y(value) }),
      label(left - 5, y(value) + 4, format(value), { class: "soft", "text-anchor": "end" })));
    for (const value of ticks(wide, Math.max(2, Math.floor(across / 90))).filter((v) => v <= wide)) {
      parts.push(label(x(value), height - 20, short(value), { class: "soft", "text-anchor": "middle" }));
    }
    parts.push(label(left + across / 2, height - 4, xName, { class: "soft", "text-anchor": "middle" }));
    series.forEach(([text, points], i) => {
      const kind = i ? "line second" : "line";
      parts.push(svg("polyline", { class: kind, points: points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ") }));
      for (const [a, b] of points) {
        parts.push(svg("circle", { cx: x(a), cy: y(b), r: 5, fill: "transparent" },
          svg("title", {}, `${text}: ${format(b)} at ${count(a)}`)));
      }
    });
    return [height, parts];
  });
  if (series.length > 1) {
    byId(id).append(element("div", { class: "key" }, ...series.map(([text], i) =>
      element("span", {}, element("i", i ? { class: "second" } : {}), text))));
  }
}

function tiles() {
  const counts = STATS.counts;
  const tokens = Object.values(STATS.tokens.stages).reduce((sum, s) => sum + s.prompt_tokens + s.completion_tokens, 0);
  const shown = [
    [count(counts.tasks), `of ${count(STATS.run.target)} tasks`],
    [count(counts.instances), "instances"],
    [percent(counts.tasks, counts.judged), "of candidates kept"],
    [percent(counts.classification, counts.tasks), "classification"],
    [count(counts.replies), "replies"],
    [short(tokens), "tokens"],
  ];
  byId("tiles").append(...shown.map(([value, text]) =>
    element("div", { class: "tile" }, element("b", {}, value), element("span", { class: "soft" }, text))));
}

function funnel() {
  const judged = STATS.counts.judged;
  if (!judged) return nothing("funnel-chart");
  const rows = [["candidates judged", judged, "main-soft"],
    ...Object.entries(STATS.reasons).map(([reason, n]) => [visible(reason), n, "warn"]),
    ["complete tasks", STATS.counts.tasks, "good"]];
  chart("funnel-chart", "Candidates by what became of them", (width) => {
    const narrow = width < 480, row = narrow ? 36 : 24, left = narrow ? 0 : 190;
    const across = width - left - 110;
    const parts = rows.flatMap(([name, n, kind], i) => {
      const y = i * row;
      const wide = Math.max(1.5, across * n / judged);
      const at = narrow ? y + 16 : y + 4;
      return [
        label(narrow ? 0 : left - 8, narrow ? y + 12 : y + 17, name.slice(0, 40), narrow ? {} : { "text-anchor": "end" }),
        svg("rect", { class: kind, x: left, y: at, width: wide, height: 15, rx: 2 }),
        label(left + wide + 6, at + 12, `${count(n)}  ·  ${percent(n, judged)}`, { class: "soft" }),
      ];
    });
    return [rows.length * row + 4, parts];
  });
}

function arc(cx, cy, inner, outer, from, to) {
  const point = (r, a) => `${(cx + r * Math.sin(a)).toFixed(2)} ${(cy - r * Math.cos(a)).toFixed(2)}`;
  const big = to - from > Math.PI ? 1 : 0;
  return `M${point(inner, from)}L${point(outer, from)}A${outer} ${outer} 0 ${big} 1 ${point(outer, to)}` +
    `L${point(inner, to)}A${inner} ${inner} 0 ${big} 0 ${point(inner, from)}Z`;
}

function sunburst() {
  const verbs = STATS.verbs.most_common;
  if (!verbs.length) return nothing("sunburst");
  const sum = (verb) => verb.nouns.reduce((total, noun) => total + noun.count, 0);
  const total = verbs.reduce((all, verb) => all + sum(verb), 0);
  chart("sunburst", "Root verbs and their direct nouns", (width) => {
    const size = Math.min(width, 620), cx = width / 2, cy = size / 2;
    const middle = size * 0.1, half = size * 0.29, outer = size * 0.485;
    const parts = [];
    let angle = 0;
    const write = (text, from, to, inner, end) => {
      const at = (from + to) / 2, r = (inner + end) / 2;
      const fits = (to - from) * r >= 10;
      if (!fits) return;
      const room = Math.floor((end - inner - 8) / 6.3);
      const turn = at * 180 / Math.PI - 90;
      const flip = at > Math.PI;
      parts.push(label(0, 4, text.length > room ? text.slice(0, room - 1) + "…" : text, {
        class: "slice-text", "text-anchor": "middle", "font-size": size < 420 ? 9.5 : 11.5,
        transform: `translate(${cx + r * Math.sin(at)} ${cy - r * Math.cos(at)}) rotate(${flip ? turn + 180 : turn})`,
      }));
    };
    verbs.forEach((verb, i) => {
      const mine = sum(verb), end = angle + 2 * Math.PI * mine / total;
      const hue = Math.round(i * 137.5) % 360;
      parts.push(svg("path", { class: "slice", d: arc(cx, cy, middle, half, angle, Math.min(end, angle + 6.2831)), fill: `hsl(${hue} var(--sat) var(--light))` },
        svg("title", {}, `${verb.verb}: ${count(verb.count)} with a direct noun`)));
      write(verb.verb, angle, end, middle, half);
      let from = angle;
      verb.nouns.forEach((noun, j) => {
        const to = from + 2 * Math.PI * noun.count / total;
        parts.push(svg("path", { class: "slice", d: arc(cx, cy, half + 1, outer, from, Math.min(to, from + 6.2831)), fill: `hsl(${hue} var(--sat) var(--light) / ${0.72 - 0.12 * j})` },
          svg("title", {}, `${verb.verb} ${noun.noun}: ${count(noun.count)}`)));
        write(noun.noun, from, to, half, outer);
        from = to;
      });
      angle = end;
    });
    return [size, parts];
  });
}

function verbTable() {
  const verbs = STATS.verbs;
  byId("verbs-about").textContent =
    `${count(verbs.with_noun)} of ${count(STATS.counts.tasks)} instructions (${percent(verbs.with_noun, STATS.counts.tasks)}) ` +
    `have a root verb with a direct noun: ${count(verbs.different_pairs)} different pairs. The picture holds ` +
    `${percent(verbs.shown, STATS.counts.tasks)} of all instructions (the paper's: ${(100 * STATS.paper.shown).toFixed(0)} %, ` +
    `and ${percent(STATS.paper.with_noun, STATS.paper.tasks)} with such a pair). Size: how often; the ` +
    `4 most common nouns of each verb are shown.`;
  table("verb-table", ["verb", "times", "nouns"], verbs.most_common.map((verb) =>
    [verb.verb, count(verb.count), verb.nouns.map((n) => `${n.noun} ${count(n.count)}`).join(", ")]));
}

function similarity() {
  for (const [id, some, extra] of [["rouge-seed", STATS.rouge.seed, []],
    ["rouge-earlier", STATS.rouge.earlier, [[DATA.threshold * 20, `limit ${DATA.threshold}`, "limit"]]]]) {
    const mean = some.mean === null ? [] : [[some.mean * 20, `mean ${some.mean.toFixed(2)}`, "mean"]];
    histogram(id, "Tasks by ROUGE-L", some.histogram,
      (i, edge) => edge ? (i / 20).toFixed(2).replace(/0$/, "") : `above ${(i / 20).toFixed(2)}, to ${((i + 1) / 20).toFixed(2)}`, [...mean, ...extra]);
  }
  const drift = STATS.rouge.drift;
  lines("drift", "Mean ROUGE-L over the run", [
    ["to the nearest seed task", drift.map((d) => [d.tasks, d.seed])],
    ["to the nearest earlier task", drift.map((d) => [d.tasks, d.earlier])],
  ], (v) => v.toFixed(2), "tasks", 1);
  const duplicates = STATS.duplicates;
  byId("clusters-about").textContent = `${count(duplicates.tasks_in_clusters)} tasks in ${count(duplicates.clusters)} clusters: ` +
    `each joined to its nearest earlier task from ROUGE-L ${duplicates.least} on. Repeated records: ` +
    `${count(duplicates.repeated_records)}; repeated outputs: ${count(duplicates.repeated_outputs)}.`;
  byId("clusters").append(...duplicates.largest.slice(0, 6).map((some) => element("li", {},
    element("b", {}, `${count(some.size)} tasks `), visible(some.example.length > 140 ? some.example.slice(0, 140) + "…" : some.example))));
}

function lengths() {
  for (const part of ["instruction", "input", "output"]) {
    const some = STATS.words[part];
    let end = some.histogram.length;
    while (end > 12 && !some.histogram[end - 1]) end -= 1;
    const bars = some.histogram.slice(0, end);
    const marks = some.mean === null ? [] : [[some.mean + 0.5, `mean ${some.mean.toFixed(1)}`, "mean"],
      [STATS.paper.words[part] + 0.5, `paper ${STATS.paper.words[part]}`, "limit"]];
    const last = STATS.words[part].histogram.length - 1;
    histogram("words-" + part, `Words of ${part}s`, bars,
      (i, edge) => edge ? (i < bars.length ? i + (i === last ? "+" : "") : "") : `${i}${i === last ? " and more" : ""} words`, marks);
  }
}

function course() {
  const curve = STATS.curve;
  lines("acceptance", "Share of candidates that became tasks", [
    ["became tasks", curve.map((p) => [p.requests, p.judged ? p.complete / p.judged : 0])],
  ], (v) => (100 * v).toFixed(0) + " %", "generation requests", 1);
  lines("cost", "Tokens by tasks", [
    ["in", curve.map((p) => [p.tasks, p.prompt_tokens])],
    ["out", curve.map((p) => [p.tasks, p.completion_tokens])],
  ], short, "tasks", 0);
  const stages = Object.entries(STATS.tokens.stages);
  table("stages", ["stage", "replies", "tokens in", "tokens out"],
    stages.map(([name, s]) => [visible(name), count(s.replies), count(s.prompt_tokens), count(s.completion_tokens)]));
}

function review() {
  if (!DATA.review.length) return;
  byId("review").hidden = false;
  const names = { task: "valid task", input: "input fits", output: "output is right", all: "all three" };
  chart("review-chart", "Shares of yes with intervals", (width) => {
    const left = 110, across = width - left - 60;
    const parts = DATA.review.flatMap((share, i) => {
      const y = i * 34 + 6, x = (v) => left + across * v;
      const yes = share.yes / share.count;
      return [
        label(left - 8, y + 15, names[share.name], { "text-anchor": "end" }),
        svg("rect", { class: "main-soft", x: left, y: y + 4, width: across, height: 14, rx: 2 }),
        svg("rect", { class: "main", x: x(share.interval[0]), y: y + 4, width: x(share.interval[1]) - x(share.interval[0]), height: 14, rx: 2 }),
        svg("rect", { class: "paper", x: x(share.paper) - 2, y, width: 4, height: 22, rx: 1 },
          svg("title", {}, `the paper: ${(100 * share.paper).toFixed(0)} %`)),
        svg("circle", { class: "yes", cx: x(yes), cy: y + 11, r: 5 }, svg("title", {}, `${share.yes} of ${share.count}`)),
        label(left + across + 8, y + 15, `${(100 * yes).toFixed(0)} %`),
      ];
    });
    return [DATA.review.length * 34 + 8, parts];
  });
  byId("review").querySelector("p").prepend(`${count(DATA.review[0].count)} tasks. `);
}

function main() {
  const run = STATS.run;
  byId("name").textContent = visible(run.name);
  const models = Object.entries(run.models).map(([stage, name]) => (stage ? `${stage}: ${name}` : name)).join(", ");
  byId("about").textContent = visible(`${run.state} · recipe ${run.recipe} · model ${models} · ${run.protocol} · seed ${run.seed} · method ${run.method}`);
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  tiles();
  table("figures", ["", "this run", "paper"], DATA.figures);
  review();
  funnel();
  sunburst();
  verbTable();
  similarity();
  lengths();
  course();
}

main();
