// Draws the charts in the colours of the theme, and again when the theme changes.
// Vega evaluates its expressions with an interpreter (ast), because the content security policy forbids eval.

const VARIABLE = /^var\((--[\w-]+)\)$/;
const plots = [...document.querySelectorAll("[data-spec]")];
let drawn = [];

function themed(value, colour) {
  if (typeof value === "string") return value.replace(VARIABLE, (_, name) => colour(name));
  if (Array.isArray(value)) return value.map((item) => themed(item, colour));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, themed(item, colour)]));
  }
  return value;
}

function colourReader() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const known = new Map();
  return {
    colour(name) {
      if (!known.has(name)) {
        probe.style.color = `var(${name})`;
        known.set(name, getComputedStyle(probe).color);
      }
      return known.get(name);
    },
    close: () => probe.remove(),
  };
}

function config(font) {
  const line = { domainColor: "var(--line)", tickColor: "var(--line)", gridColor: "var(--line)" };
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: { ...line, labelColor: "var(--muted)", labelFontSize: 12, labelPadding: 6, ticks: false },
    axisY: { domain: false, grid: true },
  };
}

async function draw() {
  const { colour, close } = colourReader();
  const font = getComputedStyle(document.body).fontFamily;
  const results = [];
  for (const plot of plots) {
    const spec = { ...JSON.parse(document.getElementById(plot.dataset.spec).textContent), config: config(font) };
    results.push(
      await window.vegaEmbed(plot, themed(spec, colour), {
        ast: true,
        actions: false,
        defaultStyle: false,
        renderer: "svg",
        tooltip: { disableDefaultStyle: true },
      }),
    );
    plot.dataset.state = "drawn";
  }
  close();
  drawn.forEach((result) => result.finalize());
  drawn = results;
}

let queue = Promise.resolve();
function redraw() {
  queue = queue.then(draw).catch((error) => {
    console.error(error);
    for (const plot of plots) {
      plot.dataset.state = "failed";
      plot.textContent = "The chart could not be drawn. The table below has its figures.";
      plot.closest("figure").querySelector("details").open = true;
    }
  });
}

if (plots.length) {
  queue = import(plots[0].dataset.vega);
  redraw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  document.addEventListener("themechange", redraw);
}
