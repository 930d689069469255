// Light or dark: as the system says, or as the reader chooses.

import { element, listenToPageKeys } from "./dom.ts";

const isSystemDark = matchMedia("(prefers-color-scheme: dark)");

/** Pixels do not follow the style sheet by themselves. */
function redrawCanvases(): void {
  for (const canvas of document.querySelectorAll("canvas")) canvas.dispatchEvent(new Event("redraw"));
}

export function themeButton(): HTMLElement {
  const button = element("button", { type: "button", class: "theme", title: "light or dark ( d )" }, ["\u25d0"]);
  button.setAttribute("aria-label", "light or dark");
  const turn = (): void => {
    const chosen = document.documentElement.dataset.theme;
    const isDark = chosen === undefined ? isSystemDark.matches : chosen === "dark";
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    redrawCanvases();
  };
  button.addEventListener("click", turn);
  listenToPageKeys(button, ({ key }) => {
    if (key === "d") turn();
  });
  isSystemDark.addEventListener("change", redrawCanvases);
  return button;
}
