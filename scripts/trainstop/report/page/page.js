"use strict";
(() => {
  const look = {
    background: "transparent",
    aria: false,
    font: "system-ui, -apple-system, 'Segoe UI', 'Open Sans', Roboto, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: "var(--ink)", titleColor: "var(--ink)", gridColor: "var(--line)", domainColor: "var(--muted)",
      tickColor: "var(--muted)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, gridOpacity: 0.7,
      labelFlush: false,
    },
    legend: { labelColor: "var(--ink)", titleColor: "var(--ink)", labelFontSize: 12 },
    text: { fontSize: 12 },
  };

  const draw = (place, chart) => {
    const narrow = place.clientWidth < 480;
    const config = {
      ...look,
      axisY: { labelLimit: Math.min(340, 0.4 * place.clientWidth) },
      legend: { ...look.legend, columns: narrow ? 2 : 0 },
    };
    const compiled = vegaLite.compile({ ...chart.spec, config }, { logger: vega.logger(vega.None) }).spec;
    const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
      expr: expressionInterpreter, renderer: "svg", container: place, hover: false, logLevel: vega.Error,
    });
    const stepper = place.parentElement.querySelector(".stepper");
    const slider = stepper.querySelector("input");
    const output = stepper.querySelector("output");
    let at = -1;
    const pick = (n) => {
      at = n;
      slider.value = n;
      slider.setAttribute("aria-valuetext", chart.steps[n]);
      output.textContent = chart.steps[n];
      view.signal("picked", n).runAsync();
    };
    slider.addEventListener("input", () => pick(slider.valueAsNumber));
    slider.addEventListener("focus", () => pick(slider.valueAsNumber));
    view.addEventListener("pointermove", (event, item) => {
      const datum = item && item.datum;
      if (datum && Number.isInteger(datum.n) && datum.n !== at) pick(datum.n);
    });
    slider.setAttribute("aria-valuetext", chart.steps[0]);
    output.textContent = chart.steps[0];
    stepper.hidden = chart.steps.length === 0;
    return view.runAsync().then(() => place.querySelector("svg").setAttribute("aria-hidden", "true"));
  };

  const theme = document.getElementById("theme");
  const themes = [["", "as the system"], ["light", "light"], ["dark", "dark"]];
  let now = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    now = (now + 1) % themes.length;
    if (themes[now][0]) document.documentElement.dataset.theme = themes[now][0];
    else delete document.documentElement.dataset.theme;
    theme.textContent = `Theme: ${themes[now][1]}`;
  });

  for (const input of document.querySelectorAll("input[data-rows]")) {
    const rows = [...document.getElementById(input.dataset.rows).tBodies[0].rows];
    const output = input.parentElement.querySelector("output");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let found = 0;
      for (const row of rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        found += row.hidden ? 0 : 1;
      }
      output.textContent = wanted ? `${found} of ${rows.length} rows` : "";
    });
  }

  const folded = new Set();
  addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll("details:not([open])")) {
      folded.add(each);
      each.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
    folded.clear();
  });

  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = [...document.querySelectorAll("[data-chart]")].map((place) => draw(place, charts[place.dataset.chart]));
  Promise.all(drawn).then(() => { document.documentElement.dataset.drawn = drawn.length; });
})();
