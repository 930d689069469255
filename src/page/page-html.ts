// A page in one file: data, script and style are in it, and it may load nothing else.

import { packTimeline } from "./pack-timeline.ts";
import type { PageData, StoredPage } from "./page-data.ts";

/** The page's code, as it was bundled. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

export function pageHtml(data: PageData, { script, style }: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${escapeText(data.title)}</title>
<style>${style.replaceAll("</style", "<\\/style")}</style>
</head>
<body>
<noscript>This report needs JavaScript, all of which is in this file.</noscript>
<div id="page"></div>
<script type="application/json" id="data">${JSON.stringify(stored(data)).replaceAll("<", "\\u003c")}</script>
<script>${script.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

function stored(data: PageData): StoredPage {
  return data.kind === "report" ? { ...data, timeline: packTimeline(data.timeline) } : data;
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
