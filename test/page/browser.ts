// A headless Chromium for tests of pages: the one that `@sparticuz/chromium` packs.
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver, type Page } from "playwright-core";

/** Starts the browser; `withGpu`: with WebGPU, on SwiftShader where there is no better adapter. */
export async function startBrowser({ withGpu = false } = {}): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const unwanted = withGpu
    ? /^--(headless|single-process|disable-gpu|use-gl|use-angle)/
    : /^--(headless|single-process)/;
  const args = chromium.args.filter((arg) => !unwanted.test(arg));
  return driver.launch({ executablePath, args: withGpu ? [...args, "--enable-unsafe-webgpu"] : args, headless: true });
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests that left the page. */
  readonly complaints: readonly string[];
}

export async function openPage(browser: Browser, html: string, colorScheme: "light" | "dark"): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
  const complaints = watchPage(page, () => false);
  await page.setContent(html, { waitUntil: "load" });
  return { page, complaints };
}

/** Gathers errors of the console and of scripts, and requests but those that are the page's own. */
export function watchPage(page: Page, isOwn: (url: string) => boolean): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!/^(about|data|blob):/.test(url) && !isOwn(url)) complaints.push(`requested ${url}`);
  });
  return complaints;
}
