// Draws docs/images/throughput-*.svg from bench/results: throughput over connections, and over the size of the table.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const WIDTH = 720;
const HEIGHT = 400;
const PLOT = { left: 70, right: 20, top: 50, bottom: 50 };
const COLOURS = ["#1d4ed8", "#047857", "#b45309", "#b91c1c", "#6d28d9", "#0e7490"];
const images = fileURLToPath(new URL("../docs/images/", import.meta.url));
mkdirSync(images, { recursive: true });

const intake = read("intake").contenders;
const shown = {
  "empty handler": "empty",
  "PostgreSQL alone (pgbench)": "pgbench",
  "Leadgate on PostgreSQL": "postgres /v1/leads",
  "Leadgate, embedded": "embedded /v1/leads",
  "check-then-act": "check-then-act",
};
draw("throughput-connections", {
  title: "First posts a second, by connections",
  labels: Object.keys(intake.empty),
  lines: Object.entries(shown).map(([name, key]) => ({ name, values: Object.values(intake[key]).map(rate) })),
});
if (existsSync(new URL("results/tables.json", import.meta.url))) drawSizes(read("tables"));

function drawSizes({ sizes }) {
  draw("throughput-table-size", {
    title: "First posts a second, by leads already there (64 connections)",
    labels: Object.keys(sizes).map((size) => Number(size).toLocaleString("en-GB")),
    lines: [{ name: "Leadgate on PostgreSQL", values: Object.values(sizes).map(rate) }],
  });
}

function rate({ perSecond }) {
  return perSecond;
}

function read(name) {
  return JSON.parse(readFileSync(new URL(`results/${name}.json`, import.meta.url), "utf8"));
}

function draw(name, { title, labels, lines }) {
  const most = niceAbove(Math.max(...lines.flatMap(({ values }) => values)));
  const x = (index) => PLOT.left + ((WIDTH - PLOT.left - PLOT.right) * (index + 0.5)) / labels.length;
  const y = (value) => HEIGHT - PLOT.bottom - ((HEIGHT - PLOT.top - PLOT.bottom) * value) / most;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = y(part * most).toFixed(1);
    const label = (part * most).toLocaleString("en-GB");
    return `<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at}" y2="${at}"/><text x="${PLOT.left - 8}" y="${at}" dy=".35em" text-anchor="end">${label}</text>`;
  });
  const below = labels.map(
    (label, index) => `<text x="${x(index)}" y="${HEIGHT - PLOT.bottom + 22}" text-anchor="middle">${label}</text>`,
  );
  const curves = lines.map(({ values }, line) => {
    const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
    const dots = points.map(
      (point) => `<circle cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="3.5" fill="${COLOURS[line]}"/>`,
    );
    return `<polyline fill="none" stroke="${COLOURS[line]}" stroke-width="2.5" points="${points.join(" ")}"/>${dots.join("")}`;
  });
  const legend = lines.map(({ name: text }, line) => {
    const column = PLOT.left + (line % 3) * 215;
    const row = HEIGHT + 4 + Math.floor(line / 3) * 22;
    return `<rect x="${column}" y="${row - 10}" width="14" height="4" fill="${COLOURS[line]}"/><text x="${column + 20}" y="${row - 4}">${text}</text>`;
  });
  const height = HEIGHT + 12 + Math.ceil(lines.length / 3) * 22;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
<style>text{font:13px system-ui,sans-serif;fill:#374151}.title{font-size:16px;font-weight:600;fill:#111827}.grid{stroke:#d1d5db}rect.ground{fill:#fff}@media (prefers-color-scheme:dark){text{fill:#d1d5db}.title{fill:#f3f4f6}.grid{stroke:#374151}rect.ground{fill:#0e1116}}</style>
<rect class="ground" width="${WIDTH}" height="${height}"/>
<text class="title" x="${PLOT.left}" y="28">${title}</text>
${[...grid, ...below, ...curves, ...legend].join("\n")}
</svg>
`;
  writeFileSync(`${images}${name}.svg`, svg);
  console.log(`docs/images/${name}.svg`);
}

/** A round number above it, so that the quarters of the scale are whole. */
function niceAbove(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}
