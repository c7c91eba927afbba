// The parts of the page: tiles, tables and charts of this run.

function tiles() {
  const counts = STATS.counts;
  const tokens = Object.values(STATS.tokens.stages).reduce((sum, s) => sum + s.prompt_tokens + s.completion_tokens, 0);
  const shown = [
    [count(counts.tasks), `of ${count(STATS.run.target)} tasks`],
    [count(counts.instances), "instances"],
    [percent(counts.tasks, counts.judged), "of candidates kept"],
    counts.undecided === counts.tasks ? [percent(counts.empty_inputs, counts.instances), "with empty input"] : [percent(counts.classification, counts.tasks), "classification"],
    [count(counts.replies), "replies"],
    [short(tokens), "tokens"],
    ...(STATS.cost.total ? [[dollars(STATS.cost.total), "cost"]] : []),
  ];
  byId("tiles").append(...shown.map(([value, text]) =>
    element("div", { class: "tile" }, element("b", {}, value), element("span", { class: "soft" }, text))));
}

function funnel() {
  const judged = STATS.counts.judged;
  if (!judged) return nothing("funnel-chart");
  const rows = [["candidates judged", judged, "main"],
    ...Object.entries(STATS.reasons).map(([reason, n]) => [visible(reason), n, "warn"]),
    ["complete tasks", STATS.counts.tasks, "good"]];
  chart("funnel-chart", rows.map(([name, n]) => `${name} ${count(n)}`).join(", "), (width) => {
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
      if ((to - from) * (inner + 0.3 * (end - inner)) < (size < 420 ? 10 : 13)) return;
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
  byId("verbs-text").hidden = !verbs.most_common.length;
  byId("verbs-open").open = verbs.most_common.length > 0 && innerWidth > 736;
  byId("verbs-about").textContent =
    `${count(verbs.with_noun)} of ${count(STATS.counts.tasks)} instructions (${percent(verbs.with_noun, STATS.counts.tasks)}) ` +
    `have a root verb with a direct noun: ${count(verbs.different_pairs)} different pairs. The picture holds ` +
    `${percent(verbs.shown, STATS.counts.tasks)} of all instructions (the paper's: ${(100 * STATS.paper.shown).toFixed(0)} %, ` +
    `and ${percent(STATS.paper.with_noun, STATS.paper.tasks)} with such a pair). Size: how often ` +
    `the pairs occur; of each verb its 4 most common nouns.`;
  table("verb-table", ["verb", "times", "nouns"], verbs.most_common.map((verb) =>
    [verb.verb, count(verb.count), verb.nouns.map((n) => `${n.noun}\u00a0${count(n.count)}`).join(", ")]));
}

function similarity() {
  for (const [id, some, extra] of [["rouge-seed", STATS.rouge.seed, []],
    ["rouge-earlier", STATS.rouge.earlier, [[DATA.threshold * 20, `limit ${DATA.threshold}`, "limit"]]]]) {
    const mean = some.mean === null ? [] : [[some.mean * 20, `mean ${some.mean.toFixed(2)}`, "mean"]];
    histogram(id, "Tasks by ROUGE-L", some.histogram,
      (i, edge) => edge ? (i / 20).toFixed(2).replace(/0$/, "") : `above ${(i / 20).toFixed(2)}, to ${((i + 1) / 20).toFixed(2)}`, [...mean, ...extra]);
  }
  const drift = STATS.rouge.drift, known = ([, score]) => score !== null;
  lines("drift", "Mean ROUGE-L over the run", [
    ["to the nearest seed task", drift.map((d) => [d.tasks, d.seed]).filter(known)],
    ["to the nearest earlier task", drift.map((d) => [d.tasks, d.earlier]).filter(known)],
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

// The points of the course, in at most so many: each holds what the ones before it held.
function merged(curve, most) {
  const size = Math.ceil(curve.length / most);
  const out = [];
  for (let i = 0; i < curve.length; i += size) {
    const some = curve.slice(i, i + size);
    const sum = (part) => some.reduce((total, point) => total + point[part], 0);
    out.push({ ...some[some.length - 1], judged: sum("judged"), complete: sum("complete") });
  }
  return out;
}

// Cost over tasks: in dollars where a price is known that is not nothing, else in tokens.
function cost(curve) {
  const priced = STATS.cost.total > 0;
  const edge = (value) => (value >= 1e3 ? "$" + short(value) : "$" + +value.toPrecision(3));
  const ends = merged(curve, 20);
  const steps = ends.map((p, i) => {
    const before = ends[i - 1] || { tasks: 0, cost: 0, prompt_tokens: 0, completion_tokens: 0 };
    return [p, before, p.tasks - before.tasks];
  }).filter(([, , tasks]) => tasks > 0);
  const each = (part) => steps.map(([p, before, tasks]) => [p.tasks, (p[part] - before[part]) / tasks]);
  const sums = (part) => curve.map((p) => [p.tasks, p[part]]);
  if (priced) {
    lines("cost", "Cost by tasks", [["cost", sums("cost")]], dollars, "complete tasks", 0, edge);
    lines("each", "Cost of a task along the run", [["cost of a task", each("cost")]], dollars, "complete tasks", 0, edge);
  } else {
    byId("cost-title").textContent = "Tokens of the tasks so far";
    byId("each-title").textContent = "Tokens of a task";
    const both = (of) => [["in", of("prompt_tokens")], ["out", of("completion_tokens")]];
    lines("cost", "Tokens by tasks", both(sums), short, "complete tasks", 0);
    lines("each", "Tokens of a task along the run", both(each), short, "complete tasks", 0);
  }
}

// Tokens of each stage over the time from the first reply to the last.
function time(course) {
  const start = Date.parse(STATS.tokens.first), span = course.length ? Date.parse(STATS.tokens.last) - start : 0;
  const [unit, name] = span > 2 * 86400e3 ? [86400e3, "days"] : span > 2 * 3600e3 ? [3600e3, "hours"] : span > 120e3 ? [60e3, "minutes"] : [1e3, "seconds"];
  const at = (i) => span * (i + 1) / course.length / unit;
  const of = (stage, part) => course.map((point, i) => [at(i), point.stages[stage][part]]);
  const stages = Object.entries(STATS.tokens.stages);
  const axis = `${name} since ${STATS.tokens.first.slice(0, 19).replace("T", " ")} UTC`;
  const cached = stages.filter(([, s]) => s.cached_prompt_tokens !== null);
  lines("tokens-in", "Tokens in over time", [
    ...stages.map(([stage]) => [stage, of(stage, "prompt_tokens")]),
    ...cached.map(([stage]) => [`${stage}, from a cache`, of(stage, "cached_prompt_tokens"), true]),
  ], short, axis, 0);
  lines("tokens-out", "Tokens out over time", stages.map(([stage]) => [stage, of(stage, "completion_tokens")]), short, axis, 0);
}

function stages() {
  const rows = Object.entries(STATS.tokens.stages);
  if (!rows.length) return nothing("cost-notes");
  const told = rows.some(([, s]) => s.cached_prompt_tokens !== null);
  const sum = (part) => rows.reduce((total, [, s]) => total + (s[part] || 0), 0);
  const all = Object.fromEntries(["replies", "spare", "prompt_tokens", "cached_prompt_tokens", "completion_tokens"].map((part) => [part, sum(part)]));
  const row = (name, s, paid) => [visible(name), count(s.replies), count(s.spare), count(s.prompt_tokens),
    ...(told ? [s.cached_prompt_tokens === null ? "-" : count(s.cached_prompt_tokens)] : []), count(s.completion_tokens), dollars(paid)];
  table("stages", ["stage", "replies", "spare", "tokens in", ...(told ? ["from a cache"] : []), "tokens out", "cost"],
    [...rows.map(([name, s]) => row(name, s, s.cost)), row("all", all, STATS.cost.replies)]);
  byId("stages").querySelector("tbody tr:last-child").className = "sum";
  byId("cost-notes").append(...DATA.notes.map((line) => element("p", { class: "soft" }, visible(line))));
  return undefined;
}

function added() {
  const rows = Object.entries(STATS.added);
  if (!rows.length) return;
  byId("added-card").hidden = false;
  const say = (n) => n.toLocaleString("en-US", { maximumFractionDigits: 2 });
  table("added", ["", "tasks", "mean", "5 %", "median", "95 %"],
    rows.map(([name, s]) => [visible(name), count(s.count), say(s.mean), say(s.p5), say(s.median), say(s.p95)]));
}

function judge() {
  const [rows, told] = DATA.judge;
  if (!rows.length) return;
  byId("judge-card").hidden = false;
  table("judge", ["", ""], rows);
  byId("judge-told").append(...told.map((line) => element("p", {}, line)));
}

function course() {
  const curve = STATS.curve;
  lines("acceptance", "Share of candidates that became tasks", [
    ["became tasks", merged(curve, 40).map((p) => [p.requests, p.judged ? p.complete / p.judged : 0])],
  ], (v) => (100 * v).toFixed(0) + " %", "generation requests", 1);
  cost(STATS.counts.tasks ? curve : []);
  time(STATS.tokens.course);
  stages();
}

function review() {
  if (!DATA.review.length) return;
  byId("review").hidden = false;
  const names = { task: "valid task", input: "input fits", output: "output is right", all: "all three" };
  const told = DATA.review.map((s) => `${names[s.name]} ${(100 * s.yes / s.count).toFixed(0)} %, in the paper ${(100 * s.paper).toFixed(0)} %`);
  chart("review-chart", `Shares of yes: ${told.join("; ")}`, (width) => {
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
  byId("about").textContent = visible(`${run.state} · recipe ${run.recipe} · model ${models} · ${run.protocol} · seed ${run.seed} · method ${run.method}${run.sent_otherwise?.length ? ` · sent otherwise: ${run.sent_otherwise.join("; ")}` : ""}`);
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  tiles();
  const rows = DATA.figures, half = rows.findIndex(([name], i) => i >= rows.length / 2 && !name.startsWith(" "));
  table("figures", ["", "this run", "paper"], rows.slice(0, half));
  table("more-figures", ["", "this run", "paper"], rows.slice(half));
  added();
  judge();
  review();
  funnel();
  sunburst();
  verbTable();
  similarity();
  lengths();
  course();
}

main();
