import { Html } from "./html.js";

/** The style of the page: one accent, on light and on dark ground, from a phone's width to paper. */
export const style = new Html(`
:root {
  color-scheme: light dark;
  --ground: #f7f8fa; --card: #ffffff; --ink: #1b1f26; --muted: #586170; --rule: #dfe3e8;
  --accent: #1f5fbf; --shade: 31 95 191; --warn: #fff6e0; --warn-rule: #e3b341;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #101317; --card: #181c22; --ink: #e7eaee; --muted: #9ba5b3; --rule: #2d343d;
    --accent: #78aeff; --shade: 88 148 240; --warn: #2a2414; --warn-rule: #8f7430;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 48px; }
h1 { font-size: 2.25rem; line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 20px; overflow-wrap: anywhere; }
h2 { font-size: 1.375rem; line-height: 1.3; letter-spacing: -0.01em; margin: 0 0 8px; }
h3 { font-size: 1rem; line-height: 1.4; margin: 0 0 8px; overflow-wrap: anywhere; }
p, li, dd, figcaption { overflow-wrap: anywhere; }
p { margin: 0 0 16px; max-width: 72ch; }
section { margin: 0 0 64px; scroll-margin-top: 16px; }
.file, .note, figcaption, caption, footer { color: var(--muted); }
.file { margin-bottom: 4px; overflow-wrap: anywhere; }
.note, figcaption, details { font-size: 0.875rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 32px; padding: 0; }
nav a { color: var(--accent); text-decoration: none; display: inline-block; padding: 4px 0; }
nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.card {
  background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 24px; margin: 0 0 24px;
  min-width: 0;
}
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 24px; }
.cards.small { grid-template-columns: repeat(auto-fill, minmax(min(100%, 220px), 1fr)); gap: 16px; }
.cards > .card { margin: 0; }
.cards:not(.small) > .card:last-child:nth-child(odd) { grid-column: 1 / -1; }
.cards.small .card { padding: 16px; }
.cards.small figcaption { font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.cards + details, .cards + .card, .card + .cards { margin-top: 24px; }
figure.card > .picture { max-width: 480px; margin: 0 auto; }
figure.wide > .picture { max-width: none; overflow-x: auto; }
figure.wide > .picture svg { min-width: 600px; }
figcaption { margin-top: 8px; }
.best th, .best td { background: rgb(var(--shade) / 0.12); }
.picture svg { display: block; width: 100%; height: auto; }

.summary { padding: 32px; }
.lead { font-size: 1.25rem; line-height: 1.5; max-width: 62ch; overflow-wrap: anywhere; }
.facts {
  display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px 24px;
  margin: 24px 0 0; padding-top: 24px; border-top: 1px solid var(--rule);
}
.facts div, .settings div { min-width: 0; }
dt { color: var(--muted); font-size: 0.875rem; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.settings { margin: 0; }
.settings div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 24px; padding: 6px 0; border-top: 1px solid var(--rule); }
.settings div:first-child { border-top: 0; }
.settings dd { font-size: 0.9375rem; }
.terms { margin: 12px 0 0; max-width: 72ch; }
.terms dd { margin: 0 0 10px; }
.terms dt { color: var(--ink); font-weight: 600; }

.gauge { max-width: 560px; margin: 8px 0 20px; }
.figure { margin: 0 0 4px; color: var(--muted); }
.big { font-size: 2.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em; color: var(--ink); font-variant-numeric: tabular-nums; margin-right: 4px; }
.scale { position: relative; height: 20px; }
.scale div { position: absolute; }
.track { top: 8px; left: 0; right: 0; height: 4px; border-radius: 2px; background: var(--rule); }
.scale .band { top: 5px; height: 10px; border-radius: 5px; background: rgb(var(--shade) / 0.35); min-width: 4px; }
.scale .mark { top: 0; width: 2px; height: 20px; margin-left: -1px; background: var(--muted); }
.scale .point { top: 3px; width: 14px; height: 14px; margin-left: -7px; border-radius: 50%; background: var(--accent); border: 2px solid var(--card); }
.ends { display: flex; justify-content: space-between; }
.ends, .legend { color: var(--muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.legend { margin: 4px 0 16px; }
.key { display: inline-block; vertical-align: middle; margin: 0 6px 0 0; }
.legend .key ~ .key { margin-left: 16px; }
.key.point { width: 10px; height: 10px; border-radius: 50%; background: var(--accent); }
.key.band { width: 22px; height: 10px; border-radius: 5px; background: rgb(var(--shade) / 0.35); }
.key.mark { width: 2px; height: 14px; background: var(--muted); }
.key.line { width: 22px; height: 3px; border-radius: 2px; background: var(--accent); }
.key.muted { background: var(--muted); }

.warnings { background: var(--warn); border: 1px solid var(--warn-rule); border-radius: 12px; padding: 20px 24px; }
.warnings h2 { font-size: 1rem; }
.warnings ul { margin: 0; padding-left: 20px; }
.warnings li { max-width: 80ch; overflow-wrap: anywhere; }
.warnings li + li { margin-top: 6px; }

.scroll { overflow-x: auto; max-width: 100%; }
table + .note, .scroll + .note { margin: 12px 0 0; }
table { border-collapse: collapse; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 0.875rem; padding-bottom: 4px; }
th, td { padding: 7px 12px; text-align: left; vertical-align: top; border-top: 1px solid var(--rule); }
thead th, thead td { color: var(--muted); font-weight: 500; font-size: 0.8125rem; border-top: 0; vertical-align: bottom; }
tbody th { font-weight: 500; }
th:first-child, td:first-child { padding-left: 0; }
.numbers { width: 100%; }
.numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
.numbers .text, .numbers thead th.text { text-align: left; white-space: normal; }
.numbers th[scope="row"], .numbers td.text { min-width: 12ch; max-width: 24ch; overflow-wrap: anywhere; }
.value { font-weight: 650; }
.part { background: linear-gradient(to right, rgb(var(--shade) / 0.22) calc(var(--part) * 100%), transparent 0) content-box; }
.numbers td.part { padding-left: 24px; padding-right: 0; min-width: 90px; }
.part:last-child { padding-right: 0; }

.confusion { border-collapse: separate; border-spacing: 2px; }
.confusion th, .confusion td { border: 0; padding: 6px 8px; }
.confusion th[scope="row"] {
  text-align: right; vertical-align: middle; padding-right: 12px; max-width: 22ch; overflow-wrap: anywhere;
  position: sticky; left: 0; background: var(--card);
}
.confusion thead tr:first-child th { text-align: center; }
.confusion thead tr + tr th { text-align: center; color: var(--ink); }
.confusion thead tr + tr th:first-child { text-align: right; padding-right: 12px; color: var(--muted); }
.confusion .shade { text-align: center; vertical-align: middle; min-width: 64px; height: 44px; border-radius: 4px; background-color: rgb(var(--shade) / calc(0.04 + var(--part) * 0.42)); }
.confusion .right { font-weight: 650; }
.confusion.many { font-size: 0.8125rem; }
.confusion.many th[scope="row"] { min-width: 15ch; }
.confusion.many thead tr:first-child th { text-align: left; }
.confusion.many .shade { min-width: 34px; height: 30px; padding: 2px 4px; }
.confusion.many thead tr + tr th:not(:first-child) { padding: 4px 2px; }
.confusion.many thead tr + tr th:not(:first-child) span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 22ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; display: inline-block; }

.bars { width: 100%; table-layout: fixed; }
.bars th, .bars td { vertical-align: middle; border-top: 0; padding: 5px 12px; }
.bars th:first-child { width: 26%; padding-left: 0; overflow-wrap: anywhere; }
.bars th:nth-child(3) { width: 84px; }
.bars th:nth-child(4) { width: 72px; }
.bars td:nth-child(n + 3), .bars th:nth-child(n + 3) { text-align: right; white-space: nowrap; padding-right: 0; }
.bars td:nth-child(4) { color: var(--muted); }
.plot div { position: relative; height: 18px; }
.plot i { position: absolute; }
.bar { top: 2px; height: 14px; border-radius: 3px; background: rgb(var(--shade) / 0.55); min-width: 1px; }
.spread { top: 8px; height: 2px; background: var(--ink); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.columns { width: 100%; }
.columns td { white-space: nowrap; }
.columns th[scope="row"] { min-width: 11ch; max-width: 24ch; overflow-wrap: anywhere; }
.columns .why { white-space: normal; min-width: 26ch; overflow-wrap: anywhere; }
.columns .left th, .columns .left td { color: var(--muted); }
summary { cursor: pointer; color: var(--accent); padding: 8px 0; }
pre { overflow-x: auto; font-size: 0.875rem; padding: 16px 24px; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.8125rem; overflow-wrap: anywhere; }
footer { padding-bottom: 48px; font-size: 0.875rem; }

@media (max-width: 560px) {
  header, main, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 28px; }
  h1 { font-size: 1.75rem; }
  section { margin-bottom: 48px; }
  .card, .summary, .warnings { padding: 16px; }
  .lead { font-size: 1.0625rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .cards.small { grid-template-columns: 1fr 1fr; gap: 12px; }
  .cards.small .card { padding: 10px; }
  table { font-size: 0.875rem; }
  th, td { padding: 6px; }
  .numbers th[scope="row"] { min-width: 9ch; }
  .numbers td.part { padding-left: 10px; min-width: 60px; }
  .bars th:first-child { width: 34%; }
  .bars th, .bars td { padding: 5px 6px; }
  .bars th:nth-child(3) { width: 66px; }
  .bars th:nth-child(4) { width: 60px; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; font-size: 11pt; }
  nav { display: none; }
  header { padding-top: 0; }
  section { margin-bottom: 32px; }
  figure, .cards > .card, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; }
  .confusion.many { font-size: 7pt; border-spacing: 1px; }
  .confusion.many th[scope="row"] { min-width: 0; padding-right: 6px; }
  .confusion.many .shade { min-width: 0; height: auto; padding: 3px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  ::details-content { content-visibility: visible; block-size: auto; }
}
`);
