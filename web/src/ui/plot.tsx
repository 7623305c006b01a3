import { useEffect, useRef } from "preact/hooks";
import type { Options } from "uplot";
import { Scrolled } from "./scrolled.tsx";

export interface Line {
  readonly name: string;
  /** A custom property of the style sheet, so that it fits light and dark. */
  readonly colour: string;
  readonly values: readonly number[];
}

interface PlotProps {
  readonly label: string;
  /** When the first step begins, Unix seconds. */
  readonly from: number;
  readonly stepSeconds: number;
  /** The values of a step stand upon each other, the first below. */
  readonly lines: readonly Line[];
}

const HEIGHT_PX = 200;

/** Stacked bars over time, with the figures in a table for whoever can't see them. */
export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const { from, stepSeconds, lines } = props;
  useEffect(() => {
    const place = box.current!;
    let isGone = false;
    let stop = () => {};
    const draw = async () => {
      const { default: UPlot } = await import("uplot");
      if (isGone) return;
      const plot = new UPlot(optionsOf(UPlot, props, place), dataOf(props), place);
      const fit = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT_PX }));
      fit.observe(place);
      stop = () => {
        fit.disconnect();
        plot.destroy();
      };
    };
    void draw();
    const redraw = () => {
      stop();
      void draw();
    };
    const themes = new MutationObserver(redraw);
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", redraw);
    return () => {
      isGone = true;
      stop();
      themes.disconnect();
      scheme.removeEventListener("change", redraw);
    };
  }, [JSON.stringify([from, stepSeconds, lines])]);
  return (
    <figure class="plot">
      <figcaption>
        {lines.map(({ name, colour, values }) => (
          <span key={name}>
            <i style={{ background: `var(${colour})` }} />
            {name} <b>{sum(values).toLocaleString()}</b>
          </span>
        ))}
      </figcaption>
      <div ref={box} class="canvas" aria-hidden="true" />
      <Figures {...props} />
    </figure>
  );
}

function Figures({ label, from, stepSeconds, lines }: PlotProps) {
  const steps = lines[0]?.values.map((_, index) => index) ?? [];
  const told = new Intl.DateTimeFormat(undefined, {
    day: "numeric",
    month: "short",
    hour: stepSeconds < 86_400 ? "2-digit" : undefined,
  });
  return (
    <details>
      <summary>Show as a table</summary>
      <Scrolled class="scroll-x figures" label={`${label}, as a table`}>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">From</th>
              {lines.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.toReversed().map((step) => (
              <tr key={step}>
                <td>{told.format((from + step * stepSeconds) * 1_000)}</td>
                {lines.map(({ name, values }) => (
                  <td key={name}>{values[step]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </details>
  );
}

type Data = [number[], ...number[][]];

/** The highest bar of a step is drawn first, so that each lower one covers its foot. */
function dataOf({ from, stepSeconds, lines }: PlotProps): Data {
  const times = (lines[0]?.values ?? []).map((_, index) => from + index * stepSeconds);
  const tops = lines.map((_, last) =>
    times.map((_at, step) => sum(lines.slice(0, last + 1).map(({ values }) => values[step]!))),
  );
  return [times, ...tops.reverse()];
}

function optionsOf(
  UPlot: typeof import("uplot"),
  { lines, stepSeconds, from }: PlotProps,
  place: HTMLElement,
): Options {
  const colour = (name: string) => getComputedStyle(place).getPropertyValue(name).trim();
  const resolved = (name: string) => resolve(colour(name), place);
  const bars = UPlot.paths.bars!({ size: [0.72, 64], radius: 0 });
  const axis = { stroke: resolved("--quiet"), font: "12px system-ui", ticks: { show: false } };
  const count = lines[0]?.values.length ?? 0;
  return {
    width: place.clientWidth,
    height: HEIGHT_PX,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: [from - stepSeconds / 2, from + (count - 0.5) * stepSeconds] },
      y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.1)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        values: (_plot, at) => at.map((seconds) => told(seconds, stepSeconds)),
      },
      {
        ...axis,
        size: 44,
        grid: { stroke: resolved("--line"), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6],
      },
    ],
    series: [
      {},
      ...lines.toReversed().map(({ name, colour: property }) => ({
        label: name,
        fill: resolved(property),
        width: 0,
        paths: bars,
        points: { show: false },
      })),
    ],
  };
}

/** A canvas knows no custom properties and no light-dark(): the browser is asked what colour comes of it. */
function resolve(colour: string, place: HTMLElement): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  place.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function told(seconds: number, stepSeconds: number): string {
  return (stepSeconds <= 3_600 ? HOUR : DAY).format(seconds * 1_000);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
