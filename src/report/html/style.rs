//! Style: how the page looks, in light, in dark and on paper.

/// The whole style sheet; it refers to nothing outside the page.
pub(super) const SHEET: &str = r#":root {
  --paper: #fcfbf8; --card: #ffffff; --ink: #1d1c1a; --soft: #66625b; --line: #e2ded5;
  --accent: #1f4f7a; --mark: #fff3c4; --differs: #f6c9b8; --differs-ink: #7a2a10;
  --kept: #2e6b45; --copy: #8a3b12; --excerpt: #6b4a86;
  --serif: Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif 4", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #161718; --card: #1d1f20; --ink: #e8e5df; --soft: #a09a90; --line: #34363a;
    --accent: #7fb2e0; --mark: #45401f; --differs: #6e3321; --differs-ink: #ffd9c9;
    --kept: #7cc598; --copy: #e7a27c; --excerpt: #c3a3de;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3rem 1.5rem 4rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 var(--sans); overflow-wrap: anywhere;
}
h1, h2, .lede { font-family: var(--serif); text-wrap: balance; }
h1 { font-size: 2.3rem; line-height: 1.15; margin: 0 0 .6rem; font-weight: 600; }
h2 { font-size: 1.55rem; line-height: 1.2; margin: 0 0 .7rem; font-weight: 600; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; font-weight: 600; }
p { margin: 0 0 .9rem; max-width: 46rem; }
section { border-top: 1px solid var(--line); padding-top: 1.7rem; margin-top: 2.6rem; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code { font-family: var(--mono); font-size: .88em; }
.kicker { color: var(--soft); font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; margin: 0 0 .4rem; }
.lede { font-size: 1.18rem; line-height: 1.5; max-width: 56rem; text-wrap: pretty; margin-bottom: 1.5rem; }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.2rem; margin: 0 0 1.5rem; }
.totals div { border-top: 2px solid var(--accent); padding-top: .5rem; }
.totals dt { font-size: .85rem; color: var(--soft); }
.totals dd { margin: 0; font-size: 1.9rem; line-height: 1.2; font-family: var(--serif); font-variant-numeric: tabular-nums; }
.totals dd.note { font: .82rem/1.4 var(--sans); color: var(--soft); }
.command { background: var(--card); border: 1px solid var(--line); padding: .6rem .8rem; margin: 0 0 1rem; white-space: pre-wrap; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; margin: .6rem 0 .8rem; }
th { white-space: nowrap; text-align: left; font-weight: 600; color: var(--soft); font-size: .82rem; border-bottom: 1px solid var(--line); }
th, td { padding: .4rem .9rem .4rem 0; vertical-align: top; }
tbody tr + tr td { border-top: 1px solid var(--line); }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.dates { white-space: nowrap; font-variant-numeric: tabular-nums; }
.stories td:first-child { width: 46%; }
.pairs td:first-child { width: 6rem; padding-right: 1.6rem; font-variant-numeric: tabular-nums; }
.pairs td:nth-child(2) { width: 52%; }
.id { font-family: var(--mono); font-size: .8em; color: var(--soft); }
.doc .id { display: inline-block; max-width: 100%; }
.id.only { color: inherit; font-size: .88em; }
.doc .title { font-weight: 500; }
.doc .by { white-space: nowrap; }
h3 .doc .by, h3 .doc .id { font-weight: 400; }
h3 .doc .title { font-family: var(--serif); font-size: 1.1rem; font-weight: 600; }
.opening { color: var(--soft); font-size: .92em; }
.by { color: var(--soft); font-size: .88em; }
.why { display: block; color: var(--soft); font-size: .88em; margin-top: .1rem; }
.fine, .more, .note, figcaption { color: var(--soft); font-size: .87rem; }
.role {
  display: inline-block; font-size: .74rem; line-height: 1.5; padding: 0 .45em; border: 1px solid currentColor;
  border-radius: 3px; color: var(--accent); vertical-align: .1em; font-family: var(--sans); font-weight: 500;
}
.role.kept { color: var(--kept); } .role.copy { color: var(--copy); } .role.excerpt { color: var(--excerpt); }
.set { background: var(--card); border: 1px solid var(--line); padding: .9rem 1.1rem; margin: 0 0 1rem; }
.set h3 { margin: 0 0 .5rem; }
details, .plain { padding: .45rem 0; }
.set details, .set .plain, #reuse > details { border-top: 1px solid var(--line); }
.plain { padding-left: 1.15rem; }
td .plain { padding: .1rem 0 0; }
td details { padding: 0; }
summary { cursor: pointer; padding-left: 1.15rem; position: relative; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; position: absolute; left: 0; color: var(--soft); }
details[open] > summary::before { content: "▾"; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.6rem; margin: .6rem 0 .4rem 1.15rem; }
.side { font-family: var(--serif); font-size: .97rem; line-height: 1.6; padding: .5rem 0; border-top: 1px solid var(--line); white-space: pre-line; }
.wide { grid-column: 1 / -1; margin: .4rem 0 0; }
.side.head { font: .8rem/1.5 var(--mono); color: var(--soft); border: 0; padding: 0 0 .2rem; }
.side .by { font-size: .95em; }
mark { background: var(--mark); color: inherit; padding: .08em 0; }
mark b { background: var(--differs); color: var(--differs-ink); font-weight: 500; text-decoration: underline; text-underline-offset: 3px; text-decoration-thickness: 1px; }
mark .gap { color: var(--differs-ink); background: var(--differs); font-style: normal; padding: 0 .1em; }
.cut { display: block; font: .82rem/1.8 var(--sans); color: var(--soft); }
.theme { border-top: 1px solid var(--line); }
.theme .theme { margin-left: 1.15rem; }
.no { color: var(--soft); font-variant-numeric: tabular-nums; }
.columns { display: grid; grid-template-columns: minmax(14rem, 2fr) 3fr; gap: 0 2.5rem; padding-left: 1.15rem; align-items: start; }
.columns > :only-child { grid-column: 1 / -1; }
table.bars { margin: .4rem 0; font-size: .89rem; }
table.bars td { border: 0; padding: .15rem .7rem .15rem 0; }
table.bars td.w { width: 6rem; }
table.bars td.n { width: 3rem; padding-right: 0; }
.bar { display: block; height: .55em; margin-top: .45em; background: var(--line); }
.bar i { display: block; height: 100%; background: var(--accent); }
.pairs .bar { margin-top: .2em; }
figure { margin: .8rem 0 1.4rem; }
svg { width: 100%; height: auto; display: block; font-family: var(--sans); }
svg text { fill: var(--ink); font-size: 12px; }
svg .label { text-anchor: end; }
svg .tick { text-anchor: middle; fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
svg .value { text-anchor: middle; font-size: 11px; font-variant-numeric: tabular-nums; }
svg .value.over { fill: var(--paper); }
svg .cell, svg .bars, svg .dot { fill: var(--accent); }
svg .bars { fill-opacity: .45; }
svg .dot { fill-opacity: .85; }
svg .life { stroke: var(--accent); stroke-opacity: .4; stroke-width: 2; }
svg .grid { stroke: var(--line); }
svg .divide { stroke: var(--ink); stroke-width: 1; fill: none; }
q.exact { quotes: none; font-family: var(--mono); font-size: .88em; white-space: pre-line; }
.method dt { font-weight: 600; margin-top: .8rem; }
.method dd { margin: .1rem 0 0; max-width: 46rem; }
.warnings li { max-width: 46rem; }
ul { padding-left: 1.3rem; margin: .3rem 0 .8rem; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 46rem) {
  body { padding: 1.5rem 1rem 3rem; }
  .columns { grid-template-columns: 1fr; }
  .sides { gap: 0 .9rem; margin-left: 0; }
  table { display: block; overflow-x: auto; }
}
@media print {
  body { font-size: 10pt; max-width: none; padding: 0; background: #fff; color: #000; }
  nav { display: none; }
  .set, tr, figure { break-inside: avoid; }
  a { color: inherit; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"#;
