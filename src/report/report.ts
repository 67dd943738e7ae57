import { Markup, markup } from './markup.js';
import {
  errorsSection,
  figuresSection,
  methodSection,
  notesSection,
  scoresSection,
  skippedSection,
  summarySection,
  thresholdsSection,
} from './sections.js';
import { REPORT_STYLES } from './styles.js';
import type { Report } from './types.js';

/**
 * A report as the contents of an element, for a page that brings {@link REPORT_STYLES} itself (in a
 * shadow root, so that its style and the page's stay apart). Contains no script, no style attribute
 * and no address: a strict content security policy takes it. All text is escaped.
 */
export function reportBody(report: Report): string {
  return bodyOf(report).text;
}

/**
 * A report as one self-contained page: no script and no requests, which its own content security
 * policy enforces. For screens and for paper, light and dark.
 */
export function reportPage(report: Report): string {
  const { model } = report.evaluation;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${model.name} ${model.version} on ${report.about.list}: speaker verification report</title>
<style>
body { margin: 0; }
${new Markup(REPORT_STYLES)}</style>
</head>
<body>
${bodyOf(report)}
</body>
</html>
`;
  return page.text;
}

function bodyOf(report: Report): Markup {
  return markup`<article class="report">
${summarySection(report)}
${notesSection(report)}
${figuresSection(report)}
${scoresSection(report)}
${thresholdsSection(report)}
${errorsSection(report)}
${skippedSection(report)}
${methodSection(report)}
</article>`;
}
