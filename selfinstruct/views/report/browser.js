// The record browser: blocks are unpacked when they are looked at.

const PAGE = 25;
const SCRIPTS = { accepted: [...document.querySelectorAll("script.accepted")], rejected: [...document.querySelectorAll("script.rejected")] };
const CACHE = { accepted: [], rejected: [] };
const SEEDS = new Map(DATA.seeds);

function block(kind, number) {
  CACHE[kind][number] ??= (async () => {
    const bytes = Uint8Array.from(atob(SCRIPTS[kind][number].textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  })();
  return CACHE[kind][number];
}

const place = (id) => id.split(".").map(Number);

function before(a, b) {
  const [x, y] = [place(a), place(b)];
  return x[0] < y[0] || (x[0] === y[0] && x[1] < y[1]);
}

// The instruction of a task by its id, from the seed tasks or the blocks; null if not in the page.
async function instructionOf(id) {
  if (SEEDS.has(id)) return SEEDS.get(id);
  for (const kind of ["accepted", "rejected"]) {
    const first = DATA[kind].first;
    let low = 0, high = first.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(id, first[middle])) high = middle; else low = middle + 1;
    }
    if (!low) continue;
    const found = (await block(kind, low - 1)).find((row) => row[0] === id);
    if (found) return found[1];
  }
  return null;
}

// Tokens as the ROUGE-L filter sees them: [word, start, end].
function tokens(text) {
  const rule = DATA.tokenizer === "rouge-score" ? /[a-z0-9]+/g :
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*|[\p{L}\p{N}\p{M}]+/gu;
  return [...text.toLowerCase().matchAll(rule)].map((m) => [m[0], m.index, m.index + m[0].length]);
}

// The places of a longest common subsequence in both lists of tokens.
function aligned(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i][j] = a[i][0] === b[j][0] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  const pairs = [[], []];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i][0] === b[j][0]) { pairs[0].push(a[i]); pairs[1].push(b[j]); i += 1; j += 1; }
    else if (table[i + 1][j] >= table[i][j + 1]) i += 1; else j += 1;
  }
  return pairs;
}

function marked(text, some) {
  const parts = [];
  let at = 0;
  for (const [, start, end] of some) {
    parts.push(visible(text, at, start), element("mark", {}, visible(text, start, end)));
    at = end;
  }
  return element("p", { class: "text", dir: "auto" }, ...parts, visible(text, at));
}

function written(name, text) {
  return [element("h4", {}, name), element("p", { class: "text", dir: "auto" }, visible(text))];
}

async function near(name, id, score, instruction, limit = null) {
  const text = await instructionOf(id);
  const box = element("div", { class: "near" }, element("h4", {}, `${name}: ${id}, ROUGE-L ${score.toFixed(3)}` + (limit === null ? "" : `, limit ${limit}`)));
  if (text === null) box.append(element("p", { class: "soft" }, "Its text is not in this report."));
  else {
    const same = text.toLowerCase().length === text.length && instruction.toLowerCase().length === instruction.length;
    const [mine, its] = same ? aligned(tokens(instruction), tokens(text)) : [[], []];
    box.append(marked(instruction, mine), element("h4", {}, "is near to"), marked(text, its));
  }
  return box;
}

async function acceptedBody(row) {
  const [, instruction, , instances, seed, seedScore, earlier, earlierScore, extra] = row;
  const parts = instances.flatMap(([input, output], i) => {
    const number = instances.length > 1 ? ` ${i + 1}` : "";
    return [...(input ? written("Input" + number, input) : []), ...written("Output" + number, output)];
  });
  if (extra) parts.push(...written("Added by steps", JSON.stringify(extra, null, 1)));
  if (seedScore) parts.push(await near("Nearest seed task", seed, seedScore, instruction));
  if (earlierScore) parts.push(await near("Nearest earlier task", earlier, earlierScore, instruction));
  return parts;
}

async function rejectedBody(row) {
  const [, instruction, reason, value, limit, id, score] = row;
  const show = (v) => (typeof v === "string" ? v || "(empty)" : JSON.stringify(v));
  const parts = [];
  const numbers = typeof value === "number" && (typeof limit === "number" || limit === null);
  if (numbers && id && value === score) return [await near("Nearest task", id, score, instruction || "", limit)];
  if (numbers) parts.push(element("p", { class: "soft" }, `Value ${value}` + (limit === null ? "" : `, limit ${limit}`)));
  else {
    if (value !== null) parts.push(...written("Value", show(value)));
    if (limit !== null) parts.push(...written("Limit", show(limit)));
  }
  if (id) parts.push(await near("Nearest task", id, score, instruction || ""));
  if (!parts.length) parts.push(element("p", { class: "soft" }, `Turned down: ${visible(DATA.reasons[reason])}.`));
  return parts;
}

function record(kind, row) {
  const tags = element("span", { class: "tags" }, element("span", { class: "tag" }, row[0]));
  const tag = (text, no) => tags.append(" ", element("span", { class: no ? "tag no" : "tag" }, visible(text)));
  if (kind === "accepted") {
    if (row[2] === 1) tag("classification");
    if (row[3].length > 1) tag(`${row[3].length} instances`);
  } else {
    tag(DATA.reasons[row[2]], true);
    if (row[5]) tag(`ROUGE-L ${row[6].toFixed(3)}`, true);
  }
  const summary = element("summary", {}, tags, " ", element("span", { class: "words", dir: "auto" }, visible(row[1] === null ? "(the whole reply)" : row[1])));
  const made = element("details", { class: "record" }, summary);
  made.addEventListener("toggle", async () => {
    if (!made.open || made.children.length > 1) return;
    const body = element("div", { class: "body" });
    made.append(body);
    body.append(...await (kind === "accepted" ? acceptedBody(row) : rejectedBody(row)));
  });
  return element("li", {}, made);
}

function wanted() {
  const kind = byId("kind").value, query = byId("query").value.trim().toLowerCase();
  const reason = byId("reason").value, sort = byId("class").value;
  const holds = (text) => text !== null && text.toLowerCase().includes(query);
  return [kind, (row) => {
    if (kind === "accepted" && sort !== "" && row[2] !== Number(sort)) return false;
    if (kind === "rejected" && reason !== "" && row[2] !== Number(reason)) return false;
    if (!query || row[0] === query || holds(row[1])) return true;
    return kind === "accepted" && row[3].some(([input, output]) => holds(input) || holds(output));
  }, query || (kind === "accepted" ? sort : reason) !== ""];
}

let turn = 0;

// Shows the first matches of a new search; "More" goes on where it stopped.
async function search() {
  const mine = ++turn;
  const [kind, fits, narrowed] = wanted();
  byId("reason-label").hidden = kind !== "rejected";
  byId("class-label").hidden = kind !== "accepted" || STATS.counts.undecided === STATS.counts.tasks;
  const list = byId("list"), about = DATA[kind];
  list.replaceChildren();
  byId("more").hidden = true;
  const part = about.shown < about.total ? ` (an even choice of ${count(about.shown)} from ${count(about.total)} is in this report)` : "";
  let matches = 0, shown = 0, waiting = [];
  const say = (done) => {
    byId("found").textContent = (narrowed ? `${count(matches)} of ${count(about.shown)} ${kind}${done ? "" : " so far"}` : `${count(about.shown)} ${kind}`) + part;
    byId("more").hidden = !waiting.length;
  };
  const show = (rows) => { shown += rows.length; list.append(...rows.map((row) => record(kind, row))); };
  let number = 0;
  const read = async (enough) => {
    while (number < about.first.length && waiting.length < enough) {
      const rows = await block(kind, number);
      if (mine !== turn) return;
      number += 1;
      for (const row of rows) if (fits(row)) { matches += 1; waiting.push(row); }
      if (shown < PAGE) show(waiting.splice(0, PAGE - shown));
      say(false);
    }
    if (mine === turn) say(number >= about.first.length);
  };
  byId("more").onclick = async () => {
    show(waiting.splice(0, PAGE));
    await read(PAGE);
  };
  // With a search all blocks are read, so that the number found is right.
  await read(narrowed ? Infinity : PAGE + 1);
}

function browser() {
  byId("kind").append(...["accepted", "rejected"].map((kind) => element("option", { value: kind }, `${kind} (${count(DATA[kind].total)})`)));
  if (!DATA.accepted.total && DATA.rejected.total) byId("kind").value = "rejected";
  DATA.reasons.forEach((reason, i) => byId("reason").append(
    element("option", { value: i }, `${visible(reason)} (${count(STATS.reasons[reason])})`)));
  if (typeof DecompressionStream === "undefined") {
    byId("found").textContent = "This browser cannot unpack the records (no DecompressionStream).";
    return;
  }
  let timer = 0;
  byId("query").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
  for (const id of ["kind", "reason", "class"]) byId(id).addEventListener("change", search);
  byId("search").addEventListener("submit", (event) => { event.preventDefault(); search(); });
  search();
}

browser();
