/** The style of a report. Every rule is under `.report`. */
export const REPORT_STYLES = `
.report {
  --r-paper: #fff; --r-sunken: #f1f5f3; --r-ink: #0c1613; --r-muted: #51605a; --r-line: #d5dedb;
  --r-accent: #00705f; --r-target: #00705f; --r-nontarget: #b4530f; --r-reject: #b03a1c;
  --r-s1: #b98a12; --r-s2: #b4530f; --r-s3: #9c3570; --r-s5: #4456b8; --r-full: #00705f;
  container-type: inline-size;
  box-sizing: border-box;
  margin: 0 auto;
  padding: clamp(1rem, 4vw, 3rem);
  max-width: 70rem;
  color: var(--r-ink);
  background: var(--r-paper);
  font: 1rem/1.55 "Instrument Sans", ui-sans-serif, system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
}
@media screen {
  @supports (color: light-dark(#000, #fff)) {
    .report {
      --r-paper: light-dark(#fff, #121a17); --r-sunken: light-dark(#f1f5f3, #0b110f);
      --r-ink: light-dark(#0c1613, #ecf3f0); --r-muted: light-dark(#51605a, #9cada6);
      --r-line: light-dark(#d5dedb, #2b3a34); --r-accent: light-dark(#00705f, #45e3c2);
      --r-target: light-dark(#00705f, #45e3c2); --r-nontarget: light-dark(#b4530f, #ff9e5e);
      --r-reject: light-dark(#b03a1c, #ff9776);
      --r-s1: light-dark(#b98a12, #e8c34a); --r-s2: light-dark(#b4530f, #ff9e5e);
      --r-s3: light-dark(#9c3570, #f58bc4); --r-s5: light-dark(#4456b8, #9db0ff);
      --r-full: light-dark(#00705f, #45e3c2);
    }
    body:has(> .report) { background: light-dark(#f3f6f5, #090f0d); }
  }
}
.report *, .report *::before { box-sizing: border-box; }
.report h1, .report h2, .report h3, .report p, .report dl, .report dd, .report ul, .report figure { margin: 0; padding: 0; }
.report h1, .report h2, .report h3 { line-height: 1.12; letter-spacing: -0.02em; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
.report h1 { font-size: clamp(1.6rem, 4.5vw, 2.6rem); }
.report h2 { font-size: clamp(1.3rem, 3vw, 1.7rem); margin-bottom: 0.9rem; }
.report h3 { font-size: 1.1rem; margin: 1.75rem 0 0.6rem; }
.report .kind { color: var(--r-accent); font-weight: 650; margin-bottom: 0.4rem; }
.report .lead { max-width: 46rem; margin-top: 0.8rem; color: var(--r-muted); font-size: 1.0625rem; text-wrap: pretty; }
.report section { margin-top: 2.75rem; }
.report .headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 0.75rem; margin-top: 1.5rem; }
.report .headline div { padding: 0.9rem 1rem; border-radius: 14px; background: var(--r-sunken); }
.report .headline dt { color: var(--r-muted); font-size: 0.875rem; }
.report .headline dd:not(.between) { font-size: 1.75rem; font-weight: 650; letter-spacing: -0.02em; line-height: 1.25; }
.report .headline small { color: var(--r-muted); font-size: 1rem; font-weight: 500; letter-spacing: 0; }
.report .between { display: block; color: var(--r-muted); font-size: 0.8125rem; white-space: nowrap; }
.report .notes { display: grid; gap: 0.5rem; padding: 1rem 1.2rem; border-left: 4px solid var(--r-reject); border-radius: 4px 14px 14px 4px; background: var(--r-sunken); list-style: none; text-wrap: pretty; }
.report .hint { max-width: 52rem; color: var(--r-muted); font-size: 0.9375rem; margin: 0.8rem 0; text-wrap: pretty; }
.report .plots { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem; margin-top: 1.25rem; }
@container (min-width: 46rem) { .report .plots { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.report figure { min-width: 0; max-width: 38rem; break-inside: avoid; }
.report figcaption { font-size: 0.9375rem; color: var(--r-muted); margin-top: 0.35rem; text-wrap: pretty; }
.report figcaption strong { color: var(--r-ink); }
.report svg { display: block; width: 100%; height: auto; overflow: visible; }
.report svg text { fill: var(--r-muted); font-size: 12.5px; }
.report svg .labels text { fill: var(--r-ink); font-size: 13px; }
.report svg .value { fill: var(--r-ink); font-weight: 600; }
.report .grid line { stroke: var(--r-line); stroke-width: 1; }
.report .frame { fill: none; stroke: var(--r-muted); stroke-width: 1; }
.report .diagonal { stroke: var(--r-muted); stroke-width: 1; stroke-dasharray: 2 4; }
.report .curve { fill: none; stroke-width: 2; stroke: var(--r-ink); }
.report .curve.series-1 { stroke: var(--r-s1); stroke-dasharray: 2 3; }
.report .curve.series-2 { stroke: var(--r-s2); stroke-dasharray: 5 3; }
.report .curve.series-3 { stroke: var(--r-s3); stroke-dasharray: 9 3; }
.report .curve.series-5 { stroke: var(--r-s5); stroke-dasharray: 12 3 2 3; }
.report .curve.series-full { stroke: var(--r-full); stroke-width: 2.75; }
.report .curve.cosine { stroke: var(--r-muted); stroke-width: 1.25; }
.report .point { fill: var(--r-ink); stroke: var(--r-paper); stroke-width: 1.5; }
.report .point.series-1 { fill: var(--r-s1); }
.report .point.series-2 { fill: var(--r-s2); }
.report .point.series-3 { fill: var(--r-s3); }
.report .point.series-5 { fill: var(--r-s5); }
.report .point.series-full { fill: var(--r-full); }
.report .cheapest { fill: var(--r-paper); stroke: var(--r-full); stroke-width: 2; }
.report .alone { fill: var(--r-full); opacity: 0.6; }
.report .whisker { stroke: var(--r-full); stroke-width: 1.5; opacity: 0.65; }
.report .whisker.wide { stroke-width: 5; stroke-linecap: round; opacity: 0.35; }
.report .area { opacity: 0.25; }
.report .area.target, .report .swatch.target { fill: var(--r-target); }
.report .area.nontarget, .report .swatch.nontarget { fill: var(--r-nontarget); }
.report .outline { fill: none; stroke-width: 1.75; }
.report .outline.target { stroke: var(--r-target); }
.report .outline.nontarget { stroke: var(--r-nontarget); stroke-dasharray: 4 2; }
.report .mark { stroke: var(--r-ink); stroke-width: 1.5; }
.report .mark-1 { stroke-dasharray: 5 4; }
.report .scroll { overflow-x: auto; margin-top: 1.1rem; }
.report .scroll:focus-visible, .report summary:focus-visible { outline: 3px solid var(--r-accent); outline-offset: 2px; }
.report table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
.report caption span { position: sticky; left: 0; display: inline-block; max-width: 100cqi; }
.report caption { text-align: left; font-weight: 600; padding-bottom: 0.45rem; text-wrap: pretty; }
.report th, .report td { padding: 0.4rem 0.7rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--r-line); white-space: nowrap; }
.report thead th { color: var(--r-muted); font-weight: 550; font-size: 0.875rem; vertical-align: bottom; }
.report tbody th { font-weight: 550; }
.report th.name, .report td.name { text-align: left; }
.report td.name { white-space: normal; min-width: 9rem; overflow-wrap: anywhere; }
.report th:first-child { padding-left: 0; }
.report th:last-child, .report td:last-child { padding-right: 0; }
.report tr:last-child > * { border-bottom: 0; }
.report code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; font-size: 0.85em; overflow-wrap: anywhere; }
.report details { margin-top: 0.6rem; }
.report summary { cursor: pointer; color: var(--r-accent); font-weight: 600; font-size: 0.9375rem; }
.report .facts, .report .words { display: grid; gap: 0.4rem; }
.report .facts div, .report .words div { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 1rem; }
@container (min-width: 36rem) { .report .facts div, .report .words div { grid-template-columns: 12rem minmax(0, 1fr); } }
.report .facts dt, .report .words dt { color: var(--r-muted); }
.report .words dt { color: var(--r-ink); font-weight: 600; }
.report .facts dd { overflow-wrap: anywhere; }
@media print {
  .report { padding: 0; max-width: none; font-size: 10pt; color-scheme: light; }
  .report .scroll { overflow: visible; }
  .report th, .report td { white-space: normal; }
  .report tr, .report figure { break-inside: avoid; }
  .report h2 { break-after: avoid; }
}
@media (forced-colors: active) {
  .report svg { forced-color-adjust: none; }
  .report svg, .report .headline div, .report .notes { background: Canvas; }
  .report .headline div, .report .notes { border: 1px solid CanvasText; }
}
`;
