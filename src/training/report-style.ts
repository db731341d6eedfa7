/** The style of the HTML report: one file, no fonts to fetch, colours as variables of the two schemes. */
export const REPORT_STYLE = `
:root {
  --paper: #f6f5f2; --card: #ffffff; --ink: #1c2126; --soft: #646c75; --line: #e3e1db;
  --accent: #1f6f8b; --accent-soft: #cfe3ea; --cell: #f1f0ec; --strong-ink: #ffffff;
  --over: #d9822b; --under: #6b8fd6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #99a2ab; --line: #2c3238;
    --accent: #4fb3d1; --accent-soft: #234652; --cell: #24292e; --strong-ink: #0c1316;
    --over: #e39a4b; --under: #86a5e6;
  }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 44px 24px 32px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { font-size: .95rem; font-weight: 600; }
.brand { color: var(--accent); font-weight: 600; font-size: .85rem; margin-bottom: 4px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
.facts span { border: 1px solid var(--line); background: var(--card); color: var(--soft); border-radius: 99px; padding: 2px 12px; font-size: .85rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 16px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px 20px; }
.tile h2 { color: var(--soft); }
.tile .value { font-size: 2.3rem; font-weight: 650; letter-spacing: -.03em; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile.main { border-color: var(--accent); box-shadow: inset 0 3px 0 var(--accent); }
.tile.main .value { color: var(--accent); }
.note { color: var(--soft); font-size: .83rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 20px; align-items: start; }
.card > h2 { font-size: 1.1rem; margin-bottom: 6px; }
.card > .note { margin-bottom: 12px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; min-width: 560px; }
th { text-align: left; font-weight: 500; }
thead th { color: var(--soft); font-size: .83rem; padding: 4px 20px 8px 0; }
tbody th, tbody td { border-top: 1px solid var(--line); padding: 9px 20px 9px 0; }
.number { text-align: right; padding-right: 0 !important; font-variant-numeric: tabular-nums; }
.meter { display: flex; align-items: center; gap: 10px; min-width: 110px; }
.meter i { flex: 1; height: 8px; border-radius: 4px; background: linear-gradient(to right, var(--accent-soft) var(--value), var(--cell) 0); }
.meter.main i { background: linear-gradient(to right, var(--accent) var(--value), var(--cell) 0); }
.meter b { font-weight: 500; font-variant-numeric: tabular-nums; width: 2.6em; text-align: right; }
.meter.main b { font-weight: 650; }
svg { width: 100%; height: auto; display: block; font-size: 12.5px; }
svg text { fill: var(--ink); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .axis { fill: var(--soft); }
.cell rect { fill: color-mix(in oklab, var(--accent) var(--share), var(--cell)); }
.cell text { text-anchor: middle; }
.cell .count { font-size: 15px; font-weight: 500; }
.cell .share { font-size: 10.5px; opacity: .72; }
.cell.strong text { fill: var(--strong-ink); opacity: 1; }
.cell.diagonal .count { font-weight: 700; }
.cell.diagonal rect { stroke: var(--accent); stroke-width: 1.5; }
.grid { stroke: var(--line); }
.ground { stroke: var(--soft); }
.bar { fill: var(--accent-soft); }
.gap.over { fill: var(--over); opacity: .55; }
.gap.under { fill: var(--under); opacity: .55; }
.mark { fill: var(--accent); }
svg rect.count { fill: var(--soft); opacity: .6; }
.perfect { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 5; opacity: .6; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; vertical-align: -1px; margin: 0 2px 0 10px; }
.key:first-child { margin-left: 0; }
.key.over { background: var(--over); opacity: .7; }
.key.under { background: var(--under); opacity: .7; }
.key.line { height: 0; border-top: 2px dashed var(--soft); border-radius: 0; vertical-align: 4px; width: 20px; }
footer { color: var(--soft); font-size: .83rem; }
@media print { body { background: #fff; } .card, .tile { break-inside: avoid; } }
`
