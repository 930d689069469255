// The lab's only page. What it may load and do is said in it and, for those who have one, by the server, in the same words.

/** Its own files alone; WebAssembly, in which the simulator runs products; small pictures that the editor's style holds. */
export const labPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export interface LabSample {
  readonly name: string;
  readonly text: string;
}

export function labHtml(samples: readonly LabSample[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${labPolicy}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>tgc lab</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="lab.css">
<script defer src="lab.js"></script>
</head>
<body>
<noscript>This page compiles in the browser and needs JavaScript.</noscript>
<div id="page"><p class="loading">Loading the compiler ...</p></div>
<script type="application/json" id="samples">${JSON.stringify(samples).replaceAll("<", "\\u003c")}</script>
</body>
</html>
`;
}
