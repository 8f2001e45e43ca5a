// The theme: that of the system, unless the reader has chosen another one. Runs before the page is painted.
"use strict";

(() => {
  const THEMES = ["system", "light", "dark"];
  const root = document.documentElement;

  function stored() {
    try {
      return THEMES.find((theme) => theme === localStorage.getItem("theme")) || "system";
    } catch {
      return "system"; // storage is blocked
    }
  }

  function apply(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }

  apply(stored());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-button]");
    if (!button) return;
    const label = button.querySelector("span");
    label.textContent = stored();
    button.hidden = false;
    button.addEventListener("click", () => {
      const theme = THEMES[(THEMES.indexOf(label.textContent) + 1) % THEMES.length];
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // the choice lasts until the next page
      }
      label.textContent = theme;
      apply(theme);
      document.dispatchEvent(new CustomEvent("themechange"));
    });
  });
})();
