// A headless Chromium for tests of pages: the one that `@sparticuz/chromium` packs.
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver, type Page } from "playwright-core";

/** Starts the browser. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  const args = chromium.args.filter((arg) => !/^--(headless|single-process)/.test(arg));
  return driver.launch({ executablePath, args, headless: true });
}

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the console and of scripts, and requests that left the page. */
  readonly complaints: readonly string[];
}

export async function openPage(browser: Browser, html: string, colorScheme: "light" | "dark"): Promise<OpenedPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    if (!/^(about|data|blob):/.test(request.url())) complaints.push(`requested ${request.url()}`);
  });
  await page.setContent(html, { waitUntil: "load" });
  return { page, complaints };
}
